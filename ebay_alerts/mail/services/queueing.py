"""Putting mails into the outbox, and taking back those that no server can have."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.addresses import sender_address
from ebay_alerts.mail.headers import series_headers
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.selectors import suppressed_among, unhanded
from ebay_alerts.mail.services.drafts import Draft, address_or_reason, capped, message_of
from ebay_alerts.mail.states import State

# SQLite writes a row's whole text anew with every change of its state.
ROWS_A_TURN = 200


def headers_of_series(name: str) -> dict[str, str]:
    """What all mails of a series have in common, under the domain of our sender."""
    return series_headers(name, _own_domain())


def _own_domain() -> str:
    return sender_address(settings.MAIL_FROM).rpartition("@")[2]


def queue_messages(drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    """Put drafts into the outbox, within the caller's transaction; key -> id of the message.

    A key that is there already, in whatever state (withdrawn too), is left as it is. A draft with
    a bad address becomes a message that has failed, with the reason; so does one with an address
    that gets no mail, or a stale one if its author takes those back. Raises ValueError for a bad
    key, queue or picture: these are the caller's own.
    """
    if not drafts:
        return {}
    domain = _own_domain()
    messages = [message_of(draft, domain, now) for draft in drafts]
    _refuse_suppressed(messages, now)
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=ROWS_A_TURN)
    keys = [message.key for message in messages]
    return {
        key: pk
        for start in range(0, len(keys), ROWS_A_TURN)
        for key, pk in Message.objects.filter(
            key__in=keys[start : start + ROWS_A_TURN]
        ).values_list("key", "pk")
    }


def withdraw_messages(ids: Sequence[int], now: datetime) -> set[int]:
    """Withdraw those that no server can have: queued or stale, and no try of theirs was lost.

    Belongs into the caller's transaction (and turn), which takes back what the mails had told.
    Returns the ids that are withdrawn for certain.
    """
    withdrawn: set[int] = set()
    with transaction.atomic():
        for start in range(0, len(ids), ROWS_A_TURN):
            unhanded = _lock_unhanded(ids[start : start + ROWS_A_TURN])
            Message.objects.filter(pk__in=unhanded).update(state=State.WITHDRAWN)
            withdrawn.update(unhanded)
    return withdrawn


def withdraw_messages_to(address: str, queue: str) -> int:
    """Withdraw an address's messages of a queue that no server can have; returns how many.

    For mails that take nothing back with them; call it in a turn of the caller's.
    """
    to_address, _ = address_or_reason(address)
    unsent = unhanded().filter(queue=queue, to_address=to_address)
    return unsent.update(state=State.WITHDRAWN)


def mark_stale(now: datetime) -> int:
    """Queued messages past their `fresh_until` become stale; returns how many.

    One with a lost try stays: the server may have it, so it is sent again as it is.
    """
    marked = 0
    while chunk := _mark_stale_chunk(now):
        marked += chunk
    return marked


def erase_messages(ids: Sequence[int]) -> None:
    """Delete messages with all tries at them, whatever state they are in; of `ROWS_A_TURN` at most.

    What is being handed to a server may arrive; its outcome finds nothing to be recorded at.
    """
    with write_turn(), transaction.atomic():
        Attempt.objects.filter(message__in=ids).delete()
        Message.objects.filter(pk__in=ids).delete()


def _refuse_suppressed(messages: Sequence[Message], now: datetime) -> None:
    why = suppressed_among((message.to_address for message in messages), now)
    for message in messages:
        reason = why.get(message.to_address.lower())
        if reason and message.state == State.QUEUED:
            message.state = State.STALE if message.fresh_until else State.FAILED
            message.reply = capped(reason)


def _lock_unhanded(ids: Sequence[int]) -> list[int]:
    return list(
        Message.objects.select_for_update(no_key=True)
        .filter(pk__in=ids, state__in=[State.QUEUED, State.STALE], maybe_taken=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _mark_stale_chunk(now: datetime) -> int:
    with write_turn(), transaction.atomic():
        outdated = list(
            Message.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state=State.QUEUED, maybe_taken=False, fresh_until__lt=now)
            .values_list("pk", flat=True)[:ROWS_A_TURN]
        )
        return Message.objects.filter(pk__in=outdated).update(state=State.STALE)
