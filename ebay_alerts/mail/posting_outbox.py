"""The outbox of channels: queueing, recalling, claiming a channel and recording each try."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.channels import new_public_id
from ebay_alerts.mail.models import Channel, Posting, PostingAttempt
from ebay_alerts.mail.postings import Health, Verdict, delay_after, health_after, state_after
from ebay_alerts.mail.states import Outcome, State
from ebay_alerts.mail.wording import one_line
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import barred

# What is posted to a channel before others have their turn.
SLICE = 10
KEPT_FOR = timedelta(days=30)
PRUNED = 1000
# As far back a channel may know what was taken back: as long as a mail is tried.
REMEMBERED_FOR = timedelta(days=6)
LONGEST_WORDS = 500

_GIVEN_UP = (State.WITHDRAWN, State.FAILED)
_FREE: dict[str, object] = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class PostingDraft:
    """A posting as its author wants it. See `Posting` for `origin`, `series`, `statements`."""

    channel_id: int
    kind: str
    origin: str
    series: str
    title: str
    body: str
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ChannelClaim:
    """A channel that belongs to the holder of the token until the lease ends, and what is due."""

    token: UUID
    channel: Channel
    postings: list[Posting]


def queue_postings(drafts: Sequence[PostingDraft], now: datetime) -> None:
    """Within the caller's transaction."""
    Posting.objects.bulk_create(
        [
            Posting(
                channel_id=draft.channel_id,
                public_id=new_public_id(),
                kind=draft.kind,
                origin=draft.origin,
                series=draft.series,
                title=one_line(draft.title)[:200],
                body=draft.body,
                statements=dict(draft.statements),
                due_at=now,
                created_at=now,
            )
            for draft in drafts
        ],
        batch_size=100,
    )


def recall_postings(origins: Collection[str]) -> None:
    """What these digests had to tell is told anew: withdraw what no receiver can have, and mark the
    rest. Belongs into the caller's transaction, which takes the digests back."""
    of_origins = Posting.objects.filter(origin__in=origins).exclude(origin="")
    found = list(of_origins.select_for_update(no_key=True).order_by("pk"))
    untaken = {p.pk for p in found if p.state == State.QUEUED and not p.maybe_taken}
    taken = {p.pk for p in found if p.state not in _GIVEN_UP} - untaken
    Posting.objects.filter(pk__in=untaken).update(state=State.WITHDRAWN)
    Posting.objects.filter(pk__in=taken).update(is_recalled=True)


def withdraw_series(user_id: int, series: str) -> None:
    """Withdraw what no receiver can have of a series, from a user's channels. Belongs into the
    caller's transaction."""
    waiting = Posting.objects.filter(state=State.QUEUED, series=series, maybe_taken=False)
    ids = waiting.filter(channel__user_id=user_id).values_list("pk", flat=True)
    Posting.objects.filter(pk__in=list(ids), state=State.QUEUED).update(state=State.WITHDRAWN)


def statements_had(
    series: Collection[str], channel_ids: Collection[int], now: datetime
) -> dict[tuple[int, str], dict[str, str]]:
    """By channel and series, what the channel was told last of each thing since something that it
    had was taken back; nothing where nothing was."""
    recalled = Posting.objects.filter(
        series__in=series,
        channel__in=channel_ids,
        is_recalled=True,
        created_at__gt=now - REMEMBERED_FOR,
    )
    first: dict[tuple[int, str], int] = {}
    for channel_id, name, pk in recalled.order_by("-pk").values_list("channel", "series", "pk"):
        first[channel_id, name] = pk
    if not first:
        return {}
    since = Posting.objects.filter(
        channel__in={channel_id for channel_id, _ in first},
        series__in={name for _, name in first},
        pk__gte=min(first.values()),
    ).exclude(state__in=_GIVEN_UP)
    had: dict[tuple[int, str], dict[str, str]] = {key: {} for key in first}
    for posting in since.order_by("pk").only("channel", "series", "statements"):
        key = (posting.channel_id, posting.series)
        if key in first and posting.pk >= first[key]:
            had[key].update(posting.statements)
    return had


def take_back_expired(now: datetime) -> int:
    """Free channels whose holder is gone; of each only the first posting may have been sent.

    Returns how many channels.
    """
    if not Channel.objects.filter(lease_until__lt=now).exists():
        return 0
    with write_turn(), transaction.atomic():
        expired = list(
            Channel.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(lease_until__lt=now)
            .order_by("pk")[:100]
        )
        for channel in expired:
            held = Posting.objects.filter(channel=channel, state=State.SENDING)
            first = held.order_by("due_at", "pk").first()
            if first:
                _record_lost(first, now)
            held.update(state=State.QUEUED)
        Channel.objects.filter(pk__in=[channel.pk for channel in expired]).update(**_FREE)
    return len(expired)


def claim_channel(
    now: datetime, lease: timedelta, *, busy_users: Iterable[int] = (), healthy_only: bool = False
) -> ChannelClaim | None:
    """Take a channel with something due that waited longest, passing over users that are busy.

    Nobody else posts to it before the lease ends. None where nothing is due.
    """
    due = _claimable(now, set(busy_users), healthy_only)
    if not due.exists():
        return None
    with write_turn(), transaction.atomic():
        locked = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        channel = locked.order_by("due_at", "pk").first()
        if channel is None:
            return None
        postings = list(_due_postings(now).filter(channel=channel).order_by("due_at", "pk")[:SLICE])
        Posting.objects.filter(pk__in=[one.pk for one in postings]).update(state=State.SENDING)
        token = uuid4()
        Channel.objects.filter(pk=channel.pk).update(lease_token=token, lease_until=now + lease)
    return ChannelClaim(token, channel, postings)


def record_try(claim: ChannelClaim, posting: Posting, verdict: Verdict, now: datetime) -> bool:
    """Record one try, what it makes of the posting, and of its channel's health.

    False, and no change, without the lease: the channel was freed, changed hands or is gone.
    """
    words = _capped(verdict.words)
    with write_turn(), transaction.atomic():
        held = Channel.objects.select_for_update(no_key=True).filter(lease_token=claim.token)
        channel = held.first()
        if channel is None:
            return False
        Posting.objects.filter(pk=posting.pk).update(**_changes(posting, verdict, now))
        PostingAttempt.objects.create(
            posting_id=posting.pk, at=now, outcome=verdict.outcome, code=verdict.code, words=words
        )
        _record_health(channel, verdict, now)
    return True


def release_channel(claim: ChannelClaim, now: datetime) -> None:
    """Give the channel back, and what was not tried; it stands behind the others now."""
    ids = [posting.pk for posting in claim.postings]
    with write_turn(), transaction.atomic():
        held = Channel.objects.select_for_update(no_key=True).filter(lease_token=claim.token)
        channel = held.first()
        if channel is None:
            return
        Posting.objects.filter(pk__in=ids, state=State.SENDING).update(state=State.QUEUED)
        due_at = max(channel.due_at, now)
        Channel.objects.filter(pk=channel.pk).update(due_at=due_at, **_FREE)
        if channel.suspended_at or not channel.is_on:
            _give_up_waiting(channel)


def prune_postings(now: datetime) -> int:
    """Delete up to `PRUNED` old postings with their tries; returns how many."""
    old = Posting.objects.filter(created_at__lt=now - KEPT_FOR).order_by("created_at")
    ids = list(old.values_list("pk", flat=True)[:PRUNED])
    for start in range(0, len(ids), 100):
        with write_turn(), transaction.atomic():
            some = ids[start : start + 100]
            PostingAttempt.objects.filter(posting__in=some).delete()
            Posting.objects.filter(pk__in=some).delete()
    return len(ids)


def _due_postings(now: datetime) -> QuerySet[Posting]:
    due = Posting.objects.filter(state=State.QUEUED, due_at__lte=now)
    return due.exclude(pk__in=barred(Kind.POSTING, now))


def _claimable(now: datetime, busy_users: set[int], healthy_only: bool) -> QuerySet[Channel]:
    waiting = Channel.objects.filter(
        pk__in=_due_postings(now).values("channel"),
        is_on=True,
        suspended_at=None,
        lease_token=None,
        due_at__lte=now,
    ).exclude(user_id__in=busy_users)
    return waiting.filter(failures=0) if healthy_only else waiting


def _changes(posting: Posting, verdict: Verdict, now: datetime) -> dict[str, object]:
    tries = posting.attempts + 1
    state = state_after(verdict.outcome, tries, posting.created_at, now)
    changes: dict[str, object] = {"state": state, "attempts": F("attempts") + 1}
    if state is State.SENT:
        changes["sent_at"] = now
    if state is State.QUEUED:
        changes["due_at"] = now + (verdict.wait or delay_after(tries))
    if verdict.outcome is Outcome.LOST:
        changes["maybe_taken"] = True
    return changes


def _record_health(channel: Channel, verdict: Verdict, now: datetime) -> None:
    health = health_after(Health(channel.failures, channel.failing_since), verdict, now)
    channel.failures, channel.failing_since = health.failures, health.since
    if verdict.outcome is Outcome.SENT:
        channel.words, channel.succeeded_at = "", now
    else:
        channel.words = _capped(f"{verdict.code or ''} {verdict.words}")
        channel.due_at = now + (verdict.wait or delay_after(health.failures))
    if health.is_suspended:
        channel.suspended_at = now
    fields = ("failures", "failing_since", "words", "succeeded_at", "due_at", "suspended_at")
    channel.save(update_fields=fields)


def _give_up_waiting(channel: Channel) -> None:
    waiting = Posting.objects.filter(channel=channel, state=State.QUEUED)
    waiting.filter(Q(maybe_taken=True) | Q(is_recalled=True)).update(state=State.FAILED)
    waiting.update(state=State.WITHDRAWN if not channel.is_on else State.FAILED)


def _record_lost(posting: Posting, now: datetime) -> None:
    words = "the sender stopped before an answer was recorded"
    PostingAttempt.objects.create(posting=posting, at=now, outcome=Outcome.LOST, words=words)
    Posting.objects.filter(pk=posting.pk).update(attempts=F("attempts") + 1, maybe_taken=True)


def _capped(words: str) -> str:
    return one_line(words).strip()[:LONGEST_WORDS]
