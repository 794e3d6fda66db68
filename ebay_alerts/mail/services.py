"""Writing the outbox: queueing, withdrawing, claiming and recording; its pictures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.addresses import clean_address, sender_address
from ebay_alerts.mail.errors import BadAddress
from ebay_alerts.mail.headers import clean_headers, series_headers
from ebay_alerts.mail.models import Attempt, Message, Picture
from ebay_alerts.mail.outcomes import Verdict, delay_after, state_after
from ebay_alerts.mail.png import read_size
from ebay_alerts.mail.selectors import suppressed_among, unhanded
from ebay_alerts.mail.smtp import parse_smtp_url, probe
from ebay_alerts.mail.states import Outcome, Queue, State
from ebay_alerts.mail.suppressions import record_bounce
from ebay_alerts.mail.wording import one_line, without_controls

LONGEST_KEY = 120
LONGEST_SUBJECT = 200
LONGEST_REPLY = 500
LONGEST_ALT = 500
# A batch of messages has all its pictures in memory.
MOST_PICTURES = 20
LARGEST_PICTURE = 64_000
PICTURES_KEPT_FOR = timedelta(days=7)
# Pictures deleted by one call.
PRUNED = 1000
# Messages of one batch of delivery, over all its sessions.
BATCH = 100
# What a session of its own is worth opening for.
MESSAGES_A_CLAIM = 10
# SQLite writes a row's whole text anew with every change of its state.
ROWS_A_TURN = 200

# The form of a Message-ID (RFC 2045, 7), of characters that stand for themselves in a URL.
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{1,100}")
_SHOWN = re.compile(r'"cid:([^"]*)"')
_UNSENT = (State.QUEUED, State.SENDING, State.STALE)
_FREE = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class ShownPicture:
    """A kept picture in one mail, whose HTML shows it by `<img src="cid:CONTENT_ID" alt="ALT">`.

    `content_id` looks like an address and is the same for no other picture in the world (RFC 2392).
    """

    key: str
    content_id: str
    alt: str


@dataclass(frozen=True)
class Draft:
    """A mail as its author wants it; `key` makes it one mail however often it is queued.

    Without `html` it goes as text alone.

    `due_at` is when it may leave, now unless given: a mail that takes another's place keeps it.
    Of `pictures`, those that are not kept when the mail leaves are replaced by their `alt`.
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
    pictures: Sequence[ShownPicture] = ()


def as_wished(draft: Draft, *, text_only: bool) -> Draft:
    """The draft, for who wants text alone without HTML and the pictures in it."""
    return replace(draft, html="", pictures=()) if text_only else draft


@dataclass(frozen=True)
class Claim:
    """Messages that belong to the holder of the token until the lease ends, oldest first."""

    token: UUID
    messages: list[Message]


@dataclass(frozen=True)
class Try:
    """What came of handing one message over, under the token of its claim."""

    message: Message
    token: UUID
    verdict: Verdict


def check_settings() -> None:
    """Raises BadMailSetting, which names the setting, where no mail could be sent."""
    parse_smtp_url(settings.SMTP_URL)
    sender_address(settings.MAIL_FROM)


def probe_mail_server() -> str:
    """Words about the mail server, which was connected to as for a mail. Raises ServerUnusable."""
    server = parse_smtp_url(settings.SMTP_URL)
    sender = sender_address(settings.MAIL_FROM)
    probe(server, sender)
    tls = "without TLS" if server.scheme == "smtp" else "under TLS"
    login = ", logged in" if server.user else ""
    return f"{server.host}:{server.port} answers {tls}{login} and takes mail from {sender}"


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
    messages = [_message(draft, domain, now) for draft in drafts]
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


def keep_pictures(pngs: Mapping[str, bytes], now: datetime) -> None:
    """Store pictures by key, within the caller's transaction; a key that is there keeps its own.

    They stay for `PICTURES_KEPT_FOR` and as long as an unsent message names them. Raises
    ValueError for a bad key, and for what is no PNG or more than `LARGEST_PICTURE` bytes.
    """
    pictures = [_picture(key, png, now) for key, png in pngs.items()]
    Picture.objects.bulk_create(pictures, ignore_conflicts=True, batch_size=ROWS_A_TURN)


def prune_pictures(now: datetime) -> int:
    """Delete up to `PRUNED` old pictures that no unsent message names; returns how many.

    A message that is queued meanwhile and names one of so old shows the alt text.
    """
    old = Picture.objects.filter(created_at__lt=now - PICTURES_KEPT_FOR)
    by_key = dict(old.values_list("key", "pk"))
    needed = _needed_pictures() if by_key else set()
    unneeded = [pk for key, pk in by_key.items() if key not in needed][:PRUNED]
    for start in range(0, len(unneeded), ROWS_A_TURN):
        with write_turn():
            Picture.objects.filter(pk__in=unneeded[start : start + ROWS_A_TURN]).delete()
    return len(unneeded)


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
    to_address, _ = _address_or_reason(address)
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


def record_outcome(message: Message, token: UUID, verdict: Verdict, now: datetime) -> bool:
    """Record one try and what it makes of the message; False, and no change, without the lease."""
    return bool(record_outcomes([Try(message, token, verdict)], now))


def record_outcomes(tries: Sequence[Try], now: datetime) -> set[int]:
    """Record tries at different messages, and what each makes of its message, in one transaction.

    Returns the ids of the messages whose lease was held; of the others nothing changes.
    """
    sent = [one for one in tries if one.verdict.outcome is Outcome.SENT]
    others = [one for one in tries if one.verdict.outcome is not Outcome.SENT]
    if not tries:
        return set()
    with write_turn(), transaction.atomic():
        held = _mark_sent(sent, now) | _lock_held(others)
        for one in others:
            if one.message.pk in held:
                _record_unsent(one, now)
        _add_attempts([one for one in tries if one.message.pk in held], now)
    return held


def _lock_held(tries: Sequence[Try]) -> set[int]:
    """The ids of those messages that still belong to the token of their try."""
    if not tries:
        return set()
    tokens = {one.message.pk: one.token for one in tries}
    rows = (
        Message.objects.select_for_update(no_key=True)
        .filter(pk__in=tokens, state=State.SENDING)
        .order_by("pk")
        .values_list("pk", "lease_token")
    )
    return {pk for pk, token in rows if token == tokens[pk]}


# Locked by id first where rows are locked, so that nobody who locks several waits crosswise.
_MARK_SENT = """
WITH tries (message_id, token, words) AS (VALUES {tries}),
held AS (
    SELECT tries.message_id, tries.words
    FROM {messages} AS message JOIN tries ON message.id = tries.message_id
    WHERE message.state = %s AND message.lease_token = tries.token
    ORDER BY message.id {for_update}
)
UPDATE {messages} AS message
SET state = %s, attempts = attempts + 1, sent_at = %s, reply = held.words,
    lease_token = NULL, lease_until = NULL
FROM held WHERE message.id = held.message_id
RETURNING id
"""


def _mark_sent(tries: Sequence[Try], now: datetime) -> set[int]:
    """The ids of those whose lease was held; in one statement, for it runs with every few mails."""
    if not tries:
        return set()
    token, at = Message._meta.get_field("lease_token"), Message._meta.get_field("sent_at")
    statement = _MARK_SENT.format(
        tries=", ".join(["(%s, %s, %s)"] * len(tries)),
        messages=connection.ops.quote_name(Message._meta.db_table),
        for_update="FOR NO KEY UPDATE OF message"
        if connection.features.has_select_for_update
        else "",
    )
    values: list[Any] = []
    for one in tries:
        held_by = token.get_db_prep_value(one.token, connection)
        values += [one.message.pk, held_by, _reply(one.verdict)]
    sent_at = at.get_db_prep_save(now, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, State.SENDING.value, State.SENT.value, sent_at])
        return {pk for (pk,) in cursor.fetchall()}


def _add_attempts(tries: Sequence[Try], now: datetime) -> None:
    if not tries:
        return
    at = Attempt._meta.get_field("at").get_db_prep_save(now, connection)
    values: list[Any] = []
    for one in tries:
        verdict = one.verdict
        words = _capped(verdict.words)
        values += [one.message.pk, at, verdict.outcome.value, verdict.code, words]
    table = connection.ops.quote_name(Attempt._meta.db_table)
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(tries))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (message_id, at, outcome, code, words) VALUES {rows}",  # noqa: S608 - our own name
            values,
        )


def _record_unsent(one: Try, now: datetime) -> None:
    message, verdict = one.message, one.verdict
    Message.objects.filter(pk=message.pk).update(**_changes(message, verdict, now))
    if verdict.is_bounce:
        said = f"{verdict.code} {_capped(verdict.words)}"
        record_bounce(message.to_address, said, now, now)


def release_messages(
    tokens: Sequence[UUID], *, due_at: datetime | None = None, words: str = ""
) -> int:
    """Give back what is still held under these tokens, untried: no try is counted.

    With `due_at` they come due then, and `words` say why they wait.
    """
    changes: dict[str, object] = {"state": State.QUEUED, **_FREE}
    if due_at:
        changes |= {"due_at": due_at, "reply": _capped(words)}
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
        return Message.objects.filter(pk__in=new, state=State.QUEUED).update(reply=_capped(words))


def erase_messages(ids: Sequence[int]) -> None:
    """Delete messages with all tries at them, whatever state they are in; of `ROWS_A_TURN` at most.

    What is being handed to a server may arrive; its outcome finds nothing to be recorded at.
    """
    with write_turn(), transaction.atomic():
        Attempt.objects.filter(message__in=ids).delete()
        Message.objects.filter(pk__in=ids).delete()


def _message(draft: Draft, domain: str, now: datetime) -> Message:
    _check_key(draft.key)
    address, reason = _address_or_reason(draft.to_address)
    return Message(
        key=draft.key,
        message_id=f"<{uuid4().hex}@{domain}>",
        queue=Queue(draft.queue),
        to_address=address,
        subject=one_line(draft.subject)[:LONGEST_SUBJECT],
        text=without_controls(draft.text),
        html=without_controls(draft.html),
        headers=clean_headers(draft.headers),
        pictures=_named_pictures(draft),
        state=State.FAILED if reason else State.QUEUED,
        reply=_capped(reason),
        due_at=draft.due_at or now,
        created_at=now,
        fresh_until=draft.fresh_until,
    )


def _refuse_suppressed(messages: Sequence[Message], now: datetime) -> None:
    why = suppressed_among((message.to_address for message in messages), now)
    for message in messages:
        reason = why.get(message.to_address.lower())
        if reason and message.state == State.QUEUED:
            message.state = State.STALE if message.fresh_until else State.FAILED
            message.reply = _capped(reason)


def _address_or_reason(address: str) -> tuple[str, str]:
    try:
        return clean_address(address), ""
    except BadAddress as error:
        return one_line(address)[:320], str(error)


def _check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters: {key!r:.140}")


def _named_pictures(draft: Draft) -> list[list[str]] | None:
    content_ids = {shown.content_id for shown in draft.pictures}
    if len(draft.pictures) > MOST_PICTURES or len(content_ids) < len(draft.pictures):
        raise ValueError(f"a mail shows up to {MOST_PICTURES} pictures, each by its own Content-ID")
    on_page = set(_SHOWN.findall(draft.html)) if draft.pictures else ()
    for shown in draft.pictures:
        if not _CONTENT_ID.fullmatch(shown.content_id):
            raise ValueError(f"not a Content-ID: {shown.content_id!r:.140}")
        if shown.content_id not in on_page:
            raise ValueError(f"the HTML shows no picture cid:{shown.content_id}")
    named = [
        [shown.key, shown.content_id, one_line(shown.alt)[:LONGEST_ALT]] for shown in draft.pictures
    ]
    return named or None


def _picture(key: str, png: bytes, now: datetime) -> Picture:
    _check_key(key)
    if len(png) > LARGEST_PICTURE:
        raise ValueError(f"a picture has at most {LARGEST_PICTURE} bytes: {key!r:.140}")
    width, height = read_size(png)
    return Picture(key=key, created_at=now, width=width, height=height, png=png)


def _needed_pictures() -> set[str]:
    """Keys that unsent messages name; a query a state, for each has its own index."""
    needed: set[str] = set()
    for state in _UNSENT:
        named = Message.objects.filter(state=state, pictures__isnull=False)
        for pictures in named.values_list("pictures", flat=True).iterator(chunk_size=ROWS_A_TURN):
            needed.update(key for key, _, _ in pictures or ())
    return needed


def _lock_unhanded(ids: Sequence[int]) -> list[int]:
    return list(
        Message.objects.select_for_update(no_key=True)
        .filter(pk__in=ids, state__in=[State.QUEUED, State.STALE], maybe_taken=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _reply(verdict: Verdict) -> str:
    return _capped(f"{verdict.code or ''} {verdict.words}")


def _changes(message: Message, verdict: Verdict, now: datetime) -> dict[str, object]:
    """What a try that was not taken makes of its message."""
    state = state_after(verdict.outcome, message.created_at, now)
    changes: dict[str, object] = {
        "state": state,
        "attempts": F("attempts") + 1,
        "reply": _reply(verdict),
        **_FREE,
    }
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
