"""Writing the outbox: queueing, withdrawing, claiming and recording."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.addresses import clean_address, sender_address
from ebay_alerts.mail.errors import BadAddress
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.outcomes import Verdict, delay_after, state_after
from ebay_alerts.mail.smtp import parse_smtp_url, probe
from ebay_alerts.mail.states import Outcome, Queue, State
from ebay_alerts.mail.wording import one_line, without_controls

LONGEST_KEY = 120
LONGEST_SUBJECT = 200
LONGEST_REPLY = 500
# A header line may have 998 octets (RFC 5322, 2.1.1); the name and folding take the rest.
LONGEST_HEADER = 900
# SQLite writes a row's whole text anew with every change of its state.
ROWS_A_TURN = 200

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OWN_HEADERS = frozenset(
    {"from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "auto-submitted"}
)
_FREE = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class Draft:
    """A mail as its author wants it; `key` makes it one mail however often it is queued.

    `due_at` is when it may leave, now unless given: a mail that takes another's place keeps it.
    """

    key: str
    queue: str
    to_address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    fresh_until: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Claim:
    """Messages that belong to the holder of the token until the lease ends, oldest first."""

    token: UUID
    messages: list[Message]


def check_settings() -> None:
    """Raises BadMailSetting, which names the setting, where no mail could be sent."""
    parse_smtp_url(settings.SMTP_URL)
    sender_address(settings.MAIL_FROM)


def probe_mail_server() -> str:
    """Words about the mail server, which was connected to as for a mail. Raises ServerUnusable."""
    server = parse_smtp_url(settings.SMTP_URL)
    probe(server)
    tls = "without TLS" if server.scheme == "smtp" else "under TLS"
    return f"{server.host}:{server.port} answers {tls}" + (", logged in" if server.user else "")


def queue_messages(drafts: Sequence[Draft], now: datetime) -> dict[str, int]:
    """Put drafts into the outbox, within the caller's transaction; key -> id of the message.

    A key that is there already, in whatever state (withdrawn too), is left as it is. A draft with
    a bad address becomes a message that has failed, with the reason. Raises ValueError for a bad
    key or queue: these are the caller's own.
    """
    if not drafts:
        return {}
    domain = sender_address(settings.MAIL_FROM).rpartition("@")[2]
    messages = [_message(draft, domain, now) for draft in drafts]
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


def mark_stale(now: datetime) -> int:
    """Queued messages past their `fresh_until` become stale; returns how many.

    One with a lost try stays: the server may have it, so it is sent again as it is.
    """
    marked = 0
    while chunk := _mark_stale_chunk(now):
        marked += chunk
    return marked


def claim_messages(queue: str, now: datetime, limit: int, lease: timedelta) -> Claim:
    """Take up to `limit` due messages, oldest first; nobody else gets them before the lease ends.

    Leases that ran out are taken back first: their holder is gone.
    """
    token = uuid4()
    with write_turn(), transaction.atomic():
        _take_back_expired(queue, now)
        messages = list(_claimable(queue, now)[:limit])
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(
            state=State.SENDING, lease_token=token, lease_until=now + lease
        )
    return Claim(token, messages)


def record_outcome(message: Message, token: UUID, verdict: Verdict, now: datetime) -> bool:
    """Record one try and what it makes of the message; False, and no change, without the lease."""
    words = _capped(verdict.words)
    with write_turn(), transaction.atomic():
        recorded = Message.objects.filter(
            pk=message.pk, state=State.SENDING, lease_token=token
        ).update(**_changes(message, verdict, now))
        if recorded:
            Attempt.objects.create(
                message_id=message.pk,
                at=now,
                outcome=verdict.outcome,
                code=verdict.code,
                words=words,
            )
    return bool(recorded)


def release_messages(token: UUID, *, due_at: datetime | None = None, words: str = "") -> int:
    """Give back what is still held under the token, untried: no try is counted.

    With `due_at` they come due then, and `words` say why they wait.
    """
    changes: dict[str, object] = {"state": State.QUEUED, **_FREE}
    if due_at:
        changes |= {"due_at": due_at, "reply": _capped(words)}
    with write_turn(), transaction.atomic():
        return Message.objects.filter(lease_token=token, state=State.SENDING).update(**changes)


def _message(draft: Draft, domain: str, now: datetime) -> Message:
    if not 0 < len(draft.key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters: {draft.key!r:.140}")
    address, reason = _address_or_reason(draft.to_address)
    return Message(
        key=draft.key,
        message_id=f"<{uuid4().hex}@{domain}>",
        queue=Queue(draft.queue),
        to_address=address,
        subject=one_line(draft.subject)[:LONGEST_SUBJECT],
        text=without_controls(draft.text),
        html=without_controls(draft.html),
        headers=_clean_headers(draft.headers),
        state=State.FAILED if reason else State.QUEUED,
        reply=_capped(reason),
        due_at=draft.due_at or now,
        created_at=now,
        fresh_until=draft.fresh_until,
    )


def _address_or_reason(address: str) -> tuple[str, str]:
    try:
        return clean_address(address), ""
    except BadAddress as error:
        return one_line(address)[:320], str(error)


def _clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    cleaned = {name: one_line(value) for name, value in headers.items() if _is_extra_header(name)}
    return {name: value for name, value in cleaned.items() if len(value.encode()) <= LONGEST_HEADER}


def _is_extra_header(name: str) -> bool:
    lowered = name.lower()
    own = lowered in _OWN_HEADERS or lowered.startswith(("content-", "mime-", "resent-"))
    return bool(_HEADER_NAME.fullmatch(name)) and not own


def _lock_unhanded(ids: Sequence[int]) -> list[int]:
    return list(
        Message.objects.select_for_update(no_key=True)
        .filter(pk__in=ids, state__in=[State.QUEUED, State.STALE], maybe_taken=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _changes(message: Message, verdict: Verdict, now: datetime) -> dict[str, object]:
    state = state_after(verdict.outcome, message.created_at, now)
    changes: dict[str, object] = {
        "state": state,
        "attempts": F("attempts") + 1,
        "reply": _capped(f"{verdict.code or ''} {verdict.words}"),
        **_FREE,
    }
    if state is State.SENT:
        changes["sent_at"] = now
    if state is State.QUEUED:
        changes["due_at"] = now + delay_after(message.attempts + 1)
    if verdict.outcome is Outcome.LOST:
        changes["maybe_taken"] = True
    return changes


def _mark_stale_chunk(now: datetime) -> int:
    with write_turn(), transaction.atomic():
        outdated = list(
            Message.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state=State.QUEUED, maybe_taken=False, fresh_until__lt=now)
            .values_list("pk", flat=True)[:ROWS_A_TURN]
        )
        return Message.objects.filter(pk__in=outdated).update(state=State.STALE)


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
        state=State.QUEUED, **_FREE
    )


def _record_lost_with_holder(message: Message, now: datetime) -> None:
    words = "the sender stopped before an answer was recorded"
    Attempt.objects.create(message_id=message.pk, at=now, outcome=Outcome.LOST, words=words)
    # Due at once the first time; one that stops its sender again and again lets others pass.
    due_at = now + delay_after(message.attempts) if message.attempts else message.due_at
    Message.objects.filter(pk=message.pk).update(
        attempts=F("attempts") + 1, maybe_taken=True, due_at=due_at, reply=words
    )


def _capped(words: str) -> str:
    return one_line(words)[:LONGEST_REPLY]
