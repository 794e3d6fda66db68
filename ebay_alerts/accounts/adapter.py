"""What allauth, which signs users in, does our way: its mails, its addresses, its messages."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from ebay_alerts.accounts.account_mails import queue_account_mail
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.sign_ins import note_failed_sign_in, note_sign_in
from ebay_alerts.kit import clock

# What its page shows anyway.
_SILENT = ("logged_in", "logged_out", "login_code_sent")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Users are made by confirming an address, and every mail goes through the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        note_sign_in(user, request.META.get("REMOTE_ADDR", ""), clock.now())

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email") or "")
        note_failed_sign_in(email, request.META.get("REMOTE_ADDR", ""), clock.now())

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
