"""Price changes that are held back for the re-arm time, and falls that are not the lowest."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.fold import Figure, LineKind, Told
from ebay_alerts.alerts.fold import Line as ToldLine
from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.holding import held_until, is_too_high
from ebay_alerts.alerts.models import Alert, HeldListing, Line
from ebay_alerts.alerts.services.held import wake_held
from tests.alerts.conftest import Desk, news

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def usd(minor: int) -> Figure:
    return Figure(minor, "USD")


def line(kind: LineKind = LineKind.REPRICED, now: int = 80, was: int = 100) -> ToldLine:
    return ToldLine(1, kind, usd(now), usd(was), 1)


@pytest.mark.parametrize(
    ("kind", "told_kind", "hours_ago", "is_held"),
    [
        ("repriced", "repriced", 5, True),
        ("entered", "exceeded", 5, True),
        ("repriced", "repriced", 6, False),
        ("repriced", "appeared", 1, False),
        ("repriced", "listed", 1, False),
        ("ended", "repriced", 1, False),
        ("returned", "ended", 1, False),
    ],
)
def test_the_rearm_time_holds_a_price_change_after_a_price_change(
    kind: str, told_kind: str, hours_ago: int, is_held: bool
) -> None:
    told = Told(LineKind(told_kind), usd(100), NOW - hours_ago * HOUR)
    gates = Gates("USD", rearm_hours=6)
    until = held_until(line(LineKind(kind)), told, None, gates, NOW)
    assert until == (NOW + (6 - hours_ago) * HOUR if is_held else None)


def test_a_snooze_holds_whatever_there_is_to_tell() -> None:
    for kind in LineKind:
        until = held_until(line(kind), None, NOW + DAY, Gates("USD"), NOW)
        assert until == NOW + DAY
    assert held_until(line(), None, NOW, Gates("USD"), NOW) is None


@pytest.mark.parametrize(
    ("days_ago_and_price", "is_told"),
    [
        # The last one is the present price.
        ([(40, 100), (0, 80)], True),
        ([(40, 100), (3, 80), (0, 80)], True),
        ([(40, 80), (0, 80)], True),
        ([(40, 80), (35, 100), (0, 80)], True),
        ([(40, 80), (29, 100), (0, 80)], False),
        ([(40, 100), (9, 80), (8, 90), (0, 80)], False),
        ([(40, 100), (9, 79), (8, 90), (0, 80)], False),
        ([(40, 100), (9, 81), (8, 90), (0, 80)], True),
        ([], True),
    ],
)
def test_a_fall_is_told_if_it_is_below_every_price_of_those_days(
    days_ago_and_price: list[tuple[int, int]], is_told: bool
) -> None:
    points = [(NOW - days * DAY, usd(price)) for days, price in days_ago_and_price]
    gates = Gates("USD", lowest_in_days=30)
    assert is_too_high(line(), points, gates, NOW) is not is_told
    assert not is_too_high(line(), points, Gates("USD"), NOW)
    assert not is_too_high(line(now=120), points, gates, NOW)
    assert not is_too_high(line(LineKind.ENTERED), points, gates, NOW)


def test_prices_in_another_currency_are_no_lower_ones() -> None:
    points = [(NOW - DAY, Figure(1, "EUR")), (NOW, usd(80))]
    assert not is_too_high(line(), points, Gates("USD", lowest_in_days=30), NOW)


@pytest.mark.backend
@pytest.mark.django_db
def test_only_the_lowest_price_of_the_days_is_told(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, lowest_in_days=30)
    desk.start()
    for price in (100, 80, 120, 90, 75):
        desk.put("a", price)
        desk.slot(hours=30)
    assert news(alert) == [
        ("appeared", "a", 100),
        ("repriced", "a", 80),
        ("repriced", "a", 120),
        ("repriced", "a", 75),
    ]


@pytest.mark.backend
@pytest.mark.django_db
@pytest.mark.parametrize("interval", [0, 15])
def test_what_the_rearm_time_holds_is_told_afterwards_as_its_net(
    desk: Desk, ann: User, interval: int
) -> None:
    alert = desk.keep(ann, interval_minutes=interval, rearm_hours=6)
    desk.start()
    desk.put("a", 100)
    desk.slot()
    desk.put("a", 90)
    desk.slot()
    for price in (80, 95, 85):
        desk.put("a", price)
        assert desk.slot() == []
    assert HeldListing.objects.get().due_at > desk.now
    desk.clock.step(hours=6)
    wake_held(desk.now)
    desk.slot(seconds=1)
    assert news(alert)[-2:] == [("repriced", "a", 90), ("repriced", "a", 85)]
    assert not HeldListing.objects.exists()
    assert desk.slot() == []


@pytest.mark.backend
@pytest.mark.django_db
def test_what_is_held_and_comes_back_to_the_price_told_is_nothing(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, rearm_hours=6)
    desk.start()
    for price in (100, 90, 80, 90):
        desk.put("a", price)
        desk.slot()
    assert desk.slot(hours=7) == []
    assert news(alert) == [("appeared", "a", 100), ("repriced", "a", 90)]
    assert not HeldListing.objects.exists()


@pytest.mark.backend
@pytest.mark.django_db
def test_an_end_is_not_held(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, rearm_hours=6)
    desk.start()
    for price in (100, 90, 80):
        desk.put("a", price)
        desk.slot()
    desk.end("a")
    desk.slot()
    assert news(alert)[-1] == ("ended", "a", 80)
    assert desk.slot(hours=7) == []
    assert not HeldListing.objects.exists()


@pytest.mark.backend
@pytest.mark.django_db
def test_what_was_held_and_is_taken_back_unsent_is_told_anew(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, rearm_hours=6)
    desk.start()
    for price in (100, 90, 80):
        desk.put("a", price)
        desk.slot()
        desk.deliver()
    desk.clock.step(hours=6)
    for _ in range(3):
        desk.outage(minutes=20)
        assert news(alert)[-1] == ("repriced", "a", 80)
    desk.deliver()
    desk.slot()
    assert news(alert).count(("repriced", "a", 80)) == 1
    assert not HeldListing.objects.exists()


STEPS = st.lists(
    st.tuples(st.sampled_from([100, 98, 90, 80, 120]), st.sampled_from([0.3, 1, 4])), max_size=10
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.sampled_from([0, 5]), st.sampled_from([0, 15]))
@pytest.mark.backend
@pytest.mark.django_db
def test_no_two_changes_come_within_the_rearm_time_and_the_net_is_never_lost(
    desk: Desk, steps: list[tuple[int, float]], percent: int, interval: int
) -> None:
    with transaction.atomic():
        alert = desk.keep(
            desk.user("reader"),
            interval_minutes=interval,
            rearm_hours=3,
            min_change_percent=percent,
        )
        desk.start()
        desk.put("a", 100)
        desk.slot()
        for price, hours in steps:
            desk.put("a", price)
            wake_held(desk.now)
            desk.slot(hours=hours)
        for _ in range(2):
            desk.clock.step(hours=3)
            wake_held(desk.now)
            desk.slot(minutes=16)
        told = list(Line.objects.filter(alert=alert).order_by("pk"))
        moves = [one for one in told if one.kind == LineKind.REPRICED]
        for before, after in pairwise(moves):
            assert after.at - before.at >= timedelta(hours=3)
        for before, after in pairwise(told):
            moved = abs(after.price_minor - before.price_minor)
            assert moved > 0
            assert moved * 100 >= percent * before.price_minor
        now = desk.listing("a").figure_minor
        last = told[-1].price_minor
        assert now == last or abs(now - last) * 100 < percent * last
        assert Alert.objects.get(pk=alert.pk).cursor is not None
        transaction.set_rollback(True)
