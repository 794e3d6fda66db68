"""When price reports are due: once each local date, whatever clocks do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebay_alerts.accounts.schedule import (
    DAILY,
    OFF,
    WEEKLY,
    last_report_at,
    local_date,
    next_report_at,
)

NAMES = sorted(available_timezones() - {"localtime"})
ZONES = st.sampled_from(NAMES)
HOURS = st.integers(0, 23)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# Since then every zone is whole minutes from UTC, so that a look a minute sees all that it does.
EPOCH, CENTURY = datetime(1973, 1, 1, tzinfo=UTC), 66_000
MOMENTS = st.integers(0, CENTURY * 86_400_000).map(
    lambda milliseconds: EPOCH + timedelta(milliseconds=milliseconds)
)


def offset(name: str, at: datetime) -> timedelta:
    found = at.astimezone(ZoneInfo(name)).utcoffset()
    assert found is not None
    return found


def clock_changes(name: str, start: datetime, days: int, step: int = 8) -> list[datetime]:
    """Moments less than a day before a zone's clocks change."""
    moments = [start + number * DAY for number in range(0, days, step)]
    near = [one for one, other in pairwise(moments) if offset(name, one) != offset(name, other)]
    return near if step == 1 else [at for one in near for at in clock_changes(name, one, 9, 1)]


@cache
def all_clock_changes(name: str) -> list[datetime]:
    return clock_changes(name, EPOCH, 72 * 365)


@st.composite
def around_changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment within days of a change of its clocks, where it has any."""
    name = draw(ZONES)
    near = draw(st.sampled_from(all_clock_changes(name) or [draw(MOMENTS)]))
    return name, near + timedelta(seconds=draw(st.integers(-2 * 86_400, 86_400)))


MOST = st.one_of(around_changes(), st.tuples(ZONES, MOMENTS))


def turns(after: datetime, name: str, hour: int, frequency: str, number: int) -> list[datetime]:
    found: list[datetime] = []
    while len(found) < number:
        at = next_report_at(found[-1] if found else after, name, hour, frequency)
        assert at is not None
        found.append(at)
    return found


def wall_by_minute(
    start: datetime, end: datetime, name: str
) -> Iterator[tuple[datetime, datetime]]:
    """Each minute with what the clock on the wall shows then."""
    zone, at = ZoneInfo(name), start.replace(second=0, microsecond=0)
    while at < end:
        yield at, at.astimezone(zone).replace(tzinfo=None)
        at += MINUTE


def looked_up(start: datetime, end: datetime, name: str, hour: int) -> dict[date, datetime]:
    """By looking at the clock each minute: when each date reaches the hour for the first time, or
    the last whole hour that it comes to."""
    reached: dict[date, datetime] = {}
    last_whole: dict[date, dict[int, datetime]] = {}
    for at, wall in wall_by_minute(start, end, name):
        if wall.hour >= hour:
            reached.setdefault(wall.date(), at)
        elif wall.minute == 0:
            last_whole.setdefault(wall.date(), {}).setdefault(wall.hour, at)
    for day, hours in last_whole.items():
        reached.setdefault(day, hours[max(hours)])
    return reached


@settings(max_examples=30, deadline=None)
@given(place=MOST, hour=HOURS)
def test_a_report_is_due_when_a_look_at_the_wall_each_minute_would_say_so(
    place: tuple[str, datetime], hour: int
) -> None:
    name, after = place
    found = turns(after, name, hour, DAILY, 2)
    expected = looked_up(after - 2 * DAY, found[-1] + 2 * DAY, name, hour)
    inner = sorted(expected.values())[1:-1]  # the first and last dates are not looked at whole
    assert found == [at for at in inner if at > after][:2]


@settings(max_examples=50, deadline=None)
@given(place=MOST, hour=HOURS)
def test_every_local_date_has_one_report_and_times_only_go_forward(
    place: tuple[str, datetime], hour: int
) -> None:
    name, after = place
    found = turns(after, name, hour, DAILY, 9)
    assert after < found[0]
    assert all(one < other for one, other in pairwise(found))
    dates = [local_date(at, name) for at in found]
    there_are = sorted(
        {
            local_date(found[0] + quarter * 15 * MINUTE, name)
            for quarter in range(int((found[-1] - found[0]) / (15 * MINUTE)) + 1)
        }
    )
    assert dates == [day for day in there_are if dates[0] <= day <= dates[-1]]


@settings(max_examples=50, deadline=None)
@given(place=MOST, hour=HOURS)
def test_a_weekly_report_comes_on_mondays_at_the_moment_of_the_daily_one(
    place: tuple[str, datetime], hour: int
) -> None:
    name, after = place
    mondays = [
        at for at in turns(after, name, hour, DAILY, 22) if local_date(at, name).weekday() == 0
    ]
    assert turns(after, name, hour, WEEKLY, len(mondays)) == mondays


@settings(max_examples=50, deadline=None)
@given(place=MOST, hour=HOURS, frequency=st.sampled_from([DAILY, WEEKLY]))
def test_the_last_report_is_the_one_that_no_next_one_lies_behind(
    place: tuple[str, datetime], hour: int, frequency: str
) -> None:
    name, at = place
    last = last_report_at(at, name, hour, frequency)
    following = next_report_at(at, name, hour, frequency)
    assert last is not None
    assert following is not None
    assert last <= at < following
    assert next_report_at(last, name, hour, frequency) == following
    assert last_report_at(last, name, hour, frequency) == last


@settings(max_examples=50, deadline=None)
@given(place=MOST, hour=HOURS, ahead=st.integers(-3, 9))
def test_a_date_that_was_reported_on_is_left_out(
    place: tuple[str, datetime], hour: int, ahead: int
) -> None:
    name, after = place
    reported_on = local_date(after, name) + ahead * DAY
    found = next_report_at(after, name, hour, DAILY, reported_on)
    later = [at for at in turns(after, name, hour, DAILY, 14) if local_date(at, name) > reported_on]
    assert found == later[0]


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        # An ordinary day.
        ("Europe/Berlin", 7, "2026-01-10T05:59:59", "2026-01-10T06:00"),
        ("Europe/Berlin", 7, "2026-01-10T06:00:00", "2026-01-11T06:00"),
        ("America/New_York", 7, "2026-01-10T06:00:00", "2026-01-10T12:00"),
        # A day of 23 hours: 02:00 is skipped, 03:00 is right after it.
        ("Europe/Berlin", 2, "2026-03-28T12:00:00", "2026-03-29T01:00"),
        ("Europe/Berlin", 3, "2026-03-28T12:00:00", "2026-03-29T01:00"),
        ("Europe/Berlin", 7, "2026-03-28T12:00:00", "2026-03-29T05:00"),
        # A day of 25 hours: 02:00 comes twice, and the first one counts.
        ("Europe/Berlin", 2, "2026-10-24T12:00:00", "2026-10-25T00:00"),
        ("Europe/Berlin", 2, "2026-10-25T00:00:00", "2026-10-26T01:00"),
        # Midnight itself is skipped.
        ("Africa/Cairo", 0, "2026-04-23T12:00:00", "2026-04-23T22:00"),
        # Half an hour is skipped: 02:00 becomes 02:30.
        ("Australia/Lord_Howe", 2, "2026-10-03T12:00:00", "2026-10-03T15:30"),
        # One minute past midnight clocks went on to 01:01, and back to 23:01.
        ("America/St_Johns", 1, "2010-03-13T12:00:00", "2010-03-14T03:31"),
        ("America/St_Johns", 0, "2010-11-06T12:00:00", "2010-11-07T02:30"),
        ("America/St_Johns", 23, "2010-11-06T12:00:00", "2010-11-07T01:30"),
        # The date's last hour is skipped, and 22:00 is the last one that there is.
        ("America/Nuuk", 23, "2026-03-28T12:00:00", "2026-03-29T00:00"),
        ("America/Nuuk", 23, "2026-03-29T00:00:00", "2026-03-30T00:00"),
        # A whole date is skipped.
        ("Pacific/Apia", 7, "2011-12-29T20:00:00", "2011-12-30T17:00"),
        # A zone of yesterday's tables is UTC.
        ("Mars/Olympus_Mons", 7, "2026-01-10T05:00:00", "2026-01-10T07:00"),
        ("../../etc/passwd", 7, "2026-01-10T05:00:00", "2026-01-10T07:00"),
        ("", 7, "2026-01-10T05:00:00", "2026-01-10T07:00"),
    ],
)
def test_a_table_worked_by_hand(zone: str, hour: int, after: str, due: str) -> None:
    found = next_report_at(datetime.fromisoformat(f"{after}Z"), zone, hour, DAILY)
    assert found == datetime.fromisoformat(f"{due}Z")


def test_who_wants_none_has_none() -> None:
    assert next_report_at(EPOCH, "UTC", 7, OFF) is None
    assert last_report_at(EPOCH, "UTC", 7, OFF) is None


def test_no_zone_skips_or_doubles_a_report_when_its_clocks_change_in_a_year_to_come() -> None:
    """Every zone, with the hours at which clocks change and the most asked for."""
    this_year = datetime(2027, 1, 1, tzinfo=UTC)
    changes = [(name, at) for name in NAMES for at in clock_changes(name, this_year, 365)]
    assert len(changes) > 200
    for name, near in changes:
        for hour in (0, 1, 2, 3, 7, 22, 23):
            days = [local_date(at, name) for at in turns(near - DAY, name, hour, DAILY, 4)]
            assert days == [days[0] + number * DAY for number in range(4)]
