"""The mails about another address of an account: a link to the new one, notices to the old one."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from ebay_alerts.accounts.auditing import masked
from ebay_alerts.accounts.models import AddressChange
from ebay_alerts.accounts.selectors import own_key
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.services import Draft


def confirm_key(change: AddressChange) -> str:
    """How the keys of mails begin that ask the new address to confirm the change."""
    return f"{own_key(change.user_id)}move:{change.pk}:"


def confirm_draft(change: AddressChange, secret: str) -> Draft:
    """The one mail that goes to the new address before it is confirmed."""
    link = settings.PUBLIC_URL + reverse("use-address-change", args=[secret])
    subject = "Confirm your new address for eBay Alerts"
    more = {"link": link, "email": change.after, "before": masked(change.before)}
    return _draft("confirm", change.after, subject, confirm_key(change), more)


def notice_draft(change: AddressChange) -> Draft:
    """To the old address, when the change is asked for."""
    subject = "Another address was asked for at eBay Alerts"
    return _notice("asked", change, subject)


def changed_draft(change: AddressChange) -> Draft:
    """To the old address, once it is the old one."""
    subject = "Your address at eBay Alerts was changed"
    return _notice("changed", change, subject)


def _notice(name: str, change: AddressChange, subject: str) -> Draft:
    page = settings.PUBLIC_URL + reverse("addresses")
    more = {"email": change.before, "after": masked(change.after), "page": page}
    key = f"{own_key(change.user_id)}moving:{change.pk}:"
    return _draft(name, change.before, subject, key, more)


def _draft(name: str, email: str, subject: str, key: str, more: dict[str, Any]) -> Draft:
    context = {"name": name, "subject": subject, "site": settings.PUBLIC_URL} | more
    rendered = render_mail("accounts/address_change_mail", context)
    return Draft(
        key=f"{key}{uuid4()}",
        queue="alerts",
        to_address=email,
        subject=subject,
        text=rendered.text,
        html=rendered.html,
    )
