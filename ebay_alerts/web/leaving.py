"""Deleting a user, with all that is kept of them in both databases.

The user row goes last and carries the mark, so that whoever looks goes on where another one died.
"""

from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.address_changes import forget_changes
from ebay_alerts.accounts.addresses import forget_addresses, forget_unconfirmed
from ebay_alerts.accounts.auditing import COMMAND_LINE, erase_events, record_event
from ebay_alerts.accounts.browser_sessions import forget_sessions
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.accounts.second_factors import forget_factors
from ebay_alerts.accounts.selectors import addresses_of, users_leaving
from ebay_alerts.accounts.services import forget_requests, mark_unconfirmed
from ebay_alerts.accounts.sessions import SessionStore
from ebay_alerts.alerts.services.destinations import messages_of
from ebay_alerts.alerts.services.leaving import erase_alerts, has_alerts
from ebay_alerts.analytics.services.leaving import erase_copies
from ebay_alerts.kit import clock
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.channels import channels_of, erase_channels
from ebay_alerts.mail.services import ROWS_A_TURN, erase_messages
from ebay_alerts.mail.suppressions import forget_address

BATCH = 10


def erase_leaving() -> int:
    """Go on erasing those who asked for it or never confirmed; returns how many are gone."""
    mark_unconfirmed(clock.now(), BATCH)
    forget_unconfirmed(clock.now(), BATCH)
    SessionStore.clear_expired()
    return sum(erase_user(user, clock.now()) for user in users_leaving(BATCH))


def erase_user(user: User, now: datetime) -> bool:
    """Delete a user who is marked as leaving; False where something has to wait for a later call.

    It may be interrupted anywhere and called again.
    """
    forget_sessions(user)
    forget_factors(user)
    erase_channels(user.pk)
    erase_events(user.pk)
    erase_alerts(user.pk, now)
    _erase_mails(user)
    forget_address(user.email)
    forget_requests(user.email)
    return erase_copies(user.pk, now) and _delete(user, now)


def _erase_mails(user: User) -> None:
    """The user's mails wherever they went, then the other addresses: they may be others' too."""
    while ids := list(messages_of(user).values_list("pk", flat=True)[:ROWS_A_TURN]):
        erase_messages(ids)
    for address in addresses_of(user):
        with write_turn(), transaction.atomic():
            forget_addresses([address])
    forget_changes(user)


def _delete(user: User, now: datetime) -> bool:
    """The row itself, with what refers to it; not while an edit that was under way left more. The
    audit log says from then on that an account was deleted, and not whose."""
    with write_turn(), transaction.atomic():
        list(User.objects.filter(pk=user.pk).select_for_update().values_list("pk"))
        if has_alerts(user.pk) or messages_of(user).exists():
            return False
        if channels_of(user.pk).exists():
            return False
        User.objects.filter(pk=user.pk).delete()
        record_event(AuditEvent.Kind.ACCOUNT_DELETED, now, user=None, origin=COMMAND_LINE)
    return True
