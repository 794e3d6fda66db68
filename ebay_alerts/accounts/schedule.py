"""When a user's price report is due: at an hour of the user's own wall clock; pure.

A report turn belongs to one local date, and each date has at most one. An hour that the clock skips
is due right after the gap; one that it shows twice is due the first time. If the gap takes the hour
and the rest of the date (clocks in Nuuk go from 23:00 to midnight), the last whole hour before it
counts. A date that a place skipped altogether (Samoa, 30 December 2011) has no turn.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
DAILY, WEEKLY, OFF = FREQUENCIES = ("daily", "weekly", "off")
MONDAY = 0
_DAY = timedelta(days=1)


def next_report_at(
    after: datetime, time_zone: str, hour: int, frequency: str, reported_on: date | None = None
) -> datetime | None:
    """The first turn strictly after `after`, in UTC; None if `frequency` is off.

    A weekly turn is on a Monday. Dates up to `reported_on` have had their turn.
    """
    if frequency == OFF:
        return None
    zone = zone_of(time_zone)
    first = _date(after, zone) - _DAY  # a clock that goes back over midnight shows a date again
    if reported_on is not None:
        first = max(first, reported_on + _DAY)
    return next(at for at in _turns(first, 1, zone, hour, frequency) if at > after)


def last_report_at(until: datetime, time_zone: str, hour: int, frequency: str) -> datetime | None:
    """The last turn up to and with `until`, in UTC; None if `frequency` is off."""
    if frequency == OFF:
        return None
    zone = zone_of(time_zone)
    turns = _turns(_date(until, zone) + _DAY, -1, zone, hour, frequency)
    return next(at for at in turns if at <= until)


def moment_on(on: date, time_zone: str, hour: int) -> datetime:
    """That hour of that date, in UTC; of the next one where the place skipped the date."""
    return next(_turns(on, 1, zone_of(time_zone), hour, DAILY))


def minute_of_day(text: str) -> int | None:
    """`08:00` in minutes from midnight; None for what is no time of day."""
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def minute_words(minute: int) -> str:
    """`08:00`"""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def local_date(at: datetime, time_zone: str) -> date:
    """The date that a calendar on the wall shows there."""
    return _date(at, zone_of(time_zone))


def zone_of(name: str) -> ZoneInfo:
    """The zone, or UTC for a name that this machine's time zones do not have any more."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _date(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _turns(first: date, step: int, zone: ZoneInfo, hour: int, frequency: str) -> Iterator[datetime]:
    """The turns from that date on, day by day, forwards (1) or backwards (-1)."""
    for number in count():
        day = first + number * step * _DAY
        if frequency == WEEKLY and day.weekday() != MONDAY:
            continue
        at = _turn_on(day, zone, hour)
        if at is not None:
            yield at


def _turn_on(day: date, zone: ZoneInfo, hour: int) -> datetime | None:
    for reached in range(hour, -1, -1):
        at = first_at(datetime.combine(day, time(reached)), zone)
        if _date(at, zone) == day:
            return at
    return None


def first_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the wall clock shows that time, or the end of the gap it lies in.

    The two folds of a time are the same but where clocks change: there they are the two moments
    that show it, or they lie before and after the gap (PEP 495).
    """
    early, late = sorted(
        wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).timestamp() for fold in (0, 1)
    )

    def shown(second: int) -> datetime:
        return datetime.fromtimestamp(second, zone).replace(tzinfo=None)

    seconds = range(int(early), int(late) + 1)
    if shown(seconds[0]) == wall:
        return datetime.fromtimestamp(seconds[0], UTC)
    return datetime.fromtimestamp(seconds[bisect_left(seconds, wall, key=shown)], UTC)
