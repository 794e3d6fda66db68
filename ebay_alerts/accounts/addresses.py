"""Other addresses of a user's, for alerts: added, confirmed by their holder, and forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from ebay_alerts.accounts.auditing import COMMAND_LINE, Origin, masked, record_event
from ebay_alerts.accounts.confirming import (
    count_request,
    get_other_confirmed_by,
    other_draft,
    other_key,
)
from ebay_alerts.accounts.errors import InvalidAddress, TooManyAddresses, UnknownAddress
from ebay_alerts.accounts.models import Address, AuditEvent, ConfirmationRequest, User
from ebay_alerts.accounts.selectors import is_used_address, stale_addresses
from ebay_alerts.accounts.services import checked_address
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import messages_to
from ebay_alerts.mail.services import erase_messages, queue_messages
from ebay_alerts.mail.suppressions import forget_address as forget_suppression

MOST = 10
# Enough for all confirmations of an address: 5 a day go out, for a month.
_ERASED = 200


def add_address(user: User, text: str, now: datetime, origin: Origin = COMMAND_LINE) -> Address:
    """Another address of the user's, with the mail that asks its holder to confirm it on its way.

    One that is there already stays as it is; asked anew while it is not confirmed. Raises
    InvalidAddress, TooManyAddresses and TooManyConfirmations.
    """
    email = checked_address(text)
    if email.lower() == user.email.lower():
        raise InvalidAddress(f"{email} is the address of your account: alerts go there anyway.")
    with write_turn(), transaction.atomic():
        _lock(user)
        address = Address.objects.filter(user=user, address__iexact=email).first()
        if address is None:
            if Address.objects.filter(user=user).count() >= MOST:
                raise TooManyAddresses(f"You may have {MOST} other addresses; delete one first.")
            address = Address.objects.create(user=user, address=email, created_at=now)
            kind = AuditEvent.Kind.ADDRESS_ADDED
            record_event(kind, now, user=user, origin=origin, about=masked(email))
        _ask(address, now)
    enqueue("mail.alerts")
    return address


def resend_confirmation(user: User, address_id: int, now: datetime) -> Address:
    """Ask once more; a confirmed address gets no mail. Raises UnknownAddress and
    TooManyConfirmations."""
    with write_turn(), transaction.atomic():
        _lock(user)
        address = get_address(user, address_id)
        _ask(address, now)
    enqueue("mail.alerts")
    return address


def _ask(address: Address, now: datetime) -> None:
    if address.confirmed_at is None:
        count_request(address.address, now)
        queue_messages([other_draft(address, now)], now)


def confirm_address(token: str, now: datetime, origin: Origin = COMMAND_LINE) -> Address:
    """The address that a signed link confirms; alerts may go there from now on. Raises
    BadConfirmation."""
    with write_turn(), transaction.atomic():
        address = get_other_confirmed_by(token, now)
        unconfirmed = Address.objects.filter(pk=address.pk, confirmed_at=None)
        if unconfirmed.update(confirmed_at=now):
            kind = AuditEvent.Kind.ADDRESS_CONFIRMED
            record_event(kind, now, user=address.user, origin=origin, about=masked(address.address))
        address.refresh_from_db()
    return address


def get_address(user: User, address_id: int) -> Address:
    """Raises UnknownAddress for another user's as for none."""
    address = Address.objects.filter(user=user, pk=address_id).first()
    if address is None:
        raise UnknownAddress(f"You have no address {address_id}.")
    return address


def forget_addresses(addresses: Sequence[Address]) -> None:
    """Delete these, with the mails that asked to confirm them, and what is kept of an address that
    nobody else has; in the caller's transaction."""
    for address in addresses:
        asked = messages_to(address.address).filter(key__startswith=other_key(address))
        erase_messages(list(asked.values_list("pk", flat=True)[:_ERASED]))
        address.delete()
        if not is_used_address(address.address):
            forget_suppression(address.address)
            ConfirmationRequest.objects.filter(address__iexact=address.address).delete()


def forget_unconfirmed(now: datetime, limit: int) -> int:
    """Delete addresses that nobody confirmed, `UNCONFIRMED_DAYS` after it was last asked; returns
    how many."""
    until = now - timedelta(days=settings.UNCONFIRMED_DAYS)
    with write_turn(), transaction.atomic():
        stale = list(stale_addresses(until).select_for_update(of=("self",))[:limit])
        forget_addresses(stale)
    return len(stale)


def _lock(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
