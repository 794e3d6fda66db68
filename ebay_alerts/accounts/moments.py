"""Times as pages show them: how long ago, with the exact one on the user's wall beside it; pure."""

from datetime import datetime, tzinfo
from typing import NamedTuple

from ebay_alerts.kit.spans import span_words

_MOMENT = 60


class Moment(NamedTuple):
    """A time in words, and the exact one for whoever points at it."""

    at: datetime
    words: str
    exact: str


def past(at: datetime | None, zone: tzinfo, now: datetime) -> Moment | None:
    """`12 minutes ago`; None of no time."""
    if at is None:
        return None
    is_recent = (now - at).total_seconds() < _MOMENT
    return Moment(at, "just now" if is_recent else f"{span_words(now - at)} ago", _exact(at, zone))


def to_come(at: datetime | None, zone: tzinfo, now: datetime) -> Moment | None:
    """`in 12 minutes`; None of no time."""
    if at is None:
        return None
    is_soon = (at - now).total_seconds() < _MOMENT
    words = "in a moment" if is_soon else f"in {span_words(at - now)}"
    return Moment(at, words, _exact(at, zone))


def _exact(at: datetime, zone: tzinfo) -> str:
    """`27 November 2026, 07:00:12`."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M:%S}"
