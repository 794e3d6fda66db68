"""Recording what came of handing messages over, under the token of their claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.outcomes import Verdict, delay_after, state_after
from ebay_alerts.mail.services.claiming import FREE
from ebay_alerts.mail.services.drafts import capped
from ebay_alerts.mail.states import Outcome, State
from ebay_alerts.mail.suppressions import record_bounce


@dataclass(frozen=True)
class Try:
    """What came of handing one message over, under the token of its claim."""

    message: Message
    token: UUID
    verdict: Verdict


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
        words = capped(verdict.words)
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
        said = f"{verdict.code} {capped(verdict.words)}"
        record_bounce(message.to_address, said, now, now)


def _reply(verdict: Verdict) -> str:
    return capped(f"{verdict.code or ''} {verdict.words}")


def _changes(message: Message, verdict: Verdict, now: datetime) -> dict[str, object]:
    """What a try that was not taken makes of its message."""
    state = state_after(verdict.outcome, message.created_at, now)
    changes: dict[str, object] = {
        "state": state,
        "attempts": F("attempts") + 1,
        "reply": _reply(verdict),
        **FREE,
    }
    if state is State.QUEUED:
        changes["due_at"] = now + delay_after(message.attempts + 1)
    if verdict.outcome is Outcome.LOST:
        changes["maybe_taken"] = True
    return changes
