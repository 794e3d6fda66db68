"""Quiet hours by the wall clock, through nights in which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.accounts.quiet import QuietHours

BERLIN = "Europe/Berlin"
MINUTE = timedelta(minutes=1)
ZONES = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata", "UTC"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}Z")


def clock(hours: int, minutes: int = 0) -> int:
    return hours * 60 + minutes


@pytest.mark.parametrize(
    ("since", "until", "now", "end"),
    [
        (22, 7, "01-10T21:59:59", None),
        (22, 7, "01-10T22:00", "01-11T07:00"),
        (22, 7, "01-11T06:59:59", "01-11T07:00"),
        (22, 7, "01-11T07:00", None),
        (9, 17, "01-10T08:59", None),
        (9, 17, "01-10T09:00", "01-10T17:00"),
        (0, 6, "01-10T00:00", "01-10T06:00"),
        (18, 0, "01-10T23:59", "01-11T00:00"),
    ],
)
def test_they_hold_from_their_begin_up_to_their_end(
    since: int, until: int, now: str, end: str | None
) -> None:
    quiet = QuietHours(clock(since), clock(until), "UTC")
    assert quiet.end_after(at(now)) == (at(end) if end else None)


def test_a_night_whose_end_is_skipped_ends_right_after_the_gap() -> None:
    quiet = QuietHours(clock(22), clock(2, 30), BERLIN)
    assert quiet.end_after(at("03-29T00:30")) == at("03-29T01:00")
    assert quiet.end_after(at("03-29T01:00")) is None


def test_a_night_whose_end_is_shown_twice_ends_once() -> None:
    quiet = QuietHours(clock(22), clock(2, 30), BERLIN)
    assert quiet.end_after(at("10-25T00:29")) == at("10-25T00:30")
    for minute in range(60):
        assert quiet.end_after(at("10-25T00:30") + minute * MINUTE) is None


def test_quiet_hours_that_a_gap_takes_hold_nothing() -> None:
    quiet = QuietHours(clock(2), clock(3), BERLIN)
    for minute in range(180):
        assert quiet.end_after(at("03-29T00:00") + minute * MINUTE) is None
    assert quiet.begin_after(at("03-28T12:00")) == at("03-30T00:00")


@examples(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    since=st.integers(0, 1439),
    length=st.integers(1, 1439),
    now=st.integers(0, 366 * 86_400).map(lambda s: at("01-01T00:00") + timedelta(seconds=s)),
)
def test_what_is_held_leaves_when_the_wall_shows_the_end_and_never_later_than_a_day(
    zone: str, since: int, length: int, now: datetime
) -> None:
    quiet = QuietHours(since, (since + length) % 1440, zone)
    end, begin = quiet.end_after(now), quiet.begin_after(now)
    assert begin > now
    if end is None:
        assert quiet.hold(int(now.timestamp())) == int(now.timestamp())
        just_before = quiet.end_after(begin - timedelta(seconds=1))
        assert just_before is None or just_before == begin
        assert quiet.end_after(begin) is not None
        return
    assert now < end <= now + timedelta(hours=25)
    assert quiet.end_after(end) is None or quiet.end_after(end - timedelta(seconds=1)) == end
    wall = end.astimezone(ZoneInfo(zone))
    before = (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    shown = wall.hour * 60 + wall.minute
    is_gap = wall.utcoffset() != before.utcoffset()
    assert shown == quiet.until or is_gap
    assert end.astimezone(UTC).second == 0
