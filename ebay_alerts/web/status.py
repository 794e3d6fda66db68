"""How the whole system does, in words for an operator: the figures of `/metrics`, and more."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError

from ebay_alerts.accounts import selectors as accounts
from ebay_alerts.alerts import selectors as alerts
from ebay_alerts.analytics import selectors as analytics
from ebay_alerts.kit.spans import span_words
from ebay_alerts.mail import selectors as mail
from ebay_alerts.mail.retrying import failed_messages, failed_postings
from ebay_alerts.market import selectors as market
from ebay_alerts.setbacks.models import Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.web.retrying import kind_words

log = structlog.get_logger(__name__)

# Of each list the latest; how many there are is told.
LISTED = 25
# The same limits as in docs/watching/alarms.yml.
LATE, VERY_LATE, OLD = timedelta(minutes=5), timedelta(hours=2), timedelta(hours=26)
UNHEARD = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Figure:
    """One line: what it is called, how it stands, what that means, and whether to look at it."""

    name: str
    words: str
    meaning: str
    is_wrong: bool = False


@dataclass(frozen=True)
class Group:
    name: str
    figures: list[Figure]


def groups(now: datetime) -> list[Group]:
    """All figures. A group whose database is away says so; the others are told all the same."""
    return [Group(name, list(_read(name, read, now))) for name, read in _GROUPS]


def failures() -> dict[str, Any]:
    """What can be tried again, the latest of each, and how many there are."""
    aside, messages, postings = set_aside(), failed_messages(), failed_postings()
    dead = market.dead_events().order_by("-pk")
    return {
        "rows": _portion([_row(one) for one in aside[:LISTED]], aside.count()),
        "messages": _portion(list(messages.defer("text", "html")[:LISTED]), messages.count()),
        "postings": _portion(list(postings.select_related("channel")[:LISTED]), postings.count()),
        "events": _portion(list(dead[:LISTED]), dead.count()),
    }


def _portion(shown: Sequence[Any], count: int) -> dict[str, Any]:
    return {"shown": shown, "count": count, "more": count - len(shown)}


def _row(aside: Setback) -> dict[str, Any]:
    return {"setback": aside, "words": kind_words(aside), "reason": aside.reason}


def _read(
    name: str, read: Callable[[datetime], Iterator[Figure]], now: datetime
) -> Iterator[Figure]:
    try:
        yield from read(now)
    except DatabaseError:
        log.warning("figures not read", group=name, exc_info=True)
        yield Figure("database", "cannot be asked", "See whether it runs; doctor says more.", True)


def _alerts(now: datetime) -> Iterator[Figure]:
    lag = timedelta(seconds=alerts.due_lag_seconds(now))
    meaning = "How long the alert waits that is due the longest. Digests are built within seconds."
    yield Figure("due for", _span(lag), meaning, lag > LATE)
    for state, count in alerts.count_by_state().items():
        yield Figure(state, f"{count:,}", _STATES[state])


_STATES = {
    "filling": "Alerts whose search is not filled yet; their welcome mail follows.",
    "active": "Alerts that follow their search.",
    "paused": "Alerts that their users stopped.",
}


def _outbox(now: datetime) -> Iterator[Figure]:
    held, oldest = mail.held_mails().count(), timedelta(seconds=mail.mail_backlog_seconds(now))
    meaning = "How long the oldest mail waits that no server was asked about."
    yield Figure("untried for", _span(oldest), meaning, oldest > LATE)
    for state, count in mail.count_by_state().items():
        yield Figure(state, f"{count:,}", _MESSAGES[state])
    meaning = "Mails that wait because the server is away or refuses our login or sender."
    yield Figure("held", f"{held:,}", meaning, held > 0)
    waiting, suspended = mail.waiting_postings().count(), mail.suspended_channels().count()
    yield Figure("postings", f"{waiting:,}", "Digests that wait for users' channels.")
    yield Figure("channels suspended", f"{suspended:,}", "Not used, because they failed for days.")


_MESSAGES = {
    "queued": "Mails that are to leave, now or at their next try.",
    "sending": "Mails that somebody is handing to the server.",
    "stale": "Mails too old to be sent as they are; their news is folded anew.",
    "failed": "Mails that were refused for good, over all time.",
}


def _quota(now: datetime) -> Iterator[Figure]:
    window, pause = market.find_window(), market.api_pause(now)
    if pause:
        meaning = f"eBay takes no calls: {pause.reason}. Everything waits for the end of this."
        yield Figure("paused until", _moment(pause.until), meaning, True)
    if window is None:
        yield Figure("calls", "none yet", "The ledger opens with the first call.")
        return
    left = market.count_calls_left(now)
    yield Figure("spent", f"{window.spent:,} of {window.limit:,}", "Calls since the last reset.")
    yield Figure("left", f"{left:,}", "Calls until the reset; the plan spreads them.", left == 0)
    yield Figure("reset", _moment(window.reset_at), "When eBay counts anew.")
    due, failing = market.count_due_fetches(now), market.count_failing_fetches()
    yield Figure("fetches due", f"{due:,}", "Searches to be asked now; many of them mean delay.")
    meaning = "Searches whose last call failed; each is tried again by itself."
    yield Figure("fetches failing", f"{failing:,}", meaning, failing > 0)


def _stream(now: datetime) -> Iterator[Figure]:
    url = settings.EVENT_STREAM_URL
    if not url:
        yield Figure("stream", "none", "eBay has none; news comes by polls.")
        return
    streams = market.followed_streams(url)
    if not streams:
        yield Figure("stream", "not read yet", "Is a listener there? Polls find the news.", True)
    for one in streams:
        shard = f" of {one.shard + 1}/{one.shards}" if one.shards > 1 else ""
        age = max(now - one.followed_at, _SECOND) if one.followed_at else None
        yield Figure(f"position{shard}", f"{one.sequence:,}", "The last event that was applied.")
        meaning = "Events that were there and not applied when the stream was read last."
        yield Figure(f"lag{shard}", f"{one.lag:,}", meaning)
        words = f"{_span(age)} ago" if age else "never"
        meaning = one.failure_reason or "When the stream was read last, each 5 seconds or sooner."
        yield Figure(f"heard{shard}", words, meaning, age is None or age > UNHEARD)


def _history(now: datetime) -> Iterator[Figure]:
    age = analytics.etl_age_seconds(now)
    meaning = "Since history was copied last, once a day. Reports wait for it."
    if age is None:
        yield Figure("history", "not copied yet", meaning)
    else:
        span = timedelta(seconds=age)
        yield Figure("history", f"{_span(span)} old", meaning, span > OLD)
    due = accounts.users_with_report_due(now).count()
    lag = timedelta(seconds=accounts.report_lag_seconds(now))
    meaning = "Users whose price report is due."
    yield Figure("reports due", f"{due:,}", meaning)
    yield Figure("due for", _span(lag), "How long the oldest of them waits.", lag > VERY_LATE)


_GROUPS: tuple[tuple[str, Callable[[datetime], Iterator[Figure]]], ...] = (
    ("Alerts", _alerts),
    ("Outbox", _outbox),
    ("Calls of eBay", _quota),
    ("Event stream", _stream),
    ("History and reports", _history),
)


def _span(span: timedelta) -> str:
    """Seconds count here: "now" is not yet late."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return "nothing waits" if seconds <= 0 else f"{seconds} s"
    return span_words(span)


def _moment(at: datetime) -> str:
    return f"{at:%d %B, %H:%M} UTC"
