"""Confirming an address: the signed link, the mail that carries it, and how often it may go out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.urls import reverse

from ebay_alerts.accounts.errors import BadConfirmation, TooManyConfirmations
from ebay_alerts.accounts.models import Address, ConfirmationRequest, User
from ebay_alerts.accounts.selectors import own_key
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.services import Draft

VALID_FOR = timedelta(days=3)
# Of one address: enough for a mail that was lost, too few to annoy somebody with.
MOST_AN_HOUR = 3
MOST_A_DAY = 5
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

_signer = signing.Signer(salt="confirm-address")
_other_signer = signing.Signer(salt="confirm-other-address")


def confirmation_link(user: User, now: datetime) -> str:
    """Good for `VALID_FOR`, for this address of the user alone, and as often as it is opened."""
    until = int((now + VALID_FOR).timestamp())
    token = _signer.sign_object({"user": user.pk, "email": user.email, "until": until})
    return settings.PUBLIC_URL + reverse("confirm-address", args=[token])


def get_confirmed_by(token: str, now: datetime) -> User:
    """The user whose address the link confirms. Raises BadConfirmation."""
    signed = _unsigned(_signer, token, now)
    user = User.objects.filter(pk=signed["user"], email=signed["email"], is_active=True).first()
    if user is None:
        raise BadConfirmation("This address is not used here any more.")
    return user


def other_link(address: Address, now: datetime) -> str:
    """As `confirmation_link`, for another address of a user's."""
    until = int((now + VALID_FOR).timestamp())
    token = _other_signer.sign_object(
        {"address": address.pk, "email": address.address, "until": until}
    )
    return settings.PUBLIC_URL + reverse("confirm-other-address", args=[token])


def get_other_confirmed_by(token: str, now: datetime) -> Address:
    """The other address that the link confirms. Raises BadConfirmation."""
    signed = _unsigned(_other_signer, token, now)
    address = Address.objects.select_related("user").filter(
        pk=signed["address"], address=signed["email"], user__is_active=True
    )
    found = address.first()
    if found is None:
        raise BadConfirmation("This address is not used here any more.")
    return found


def _unsigned(signer: signing.Signer, token: str, now: datetime) -> dict[str, Any]:
    try:
        signed: dict[str, Any] = signer.unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise BadConfirmation("This link was not made here.") from error
    if signed["until"] < now.timestamp():
        raise BadConfirmation("This link is too old; have a new one sent.")
    return signed


def count_request(email: str, now: datetime) -> None:
    """Note that a confirmation is asked for; within the transaction that holds the user's lock.

    Raises TooManyConfirmations, alike for addresses that are known and that are not.
    """
    address = email.lower()
    ConfirmationRequest.objects.filter(at__lte=now - _DAY).delete()
    of_address = ConfirmationRequest.objects.filter(address=address)
    last_hour = ConfirmationRequest.objects.filter(at__gt=now - _HOUR)
    if (
        of_address.filter(at__gt=now - _HOUR).count() >= MOST_AN_HOUR
        or of_address.count() >= MOST_A_DAY
        or last_hour.count() >= settings.CONFIRMATIONS_PER_HOUR
    ):
        raise TooManyConfirmations("So many confirmations were asked for; try again later.")
    ConfirmationRequest.objects.create(address=address, at=now)


def confirmation_draft(user: User, now: datetime) -> Draft:
    """The one mail that goes to an address which is not confirmed."""
    return _draft(user.email, confirmation_link(user, now), "confirm:")


def other_draft(address: Address, now: datetime) -> Draft:
    """As `confirmation_draft`, for another address of a user's."""
    return _draft(address.address, other_link(address, now), other_key(address))


def other_key(address: Address) -> str:
    """How the keys of mails begin that ask to confirm this other address."""
    return f"{own_key(address.user_id)}confirm:{address.pk}:"


def _draft(email: str, link: str, key: str) -> Draft:
    subject = "Confirm your address for eBay Alerts"
    context = {
        "subject": subject,
        "link": link,
        "email": email,
        "site": settings.PUBLIC_URL,
        "days": VALID_FOR.days,
    }
    rendered = render_mail("accounts/confirm_mail", context)
    return Draft(
        key=f"{key}{uuid4()}",
        queue="alerts",
        to_address=email,
        subject=subject,
        text=rendered.text,
        html=rendered.html,
    )
