"""Preferences, and the turns of the price report: each local date has at most one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebay_alerts.accounts.errors import InvalidPreference
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import next_report_at
from ebay_alerts.accounts.selectors import report_date, users_with_report_due
from ebay_alerts.accounts.services import (
    advance_reports,
    claim_report_turns,
    ensure_user,
    set_preferences,
    time_zones,
)
from ebay_alerts.kit import clock
from ebay_alerts.kit.turns import write_turn
from tests.plans import planned_as_if_large

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
AUCKLAND, HONOLULU = "Pacific/Auckland", "Pacific/Honolulu"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}Z")


@pytest.fixture
def ann() -> User:
    """Made at noon, UTC."""
    return ensure_user("ann@example.com", MONDAY)


def due(user: User) -> datetime | None:
    return User.objects.get(pk=user.pk).report_due_at


def take_turns(now: datetime, limit: int = 100) -> list[tuple[str, date]]:
    """Whose reports are due, with the date of each."""
    with write_turn(), transaction.atomic():
        users = claim_report_turns(now, limit)
        taken = [(user.email.split("@")[0], report_date(user, now)) for user in users]
        advance_reports(users, now)
    return taken


def test_a_new_user_has_a_daily_report_at_seven(ann: User) -> None:
    assert (ann.report_frequency, ann.report_hour, ann.time_zone) == ("daily", 7, "UTC")
    assert due(ann) == at("10T07:00")
    root = User.objects.create_superuser("root@example.com", "a long password")
    assert root.report_due_at == next_report_at(root.created_at, "UTC", 7, "daily")


def test_preferences_are_changed_one_by_one_and_the_next_report_is_planned_anew(ann: User) -> None:
    changed = set_preferences(ann, MONDAY, time_zone="America/New_York")
    assert (changed.time_zone, changed.report_hour) == ("America/New_York", 7)
    assert changed.report_due_at == due(ann) == at("10T11:00")
    assert set_preferences(ann, MONDAY, report_hour=0).report_due_at == at("10T04:00")
    assert set_preferences(ann, MONDAY, report_hour=23).report_due_at == at("10T03:00")
    assert set_preferences(ann, MONDAY, report_frequency="weekly").report_due_at == at(
        "17T03:00"
    ) - (timedelta(days=7))
    assert set_preferences(ann, MONDAY, report_frequency="off").report_due_at is None
    assert set_preferences(ann, MONDAY, report_frequency="daily").time_zone == "America/New_York"
    assert due(ann) == at("10T03:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("time_zone", zone) for zone in ("", "europe/berlin", "Mars/Phobos", "../UTC", "+01:00")],
        *[("time_zone", zone) for zone in ("localtime", "Factory", "posixrules", "U\x00TC", "é")],
        *[("report_frequency", word) for word in ("", "Daily", "monthly", "none")],
        *[("report_hour", hour) for hour in (-1, 24, 10**30)],
    ],
)
def test_what_cannot_be_is_refused_and_named(ann: User, field: str, value: Any) -> None:
    with pytest.raises(InvalidPreference, match=r"^Write ") as refusal:
        set_preferences(ann, MONDAY, **{"report_hour": 5, field: value})
    assert refusal.value.field == field
    assert User.objects.get().report_hour == 7
    assert due(ann) == at("10T07:00")


def test_every_zone_that_may_be_given_can_be_planned_in_and_kept(ann: User) -> None:
    longest = User._meta.get_field("time_zone").max_length
    assert len(time_zones()) > 400
    for zone in time_zones():
        assert len(zone) <= longest
        assert next_report_at(MONDAY, zone, 7, "daily")


def test_due_users_are_claimed_the_longest_due_first_and_planned_for_the_next_date(
    ann: User,
) -> None:
    for name, zone in (("bob", AUCKLAND), ("eve", "America/New_York")):
        set_preferences(ensure_user(f"{name}@example.com", MONDAY), MONDAY, time_zone=zone)
    assert take_turns(at("09T17:59")) == []
    assert take_turns(at("10T07:00"), limit=1) == [("bob", date(2026, 3, 10))]
    assert take_turns(at("10T07:00")) == [("ann", date(2026, 3, 10))]
    assert take_turns(at("10T07:00")) == []
    assert due(ann) == at("11T07:00")
    assert take_turns(at("10T23:00")) == [
        ("eve", date(2026, 3, 10)),
        ("bob", date(2026, 3, 11)),
    ]


def test_a_week_without_workers_gives_one_report_of_the_last_date(ann: User) -> None:
    assert take_turns(at("17T12:00")) == [("ann", date(2026, 3, 17))]
    assert take_turns(at("17T12:00")) == []
    assert due(ann) == at("18T07:00")


def test_a_turn_taken_past_midnight_is_of_its_own_date_and_takes_none_from_the_next(
    ann: User,
) -> None:
    set_preferences(ann, MONDAY, report_hour=23)
    assert take_turns(at("10T00:20")) == [("ann", date(2026, 3, 9))]
    assert due(ann) == at("10T23:00")


def test_who_is_inactive_unconfirmed_or_wants_none_has_no_turn(ann: User) -> None:
    for number, change in enumerate(({"is_active": False}, {"confirmed_at": None})):
        other = ensure_user(f"other{number}@example.com", MONDAY)
        User.objects.filter(pk=other.pk).update(**change)
    set_preferences(ann, MONDAY, report_frequency="off")
    assert take_turns(at("12T12:00")) == []


def test_a_later_hour_on_the_day_of_a_report_brings_no_second_one(ann: User) -> None:
    take_turns(at("10T07:00"))
    assert set_preferences(ann, at("10T08:00"), report_hour=20).report_due_at == at("11T20:00")
    off = set_preferences(ann, at("10T08:00"), report_frequency="off")
    assert off.reported_on == date(2026, 3, 10)
    back = set_preferences(ann, at("10T08:00"), report_frequency="daily")
    assert back.report_due_at == at("11T20:00")


def test_a_later_hour_on_a_day_without_a_report_yet_brings_it_that_day(ann: User) -> None:
    assert set_preferences(ann, MONDAY, report_hour=20).report_due_at == at("09T20:00")


def test_a_move_over_the_date_line_brings_no_date_twice_by_either_calendar(ann: User) -> None:
    set_preferences(ann, MONDAY, time_zone=AUCKLAND)
    assert take_turns(at("09T18:00")) == [("ann", date(2026, 3, 10))]
    west = set_preferences(ann, at("09T18:05"), time_zone=HONOLULU)
    assert west.report_due_at == at("11T17:00"), "the 10th has had its report, in Auckland"

    assert take_turns(at("11T17:00")) == [("ann", date(2026, 3, 11))]
    east = set_preferences(ann, at("11T17:05"), time_zone=AUCKLAND)
    assert east.report_due_at == at("12T18:00"), "that report came on the 12th of Auckland"


def test_a_turn_that_waits_is_not_lost_by_an_edit(ann: User) -> None:
    now = at("10T07:01")
    assert set_preferences(ann, now, report_hour=6).report_due_at == at("10T07:00")
    assert set_preferences(ann, now, report_hour=20).report_due_at == at("10T07:00")
    assert take_turns(now) == [("ann", date(2026, 3, 10))]
    assert due(ann) == at("11T20:00")


STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40 * 60)),
    st.tuples(st.just("take"), st.none()),
    st.tuples(st.just("hour"), st.integers(0, 23)),
    st.tuples(st.just("zone"), st.sampled_from([AUCKLAND, HONOLULU, "UTC", "Europe/Berlin"])),
    st.tuples(st.just("frequency"), st.sampled_from(["daily", "weekly", "off"])),
)
ARGUMENTS = {"hour": "report_hour", "zone": "time_zone", "frequency": "report_frequency"}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=20))
def test_whatever_is_changed_no_local_date_has_two_reports_and_the_next_one_is_planned(
    steps: list[tuple[str, Any]],
) -> None:
    now = MONDAY
    user = ensure_user(f"user{User.objects.count()}@example.com", now)
    User.objects.exclude(pk=user.pk).update(is_active=False)
    dates: list[date] = []
    for step, value in steps:
        if step == "wait":
            now += timedelta(minutes=value)
        elif step == "take":
            dates += [on for _, on in take_turns(now)]
        else:
            set_preferences(user, now, **{ARGUMENTS[step]: value})
        user.refresh_from_db()
        assert (user.report_due_at is None) == (user.report_frequency == "off")
        if step == "take" and user.report_due_at:
            assert now < user.report_due_at
    assert dates == sorted(set(dates))


def test_finding_due_reports_reads_an_index_of_them_in_its_order(ann: User) -> None:
    with planned_as_if_large():
        plan = users_with_report_due(MONDAY)[:10].explain()
    assert "user_report_due" in plan
    assert "sort" not in plan.lower()
    assert "b-tree" not in plan.lower(), "so SQLite would say that it sorts"


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_take_each_turn_once() -> None:
    for number in range(30):
        ensure_user(f"user{number}@example.com", MONDAY)
    together = Barrier(4, timeout=30)

    def work(_: int) -> list[tuple[str, date]]:
        try:
            together.wait()
            return [turn for _ in range(12) for turn in take_turns(at("10T08:00"), limit=3)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        taken = sorted(turn for turns in threads.map(work, range(4)) for turn in turns)
    assert taken == sorted((f"user{number}", date(2026, 3, 10)) for number in range(30))
    assert set(User.objects.values_list("report_due_at", flat=True)) == {at("11T07:00")}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_worker_passes_over_users_whom_another_one_has(ann: User) -> None:
    ensure_user("bob@example.com", MONDAY)

    def work() -> list[tuple[str, date]]:
        try:
            return take_turns(at("10T08:00"))
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as threads:
        assert claim_report_turns(at("10T08:00"), 1) == [ann]
        assert threads.submit(work).result(timeout=30) == [("bob", date(2026, 3, 10))]


@pytest.mark.django_db(transaction=True)
def test_users_of_an_earlier_version_get_the_next_report_at_seven_of_their_zone() -> None:
    users = {
        zone: ensure_user(f"user{n}@example.com", MONDAY)
        for n, zone in enumerate(["UTC", "Europe/Berlin", AUCKLAND, "Mars/Phobos"])
    }
    for zone, user in users.items():
        User.objects.filter(pk=user.pk).update(time_zone=zone)
    # Of every module: alerts refer to addresses of accounts, and go back with them.
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    before = clock.now()
    try:
        MigrationExecutor(connection).migrate([("accounts", "0001_initial")])
    finally:
        MigrationExecutor(connection).migrate(latest)
    for zone, user in users.items():
        planned = {next_report_at(now, zone, 7, "daily") for now in (before, clock.now())}
        user.refresh_from_db()
        assert user.report_due_at in planned
        assert (user.time_zone, user.report_frequency, user.report_hour) == (zone, "daily", 7)
