"""Taking due messages under a lease, and giving them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from ebay_alerts.kit.turns import has_turns, write_turn
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.outcomes import delay_after
from ebay_alerts.mail.services.drafts import capped
from ebay_alerts.mail.services.queueing import ROWS_A_TURN
from ebay_alerts.mail.states import Outcome, State

# Messages of one batch of delivery, over all its sessions, where a claim is to be short: SQLite
# writes each of them anew, text and all.
BATCH = 100
# What a session of its own is worth opening for.
MESSAGES_A_CLAIM = 10
# A message that nobody holds.
FREE = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class Claim:
    """Messages that belong to the holder of the token until the lease ends, oldest first."""

    token: UUID
    messages: list[Message]


def batch_size() -> int:
    """Twice as many where nobody waits for a claim: sessions are opened half as often."""
    return BATCH if has_turns() else 2 * BATCH


def claim_messages(queue: str, now: datetime, limit: int, lease: timedelta) -> Claim:
    """Take up to `limit` due messages, oldest first; nobody else gets them before the lease ends.

    Leases that ran out are taken back first: their holder is gone.
    """
    [claim] = claim_several(queue, now, limit, lease, 1) or [Claim(uuid4(), [])]
    return claim


def claim_several(
    queue: str, now: datetime, limit: int, lease: timedelta, most: int
) -> list[Claim]:
    """The same as up to `most` claims with a token each, none for a few messages alone. What goes
    to one address is in one claim, so that it goes in order."""
    with write_turn(), transaction.atomic():
        _take_back_expired(queue, now)
        messages = list(_claimable(queue, now)[:limit])
        claims = [Claim(uuid4(), part) for part in _divided(messages, most)]
        for claim in claims:
            Message.objects.filter(pk__in=[message.pk for message in claim.messages]).update(
                state=State.SENDING, lease_token=claim.token, lease_until=now + lease
            )
    return claims


def _divided(messages: Sequence[Message], most: int) -> list[list[Message]]:
    """Each part in the order of `messages`; several only where that gives each enough of them."""
    number = max(min(len(messages) // MESSAGES_A_CLAIM, most), 1)
    parts: list[list[Message]] = [[] for _ in range(number)]
    place: dict[str, int] = {}
    for message in messages:
        at = place.setdefault(message.to_address.lower(), len(place) % number)
        parts[at].append(message)
    return [part for part in parts if part]


def release_messages(
    tokens: Sequence[UUID], *, due_at: datetime | None = None, words: str = ""
) -> int:
    """Give back what is still held under these tokens, untried: no try is counted.

    With `due_at` they come due then, and `words` say why they wait.
    """
    changes: dict[str, object] = {"state": State.QUEUED, **FREE}
    if due_at:
        changes |= {"due_at": due_at, "reply": capped(words)}
    with write_turn(), transaction.atomic():
        held = Message.objects.filter(lease_token__in=tokens, state=State.SENDING)
        return held.update(**changes)


def note_waiting(queue: str, now: datetime, words: str) -> int:
    """Have due messages that no server was asked about say why they wait; returns how many did not.

    So whoever looks sees an outage also while each message is too new to have met it.
    """
    due = Message.objects.filter(queue=queue, state=State.QUEUED, due_at__lte=now)
    new = list(due.filter(attempts=0, reply="").values_list("pk", flat=True)[:ROWS_A_TURN])
    if not new:
        return 0
    with write_turn():
        return Message.objects.filter(pk__in=new, state=State.QUEUED).update(reply=capped(words))


def _claimable(queue: str, now: datetime) -> QuerySet[Message]:
    fresh = Q(fresh_until=None) | Q(fresh_until__gte=now) | Q(maybe_taken=True)
    return (
        Message.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(fresh, queue=queue, state=State.QUEUED, due_at__lte=now)
        .order_by("due_at", "pk")
    )


def _take_back_expired(queue: str, now: datetime) -> None:
    """Queue again what a vanished holder left; of each lease only the first can be with a server.

    Messages go out in the order of their claim, each outcome recorded before the next is tried.
    """
    expired = list(
        Message.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(queue=queue, state=State.SENDING, lease_until__lt=now)
        .order_by("lease_token", "due_at", "pk")
        .only("pk", "lease_token", "attempts", "due_at")[:ROWS_A_TURN]
    )
    for _, held in groupby(expired, key=lambda message: message.lease_token):
        _record_lost_with_holder(next(held), now)
    Message.objects.filter(pk__in=[message.pk for message in expired]).update(
        state=State.QUEUED, **FREE
    )


def _record_lost_with_holder(message: Message, now: datetime) -> None:
    words = "the sender stopped before an answer was recorded"
    Attempt.objects.create(message_id=message.pk, at=now, outcome=Outcome.LOST, words=words)
    # Due at once the first time; one that stops its sender again and again lets others pass.
    due_at = now + delay_after(message.attempts) if message.attempts else message.due_at
    Message.objects.filter(pk=message.pk).update(
        attempts=F("attempts") + 1, maybe_taken=True, due_at=due_at, reply=words
    )
