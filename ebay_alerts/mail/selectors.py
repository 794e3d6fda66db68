"""Reading the outbox."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from ebay_alerts.mail.models import Attempt, Channel, Message, Picture, Posting, Suppression
from ebay_alerts.mail.outcomes import SENDER_REFUSED
from ebay_alerts.mail.states import Outcome, State

RECENT = timedelta(minutes=10)
_UNFINISHED = (State.QUEUED, State.SENDING, State.STALE, State.FAILED)


def messages_to(address: str) -> QuerySet[Message]:
    """All messages to this address, whatever its case and their state."""
    lowered = Message.objects.annotate(lowered=Lower("to_address"))
    return lowered.filter(lowered=address.lower()).order_by("pk")


def is_mailed_after(at: datetime, address: str) -> Exists:
    """Whether a message was written after that moment to the address in an outer query's field."""
    lowered = Message.objects.annotate(lowered=Lower("to_address"))
    return Exists(lowered.filter(created_at__gt=at, lowered=Lower(OuterRef(address))))


def find_stale(limit: int) -> list[int]:
    """Ids of stale messages, oldest first."""
    stale = Message.objects.filter(state=State.STALE).order_by("pk")
    return list(stale.values_list("pk", flat=True)[:limit])


def count_by_state() -> dict[str, int]:
    """Messages that are queued, sending, stale or failed.

    Sent and withdrawn ones are history: counting millions of them at every scrape serves nobody.
    """
    return {state.value: Message.objects.filter(state=state).count() for state in _UNFINISHED}


def mail_backlog_seconds(now: datetime) -> float:
    """Age of the oldest message that no server has been asked about yet; 0 with none.

    It grows while the server is out of reach, and does not while one recipient's server defers.
    """
    untried = Message.objects.filter(state__in=[State.QUEUED, State.SENDING], attempts=0)
    oldest: datetime | None = untried.aggregate(oldest=Min("created_at"))["oldest"]
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def recent_delivery_seconds(queue: str, most: int = 500) -> list[float]:
    """How long the latest messages of a queue that a server took were in the outbox."""
    sent = Message.objects.filter(state=State.SENT, queue=queue, sent_at__isnull=False)
    times = sent.order_by("-pk").values_list("created_at", "sent_at")[:most]
    return [max((sent_at - made_at).total_seconds(), 0.0) for made_at, sent_at in times if sent_at]


def recent_outcomes(now: datetime, most: int = 5000) -> dict[str, int]:
    """How the tries of the last ten minutes ended, of the latest `most` tries."""
    latest = Attempt.objects.order_by("-pk").values_list("at", "outcome")[:most]
    counts = Counter(outcome for at, outcome in latest if at > now - RECENT)
    return {outcome.value: counts[outcome.value] for outcome in Outcome}


def suppressions(now: datetime) -> QuerySet[Suppression]:
    """The suppressions in force."""
    return Suppression.objects.filter(Q(until=None) | Q(until__gt=now))


def find_suppression(address: str, now: datetime) -> Suppression | None:
    """Why the address, in whatever letters, gets no mail; None if it gets any."""
    return suppressions(now).filter(address=address.lower()).first()


def suppressions_of(addresses: Iterable[str], now: datetime) -> dict[str, Suppression]:
    """Why these addresses get no mail, for those that get none, by address in small letters."""
    wanted = {address.lower() for address in addresses}
    return {row.address: row for row in suppressions(now).filter(address__in=wanted)}


def suppressed_among(addresses: Iterable[str], now: datetime) -> dict[str, str]:
    """Of these addresses those that get no mail, in small letters, and why."""
    wanted = {address.lower() for address in addresses}
    found = suppressions(now).filter(address__in=wanted)
    return {one.address: f"no mail goes there, it {one.reason}: {one.words}" for one in found}


# Keys written into one statement; SQLite takes 32,766 parameters.
_KEYS_AT_ONCE = 5_000


def known_keys(keys: Iterable[str]) -> set[str]:
    """Those of these keys under which the outbox has a message, whatever its state."""
    listed = list(keys)
    return {
        key
        for start in range(0, len(listed), _KEYS_AT_ONCE)
        for key in Message.objects.filter(
            key__in=listed[start : start + _KEYS_AT_ONCE]
        ).values_list("key", flat=True)
    }


def find_handed(message_id: str) -> Message | None:
    """The message with this Message-ID that a server took, or may have taken."""
    handed = Message.objects.filter(Q(state=State.SENT) | Q(maybe_taken=True))
    return handed.filter(message_id=message_id).order_by("pk").first()


def held_mails() -> QuerySet[Message]:
    """Messages that wait because the server is out of reach or refuses us or our sender.

    Their `reply` says why; the oldest first.
    """
    unoffered = Q(attempts=0) & ~Q(reply="")
    of_sender = Q(reply__contains=SENDER_REFUSED)
    held = Message.objects.filter(unoffered | of_sender, state=State.QUEUED)
    return held.order_by("due_at", "pk")


def waiting_postings() -> QuerySet[Posting]:
    """What is to be posted to channels yet."""
    return Posting.objects.filter(state=State.QUEUED)


def suspended_channels() -> QuerySet[Channel]:
    """Channels that are wanted and not used, because they failed for long or are gone."""
    return Channel.objects.filter(suspended_at__isnull=False, is_on=True)


def due_times(ids: Collection[int]) -> dict[int, datetime]:
    """When each of these messages was to leave."""
    return dict(Message.objects.filter(pk__in=ids).values_list("pk", "due_at"))


def in_flight() -> QuerySet[Message]:
    """Messages that somebody is handing to a server, or was when it died."""
    return Message.objects.filter(state=State.SENDING)


def unhanded() -> QuerySet[Message]:
    """Messages that no server can have, and that may still be withdrawn."""
    return Message.objects.filter(state__in=[State.QUEUED, State.STALE], maybe_taken=False)


def kept_pictures(keys: Collection[str]) -> set[str]:
    """Those keys whose pictures are there already and need not be made again."""
    return set(Picture.objects.filter(key__in=keys).values_list("key", flat=True))


def pictures_of(messages: Iterable[Message]) -> dict[str, bytes]:
    """The PNGs that these messages show, by key; without those that are not there."""
    keys = {key for message in messages for key, _, _ in message.pictures or ()}
    if not keys:
        return {}
    named = Picture.objects.filter(key__in=keys).values_list("key", "png")
    return {key: bytes(png) for key, png in named}
