"""Alerts at a time of day on chosen weekdays, by the clock on their user's wall."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.exchange import read_file, row_fields
from ebay_alerts.alerts.letters import interval_of
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import WallTime, next_wall_slot, slot_time, weekday_bits
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.cursors import skip_quiet
from tests.alerts.conftest import Desk, news, wish
from tests.alerts.test_api_refusals import refusal
from tests.alerts.test_unsubscribing import path
from tests.conftest import SteppedClock
from tests.end_to_end.conftest import person

pytestmark = pytest.mark.backend
DAY = timedelta(days=1)
# Where and when clocks change, by an hour or half of one, at night or at midnight, or skip a date.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kolkata", date(2026, 3, 29)),
    ("UTC", date(2026, 3, 29)),
]


HALF_HOUR = timedelta(minutes=30)


def first_shown(wanted: datetime, zone: ZoneInfo) -> datetime:
    """When the wall first shows that time or a later one; half an hour after the other, for offsets
    change at these alone."""
    block = wanted.replace(tzinfo=UTC, minute=0) - 2 * DAY
    while True:
        clock = block.astimezone(zone).replace(tzinfo=None)
        if clock + HALF_HOUR > wanted:
            return block + max(wanted - clock, timedelta())
        block += HALF_HOUR


def moments(first: date, days: int, wall: WallTime) -> list[datetime]:
    """The moments of the chosen dates, by looking at the wall."""
    dates = [first + number * DAY for number in range(days)]
    clock, zone = time(*divmod(wall.minute, 60)), ZoneInfo(wall.time_zone)
    return [
        first_shown(datetime.combine(day, clock), zone)
        for day in dates
        if not wall.weekdays or wall.weekdays & 1 << day.weekday()
    ]


@examples(max_examples=60, deadline=None)
@given(
    place=st.sampled_from(CHANGES),
    minute=st.one_of(st.integers(0, 1439), st.sampled_from([0, 30, 60, 90, 120, 150, 1380, 1439])),
    weekdays=st.integers(0, 127),
    after=st.integers(-2 * 86_400, 2 * 86_400),
)
def test_the_next_slot_is_the_first_moment_at_which_the_wall_shows_it(
    place: tuple[str, date], minute: int, weekdays: int, after: int
) -> None:
    zone, day = place
    wall = WallTime(minute, weekdays, zone)
    now = datetime.combine(day, time(), UTC) + timedelta(seconds=after)
    expected = next(at for at in moments(now.date() - 2 * DAY, 14, wall) if at > now)
    assert slot_time(next_wall_slot(now, wall)) == expected


@pytest.mark.parametrize(
    ("zone", "minute", "after", "slots"),
    [
        # Right after the gap, at 03:00 in summer time.
        ("Europe/Berlin", 150, "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        # Shown twice, fires once.
        ("Europe/Berlin", 150, "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # Midnight is skipped, and 24 hours are.
        ("Africa/Cairo", 0, "2026-04-23T12:00", ["2026-04-23T22:00", "2026-04-24T21:00"]),
        ("Pacific/Apia", 480, "2011-12-29T20:00", ["2011-12-30T10:00", "2011-12-30T18:00"]),
    ],
)
def test_gaps_and_doubled_times(zone: str, minute: int, after: str, slots: list[str]) -> None:
    at, found = datetime.fromisoformat(after + "Z"), []
    for _ in slots:
        at = slot_time(next_wall_slot(at, WallTime(minute, 0, zone)))
        found.append(f"{at:%Y-%m-%dT%H:%M}")
    assert found == slots


def at_noon(desk: Desk) -> None:
    """A Wednesday."""
    desk.clock.step(seconds=(datetime(2030, 1, 2, 12, tzinfo=UTC) - desk.now).total_seconds())


def slot(alert: Alert) -> str:
    at = Alert.objects.get(pk=alert.pk).slot
    assert at is not None
    return f"{slot_time(at):%a %H:%M}"


@pytest.mark.django_db
def test_an_alert_mails_at_its_time_on_its_days_and_tells_all_since(desk: Desk, ann: User) -> None:
    at_noon(desk)
    set_preferences(ann, desk.now, time_zone="Europe/Berlin")
    ann.refresh_from_db()
    alert = desk.keep(ann, at="08:00", weekdays=["mon", "fri"])
    desk.start()
    assert slot(alert) == "Fri 07:00"
    desk.put("a", 10)
    assert desk.slot(days=1) == []
    desk.put("b", 10)
    [mail] = desk.slot(hours=19)
    assert "mails every Monday and Friday at 08:00" in mail.text
    assert len(news(alert)) == 2
    assert slot(alert) == "Mon 07:00"
    assert desk.slot(days=3) == []
    assert slot(alert) == "Fri 07:00"


@pytest.mark.django_db
def test_another_time_zone_moves_times_of_day_and_no_intervals(desk: Desk, ann: User) -> None:
    at_noon(desk)
    at_eight = desk.keep(ann, at="8:00")
    hourly = desk.keep(ann, "port", interval_minutes=60)
    desk.start()
    before = slot(hourly)
    assert slot(at_eight) == "Thu 08:00"
    set_preferences(ann, desk.now, time_zone="America/New_York")
    desk.slot(seconds=1)
    assert (slot(at_eight), slot(hourly)) == ("Wed 13:00", before)
    desk.put("a", 10)
    assert len(desk.slot(minutes=60)) == 1
    set_preferences(ann, desk.now, report_hour=9)
    assert not User.objects.exclude(clock_changed="").exists()


@pytest.mark.django_db
def test_quiet_alerts_of_many_users_at_one_time_are_passed_over_together(
    desk: Desk,
    ann: User,
    bob: User,
    django_assert_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    at_noon(desk)
    alerts = [
        desk.keep(user, word, at="13:00", weekdays=["wed"])
        for user in (ann, bob)
        for word in ("wine", "red", "port")
    ]
    desk.start()
    desk.clock.step(hours=1)
    with django_assert_num_queries(6):
        assert skip_quiet(desk.now) == 6
    wall = WallTime(780, weekday_bits(["wed"]), "UTC")
    assert set(Alert.objects.values_list("slot", flat=True)) == {next_wall_slot(desk.now, wall)}
    assert {slot(alert) for alert in alerts} == {"Wed 13:00"}


@pytest.mark.django_db
def test_a_list_every_day_comes_every_day(desk: Desk, ann: User) -> None:
    at_noon(desk)
    desk.keep(ann, at="13:00", mail_when="always")
    desk.put("a", 10)
    desk.start()
    assert [len(desk.slot(hours=1)), len(desk.slot(hours=23)), len(desk.slot(hours=1))] == [1, 0, 1]


@pytest.mark.django_db
def test_the_api_takes_a_time_and_an_interval_takes_its_place(stepped_clock: SteppedClock) -> None:
    api = person("ann@example.com", stepped_clock)
    asked = {"keywords": "wine", "interval_minutes": 15, "at": "8:05", "weekdays": ["fri", "mon"]}
    kept = api.send("POST", "/alerts", asked).json()
    where = f"/alerts/{kept['id']}"
    assert (kept["at"], kept["weekdays"]) == ("08:05", ["mon", "fri"])
    assert kept["interval_minutes"] == 1440
    changed = api.send("PATCH", where, {"weekdays": []}).json()
    assert (changed["at"], changed["weekdays"]) == ("08:05", [])
    hourly = api.send("PATCH", where, {"interval_minutes": 60}).json()
    assert (hourly["at"], hourly["weekdays"], hourly["interval_minutes"]) == (None, [], 60)
    api.send("PATCH", where, {"at": "09:00", "weekdays": ["sun"]})
    daily = api.send("PATCH", where, {"at": None}).json()
    assert (daily["at"], daily["weekdays"], daily["interval_minutes"]) == (None, [], 1440)
    [last, *_] = api.send("GET", f"{where}/history").json()["items"]
    assert last["changed"] == ["at", "weekdays"]
    for fields, field in (
        ({"at": "24:00"}, "at"),
        ({"at": "٠٨:٠٠"}, "at"),
        ({"at": "08:00", "weekdays": ["monday"]}, "weekdays"),
        ({"weekdays": ["mon"]}, "weekdays"),
    ):
        assert refusal(api.send("PATCH", where, fields), 422)["field"] == field


@pytest.mark.django_db
def test_the_page_sets_a_time_and_takes_it_back(desk: Desk, ann: User, client: Any) -> None:
    alert = desk.keep(ann)
    link = path(alert_page(alert.pk))
    form = {"action": "change", "at": "08:00", "weekdays": ["mon", "tue"], "interval_minutes": ""}
    assert client.post(link, form).status_code == 302
    alert.refresh_from_db()
    assert interval_of(alert) == "every Monday and Tuesday at 08:00"
    page = client.get(link).content.decode()
    assert 'value="08:00"' in page
    assert page.count("checked") == 2
    assert client.post(link, {"action": "change"}).status_code == 422
    assert client.post(link, {"action": "change", "at": "25:00"}).status_code == 422
    assert client.post(link, {"action": "change", "interval_minutes": "30"}).status_code == 302
    alert.refresh_from_db()
    assert interval_of(alert) == "every 30 minutes"


@pytest.mark.django_db
def test_a_copy_keeps_the_time_and_an_edit_moves_the_slot(desk: Desk, ann: User) -> None:
    at_noon(desk)
    alert = desk.keep(ann, at="08:00")
    desk.start()
    copy = keeping.duplicate_alert(ann, alert.pk, desk.now)
    assert interval_of(copy) == "every day at 08:00"
    keeping.change_alert(ann, alert.pk, wish(at="18:00"), desk.now)
    assert slot(alert) == "Wed 18:00"


@pytest.mark.django_db
def test_a_file_carries_times_and_days_there_and_back(desk: Desk, ann: User) -> None:
    table = b"keywords,interval_minutes,at,weekdays\nwine,60,8:00,fri mon\nport,60,,mon\n"
    reading = read_file(table, is_csv=True)
    assert [(fault.row, fault.field) for fault in reading.faults] == [(3, "weekdays")]
    [row] = reading.rows
    kept = keeping.create_alert(ann, row.wish, desk.now)
    fields = row_fields(kept) | {"min_price": None, "max_price": None, "min_change_amount": None}
    assert (fields["at"], fields["weekdays"]) == ("08:00", ["mon", "fri"])
    [again] = read_file(json.dumps([fields]).encode(), is_csv=False).rows
    assert again.wish == row.wish
