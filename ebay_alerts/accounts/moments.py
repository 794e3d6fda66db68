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
    return Moment(at, ago_words(at, now), _exact(at, zone)) if at else None


def to_come(at: datetime | None, zone: tzinfo, now: datetime) -> Moment | None:
    return Moment(at, until_words(at, now), _exact(at, zone)) if at else None


def ago_words(at: datetime, now: datetime) -> str:
    """`12 minutes ago`"""
    is_recent = (now - at).total_seconds() < _MOMENT
    return "just now" if is_recent else f"{span_words(now - at)} ago"


def until_words(at: datetime, now: datetime) -> str:
    """`in 12 minutes`"""
    is_soon = (at - now).total_seconds() < _MOMENT
    return "in a moment" if is_soon else f"in {span_words(at - now)}"


def _exact(at: datetime, zone: tzinfo) -> str:
    """`Friday, 27 November 2026, 07:00`"""
    local = at.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M}"
