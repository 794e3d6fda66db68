"""Signed links to a report's page, for mails: whoever has the mail may open them."""

from datetime import date

from django.conf import settings
from django.core import signing
from django.urls import reverse

_signer = signing.Signer(salt="report-page")


def report_page(user_id: int, on: date) -> str:
    return settings.PUBLIC_URL + reverse("report-page", args=[_token(user_id, on)])


def unsubscribe_link(user_id: int, on: date) -> str:
    """The address of List-Unsubscribe: a POST there turns reports off (RFC 8058)."""
    return settings.PUBLIC_URL + reverse("report-unsubscribe", args=[_token(user_id, on)])


def _token(user_id: int, on: date) -> str:
    return _signer.sign(f"{user_id}.{on.toordinal()}")


def find_report_key(token: str) -> tuple[int, date] | None:
    """The user and the date that a link was made for; None for a link that we did not sign."""
    try:
        user_id, day = _signer.unsign(token).split(".")
        return int(user_id), date.fromordinal(int(day))
    except (signing.BadSignature, ValueError, OverflowError):
        return None
