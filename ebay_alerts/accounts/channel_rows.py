"""Channels, what was posted to them, and test mails, as pages show them: in words."""

from datetime import datetime, tzinfo
from typing import Any

from ebay_alerts.accounts.moments import past, to_come
from ebay_alerts.mail.models import Channel, Message, Posting, PostingAttempt
from ebay_alerts.mail.states import Outcome, State

_KINDS = {Channel.Kind.WEBHOOK: "Webhook", Channel.Kind.APPRISE: "Push service"}
_STATES = {
    State.QUEUED: "waits",
    State.SENDING: "is being sent",
    State.SENT: "taken",
    State.FAILED: "given up",
    State.WITHDRAWN: "not sent: its news was told anew, or was not wanted any more",
}
_OUTCOMES = {
    Outcome.SENT: "It was taken",
    Outcome.DEFERRED: "It was not taken",
    Outcome.FAILED: "It was refused for good",
    Outcome.LOST: "No answer came; it may have been taken",
}
_MAIL = {
    State.QUEUED: "It waits to be sent.",
    State.SENDING: "It is being sent.",
    State.SENT: "The mail server took it.",
    State.FAILED: "It could not be sent.",
    State.STALE: "It was not sent.",
    State.WITHDRAWN: "It was not sent.",
}


def channel_row(channel: Channel, zone: tzinfo, now: datetime) -> dict[str, Any]:
    rests = bool(channel.failures) and channel.is_on and channel.suspended_at is None
    return {
        "id": channel.pk,
        "name": channel.name,
        "kind": _KINDS[Channel.Kind(channel.kind)],
        "address": channel.hint,
        "is_on": channel.is_on,
        "is_webhook": channel.kind == Channel.Kind.WEBHOOK,
        "suspended": past(channel.suspended_at, zone, now) if channel.is_on else None,
        "failures": channel.failures,
        "next_try": to_come(channel.due_at, zone, now) if rests else None,
        "words": channel.words,
        "last": past(channel.succeeded_at, zone, now),
        "both_until": _both_until(channel, zone, now),
    }


def _both_until(channel: Channel, zone: tzinfo, now: datetime) -> object:
    until = channel.previous_until
    return to_come(until, zone, now) if until and until > now else None


def posting_row(posting: Posting, zone: tzinfo, now: datetime) -> dict[str, Any]:
    tries = list(posting.tries.all())
    waits = tries and not posting.is_over
    return {
        "title": posting.title,
        "state": _STATES[State(posting.state)],
        "is_over": posting.is_over,
        "is_failed": posting.state == State.FAILED,
        "at": past(posting.created_at, zone, now),
        "next_try": to_come(posting.due_at, zone, now) if waits else None,
        "tries": len(tries),
        "answer": answer_words(tries[-1]) if tries else "",
    }


def answer_words(attempt: PostingAttempt) -> str:
    """`It was taken: 204 No Content`."""
    said = " ".join(str(part) for part in (attempt.code, attempt.words) if part)
    outcome = _OUTCOMES[Outcome(attempt.outcome)]
    return f"{outcome}: {said}" if said else f"{outcome}."


def test_mail_row(message: Message | None, zone: tzinfo, now: datetime) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "at": past(message.created_at, zone, now),
        "words": _MAIL[State(message.state)],
        "reply": message.reply,
        "is_under_way": message.state in (State.QUEUED, State.SENDING),
    }
