"""What allauth, which signs users in, does our way: its mails, its addresses, its messages."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ebay_alerts.accounts.account_mails import queue_account_mail
from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.browser_sessions import describe_session, end_other_sessions
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.sign_ins import note_failed_sign_in, note_sign_in
from ebay_alerts.kit import clock

_AUDITED = {
    "password_changed": AuditEvent.Kind.PASSWORD_CHANGED,
    "password_set": AuditEvent.Kind.PASSWORD_CHANGED,
    "password_reset": AuditEvent.Kind.PASSWORD_CHANGED,
    "totp_activated": AuditEvent.Kind.FACTOR_ADDED,
    "totp_deactivated": AuditEvent.Kind.FACTOR_REMOVED,
    "recovery_codes_generated": AuditEvent.Kind.CODES_RENEWED,
}
# What its page shows anyway.
_SILENT = ("logged_in", "logged_out", "login_code_sent", "recovery_codes_generated")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Users are made by confirming an address, and every mail goes through the outbox."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This address and this password do not belong together.",
        "incorrect_code": "That is not the code.",
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": "Too many tries failed. Wait a few minutes.",
        "rate_limited": "Too many tries. Wait a few minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(
        self, request: HttpRequest, user: User, *, email: str | None = None, **named: Any
    ) -> HttpResponse | None:
        """A code that was mailed to an address which the account had before signs nobody in."""
        if email and email.lower() != user.email.lower():
            return redirect("account_login")
        refusal: HttpResponse | None = super().pre_login(request, user, email=email, **named)
        return refusal

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        describe_session(request, clock.now())
        note_sign_in(user, origin_of(request), clock.now())

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email") or "")
        note_failed_sign_in(email, origin_of(request), clock.now())

    def set_password(self, user: User, password: str) -> None:
        """Other browsers are signed out: somebody may have known the one before."""
        super().set_password(user, password)
        own_key = self.request.session.session_key
        end_other_sessions(user, own_key, clock.now(), origin_of(self.request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        name = template_prefix.rpartition("/")[2]
        queue_account_mail(name, email, context, clock.now())

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What allauth tells a user of stands in the audit log, too."""
        name = template_prefix.rpartition("/")[2]
        if name in _AUDITED:
            now, origin = clock.now(), origin_of(self.request)
            record_event(_AUDITED[name], now, user=user, origin=origin)
        self.send_mail(template_prefix, user.email, context or {})

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under the public address, whatever host the request named."""
        uid, _, rest = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest})
        return f"{settings.PUBLIC_URL}{path}"

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **named: Any,
    ) -> None:
        name = (message_template or "").rpartition("/")[2].partition(".")[0]
        if name not in _SILENT:
            super().add_message(request, level, message_template, *args, **named)
