"""Mails about signing in: codes, links that reset a password, and that a password was changed."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ebay_alerts.accounts.errors import TooManyConfirmations
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import request_confirmation
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.services import Draft, queue_messages

# By the name that allauth has for a mail: its subject.
_SUBJECTS = {
    "login_code": "Your code for eBay Alerts",
    "again_code": "Your code to go on at eBay Alerts",
    "password_reset_key": "Choose a new password for eBay Alerts",
    "password_changed": "Your password for eBay Alerts was changed",
    "password_set": "Your password for eBay Alerts was set",
    "password_reset": "Your password for eBay Alerts was changed",
    "totp_activated": "Signing in to eBay Alerts asks for a second factor now",
    "totp_deactivated": "Signing in to eBay Alerts asks for no second factor any more",
    "recovery_codes_generated": "You have new recovery codes for eBay Alerts",
}
# A code is of use for a quarter of an hour.
_FRESH_FOR = {"login_code": timedelta(minutes=15), "again_code": timedelta(minutes=15)}


def queue_account_mail(name: str, email: str, given: Mapping[str, Any], now: datetime) -> None:
    """Have the mail go to its user, at the address that the account has.

    To an address that is not confirmed nothing goes but the mail that asks for it.
    """
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None or name not in _SUBJECTS:
        return
    if user.confirmed_at is None:
        with suppress(TooManyConfirmations):
            request_confirmation(user.email, now)
        return
    with write_turn(), transaction.atomic():
        queue_messages([_draft(name, user.email, given, now)], now)
    enqueue("mail.alerts")


def _draft(name: str, email: str, given: Mapping[str, Any], now: datetime) -> Draft:
    subject = _SUBJECTS[name]
    context = {
        "subject": subject,
        "name": name,
        "email": email,
        "site": settings.PUBLIC_URL,
        "code": given.get("code", ""),
        "link": given.get("password_reset_url", ""),
    }
    rendered = render_mail("accounts/account_mail", context)
    fresh_for = _FRESH_FOR.get(name)
    return Draft(
        key=f"account:{uuid4()}",
        queue="alerts",
        to_address=email,
        subject=subject,
        text=rendered.text,
        html=rendered.html,
        fresh_until=now + fresh_for if fresh_for else None,
    )
