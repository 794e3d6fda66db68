"""Giving an account another address: asked for, confirmed at the new one, told to the old one."""

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from ebay_alerts.accounts.address_change_mails import (
    changed_draft,
    confirm_draft,
    confirm_key,
    notice_draft,
)
from ebay_alerts.accounts.auditing import Origin, masked, record_event
from ebay_alerts.accounts.confirming import count_request
from ebay_alerts.accounts.errors import BadConfirmation, InvalidAddress
from ebay_alerts.accounts.models import (
    AddressChange,
    AuditEvent,
    ConfirmationRequest,
    SignInLink,
    User,
)
from ebay_alerts.accounts.selectors import is_used_address, token_digest
from ebay_alerts.accounts.services import checked_address
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import messages_to
from ebay_alerts.mail.services import erase_messages, queue_messages
from ebay_alerts.mail.suppressions import forget_address

VALID_FOR = timedelta(days=1)
_BAD = "This link was used already, or it is too old."
_ERASED = 200


def request_change(user: User, text: str, now: datetime, origin: Origin) -> AddressChange:
    """Mail the new address a link that confirms it, and the old one that it was asked for.

    Nothing changes before. Asking again, the links from before lead nowhere. Where the address has
    an account already no link goes out, and nothing tells the caller. Raises InvalidAddress and
    TooManyConfirmations.
    """
    email = checked_address(text)
    with write_turn(), transaction.atomic():
        kept = _lock(user)
        if email.lower() == kept.email.lower():
            raise InvalidAddress(f"{email} is the address of your account already.")
        count_request(email, now)
        _forget_pending(kept)
        secret = secrets.token_urlsafe(32)
        change = _record(kept, email, secret, now)
        drafts = [notice_draft(change)]
        if not User.objects.filter(email__iexact=email).exists():
            drafts.append(confirm_draft(change, secret))
        queue_messages(drafts, now)
        kind = AuditEvent.Kind.ADDRESS_CHANGE_ASKED
        record_event(kind, now, user=kept, origin=origin, about=masked(email))
    enqueue("mail.alerts")
    return change


def _record(user: User, email: str, secret: str, now: datetime) -> AddressChange:
    return AddressChange.objects.create(
        user=user,
        before=user.email,
        after=email,
        digest=token_digest(secret),
        asked_at=now,
        expires_at=now + VALID_FOR,
    )


def find_pending(user: User, now: datetime) -> AddressChange | None:
    """What the user asked for and did not confirm yet."""
    return AddressChange.objects.filter(user=user, changed_at=None, expires_at__gt=now).first()


def get_change_by(secret: str, user: User, now: datetime) -> AddressChange:
    """The change that the link makes, for the user who asked for it. Raises BadConfirmation."""
    of_user = AddressChange.objects.filter(user=user, changed_at=None, expires_at__gt=now)
    change = of_user.filter(digest=token_digest(secret), before=user.email).first()
    if change is None:
        raise BadConfirmation(_BAD)
    return change


def use_change(secret: str, user: User, now: datetime, origin: Origin) -> AddressChange:
    """Give the account its new address, once. Raises BadConfirmation.

    Sessions stay. What was mailed to the old address and could sign in dies, and a notice goes
    there.
    """
    try:
        with write_turn(), transaction.atomic():
            change = _change(secret, _lock(user), now, origin)
    except IntegrityError as error:  # somebody else took the address meanwhile
        raise BadConfirmation(f"{_BAD[:-1]}, or the address has an account.") from error
    enqueue("mail.alerts")
    return change


def _change(secret: str, user: User, now: datetime, origin: Origin) -> AddressChange:
    change = get_change_by(secret, user, now)
    User.objects.filter(pk=user.pk).update(email=change.after)
    change.digest, change.changed_at = "", now
    change.save(update_fields=["digest", "changed_at"])
    SignInLink.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    queue_messages([changed_draft(change)], now)
    kind, about = AuditEvent.Kind.ADDRESS_CHANGED, masked(change.after)
    record_event(kind, now, user=user, origin=origin, about=about)
    return change


def cancel_change(user: User) -> None:
    """The link leads nowhere any more."""
    with write_turn(), transaction.atomic():
        _forget_pending(_lock(user))


def forget_changes(user: User) -> None:
    """Delete what is kept of a user's changes, who is being erased, and of addresses that nobody
    has any more. The mails that went there are deleted before."""
    with write_turn(), transaction.atomic():
        _forget_pending(user)
        changes = list(AddressChange.objects.filter(user=user))
        AddressChange.objects.filter(user=user).delete()
        for change in changes:
            _forget(change.before, user)


def _forget_pending(user: User) -> None:
    for change in AddressChange.objects.filter(user=user, changed_at=None):
        asked = messages_to(change.after).filter(key__startswith=confirm_key(change))
        erase_messages(list(asked.values_list("pk", flat=True)[:_ERASED]))
        change.delete()


def _forget(address: str, user: User) -> None:
    """What is kept of an address by itself, where no other account has it."""
    if is_used_address(address) and address.lower() != user.email.lower():
        return
    forget_address(address)
    ConfirmationRequest.objects.filter(address__iexact=address).delete()


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)
