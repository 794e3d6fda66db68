"""Signed links to an alert's own page, for mails: whoever has the mail may open them."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

_signer = signing.Signer(salt="alert-page")


def alert_page(alert_id: int) -> str:
    return settings.PUBLIC_URL + reverse("alert-page", args=[_signer.sign(str(alert_id))])


def unsubscribe_link(alert_id: int) -> str:
    """The address of List-Unsubscribe: a POST there pauses the alert (RFC 8058)."""
    return settings.PUBLIC_URL + reverse("alert-unsubscribe", args=[_signer.sign(str(alert_id))])


def find_alert_id(token: str) -> int | None:
    """The alert that a link was made for; None for a link that we did not sign."""
    try:
        return int(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
