"""The ETL: what is kept is what happened, however often it runs and wherever it dies."""

import random
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.alerts import models as alerts
from ebay_alerts.alerts.services.keeping import create_alert, delete_alert, pause_alert
from ebay_alerts.analytics.errors import EtlIsRunning, HistoryIsAhead
from ebay_alerts.analytics.models import (
    AlertChange,
    EtlRun,
    ListingDay,
    Membership,
    PricePoint,
    SearchDay,
    Watermark,
)
from ebay_alerts.analytics.services import etl, search_days
from ebay_alerts.analytics.services.etl import is_due, run_etl
from ebay_alerts.analytics.tasks import run_due_etl
from ebay_alerts.kit import clock
from ebay_alerts.kit.money import Money
from ebay_alerts.market import models as market
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.services import bulk
from tests.alerts.conftest import wish
from tests.analytics.story import (
    START,
    RandomDays,
    day_of,
    everything_kept,
    expected_days,
    expected_search_days,
    kept_days,
    kept_search_days,
)
from tests.conftest import SteppedClock
from tests.market.scenery import offer, record, search_for
from tests.processes.programs import until

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]
DAY = timedelta(days=1)


class Died(Exception):
    """The process was killed here."""


def searches() -> list[market.Search]:
    return [search_for("wine"), search_for("port"), search_for("(wine, port) -beer")]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10**9), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_history_is_what_happened_however_it_was_cut_into_runs(seed: int, runs: list[int]) -> None:
    found = searches()
    days = RandomDays(random.Random(seed), found)
    # Examples share a database: each goes on from where the last one ended.
    last = market.PricePoint.objects.order_by("-pk").first()
    days.now = max(START, last.at + DAY if last else START)
    for moves in runs:
        days.play(moves)
        run_etl(days.now + timedelta(minutes=1))
    assert kept_days() == expected_days()
    for search in found:
        assert kept_search_days(search) == expected_search_days(search, day_of(days.now))
    assert PricePoint.objects.count() == market.PricePoint.objects.count()
    cut = everything_kept()
    run_etl(days.now + timedelta(minutes=1), rebuild=True)
    assert everything_kept() == cut


@pytest.mark.parametrize("dies_after", range(7))
def test_a_run_that_died_and_was_run_again_equals_one_clean_run(
    dies_after: int, monkeypatch: pytest.MonkeyPatch, stepped_clock: SteppedClock
) -> None:
    monkeypatch.setattr(etl, "PAGE", 25)
    monkeypatch.setattr(search_days, "SEARCHES", 1)
    monkeypatch.setattr(bulk, "STAGED", 10)
    days = RandomDays(random.Random(11), searches())
    days.play(90)
    told = []

    def die(*step: object) -> None:
        told.append(step)
        if len(told) > dies_after:
            raise Died

    with pytest.raises(Died):
        run_etl(days.now, die)
    assert not EtlRun.objects.filter(state="done").exists()
    run_etl(days.now)
    twice = everything_kept()
    run_etl(days.now, rebuild=True)
    assert twice == everything_kept()


def test_reading_again_from_a_day_on_changes_nothing(stepped_clock: SteppedClock) -> None:
    days = RandomDays(random.Random(5), searches())
    days.play(60)
    run_etl(days.now)
    once = everything_kept()
    next_day = (START + DAY).replace(hour=0).timestamp()
    PricePoint.objects.filter(listing_id__gt=3).update(minor=1)
    ListingDay.objects.filter(day__gte=day_of(START) + 1).update(close=1, low=1)
    SearchDay.objects.filter(day__gte=day_of(START) + 1).update(median=1)
    run_etl(days.now, since=START + DAY)
    again = everything_kept()
    for kept in (once, again):
        kept["PricePoint"] = [row for row in kept["PricePoint"] if row[1] >= next_day]
    assert again == once


def test_a_run_with_nothing_new_copies_nothing() -> None:
    days = RandomDays(random.Random(2), searches())
    days.play(20)
    run_etl(days.now)
    assert run_etl(days.now).counts == {"forgotten": 0}


def test_what_a_search_found_before_its_log_was_pruned_is_known_by_its_memberships() -> None:
    (wine,) = [search_for("wine")]
    record([_seen("1", START), _seen("2", START)], wine)
    market.SearchChange.objects.all().delete()
    record([_seen("3", START + DAY)], wine)
    run_etl(START + 2 * DAY)
    assert set(Membership.objects.values_list("listing_id", "since_day")) == {
        (pk, day_of(START) + (legacy == "3"))
        for pk, legacy in market.Listing.objects.values_list("pk", "legacy_id")
    }
    assert SearchDay.objects.get(day=day_of(START) + 1).live == 3


def _seen(lot: str, at: datetime, price: int = 1000) -> Observation:
    return Observation("EBAY_US", lot, f"v1|{lot}|0", at, offer(price=price))


def test_the_last_moment_of_a_day_is_of_that_day() -> None:
    last = datetime(2026, 3, 27, 23, 59, 59, 999_900, tzinfo=UTC)
    record([_seen("1", last)], search_for("wine"))
    run_etl(START + 2 * DAY)
    assert PricePoint.objects.get().at == int(last.timestamp())
    assert ListingDay.objects.get().day == SearchDay.objects.get().day == day_of(last)


@pytest.mark.skipif("sqlite" in connection.settings_dict["ENGINE"], reason="SQLite has one writer")
def test_what_commits_late_is_waited_for() -> None:
    """Its ids were given out before those that committed meanwhile."""
    wine = search_for("wine")
    record([_seen("1", START)], wine)
    listing = market.Listing.objects.get()

    def add(minor: int) -> None:
        market.PricePoint.objects.create(
            listing=listing, at=START + DAY, kind="price", minor=minor, currency="USD"
        )

    runner = Thread(target=lambda: (run_etl(START + 2 * DAY), _close()))
    with transaction.atomic():
        add(900)
        other = Thread(target=lambda: (add(800), _close()))
        other.start()
        other.join()
        runner.start()
        until(_waits_for_a_lock, what="the wait for the open transaction")
    runner.join()
    assert set(PricePoint.objects.values_list("minor", flat=True)) == {1000, 900, 800}


def _close() -> None:
    connections.close_all()


def _waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'"
            " AND relation = 'market_pricepoint'::regclass"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def test_a_database_that_was_set_back_is_not_copied_until_it_is_read_anew(
    stepped_clock: SteppedClock,
) -> None:
    """Its new rows would get ids that were copied already, and be passed over."""
    record([_seen("1", START)], search_for("wine"))
    run_etl(START + DAY)
    Watermark.objects.filter(source="price points").update(reached=10**6)
    with pytest.raises(HistoryIsAhead, match="--rebuild"):
        run_etl(clock.now())
    run_etl(clock.now(), rebuild=True)
    assert PricePoint.objects.count() == 1


def test_a_failed_run_is_tried_again_after_a_while(stepped_clock: SteppedClock) -> None:
    record([_seen("1", START)], search_for("wine"))
    Watermark.objects.create(source="price points", reached=10**6)
    assert run_due_etl() == 0
    assert EtlRun.objects.get().failure_reason.startswith("HistoryIsAhead: price points were")
    stepped_clock.step(minutes=14)
    assert not is_due(clock.now())
    stepped_clock.step(minutes=1)
    Watermark.objects.all().delete()
    assert run_due_etl() == 1


def test_one_run_goes_at_a_time_and_a_dead_one_is_given_up(stepped_clock: SteppedClock) -> None:
    now = stepped_clock.now()
    EtlRun.objects.create(started_at=now, lease_until=now + etl.LEASE)
    with pytest.raises(EtlIsRunning, match="still running"):
        run_etl(now + timedelta(minutes=9))
    run_etl(now + timedelta(minutes=11))
    states = EtlRun.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["lost", "done"]


def test_a_day_is_copied_once_after_its_hour_and_made_up_when_missed(
    stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.ETL_HOUR = 3
    assert run_due_etl() == 1, "there was none yet"
    midnight = datetime(2027, 1, 5, tzinfo=UTC)
    EtlRun.objects.update(started_at=midnight - timedelta(hours=5))
    assert not is_due(midnight + timedelta(hours=3, minutes=14))
    assert is_due(midnight + timedelta(hours=3, minutes=15))
    EtlRun.objects.update(started_at=midnight + timedelta(hours=3, minutes=15))
    assert not is_due(midnight + timedelta(hours=26))
    assert is_due(midnight + timedelta(days=3, hours=1)), "two were missed"


def test_a_run_says_which_day_it_completed() -> None:
    now = datetime(2026, 4, 2, 0, 14, tzinfo=UTC)
    assert run_etl(now).covered_day == day_of(now) - 2, "the day before has not settled yet"
    assert run_etl(now + timedelta(minutes=2)).covered_day == day_of(now) - 1


def test_old_history_goes_but_for_what_a_report_compares_with(settings: Settings) -> None:
    settings.HISTORY_DAYS = 60
    wine = search_for("wine")
    record([_seen("1", START), _seen("2", START)], wine)
    for day in (1, 2, 70):
        record([_seen("1", START + day * DAY, 1000 + day)], wine)
    record([Observation("EBAY_US", "2", "v1|2|0", START + 3 * DAY, None)], wine)
    run_etl(START + 100 * DAY)
    first = day_of(START)
    kept = ListingDay.objects.values_list("day", "close")
    assert list(kept.order_by("day")) == [(first, 1000), (first + 2, 1002), (first + 70, 1070)]
    assert list(SearchDay.objects.order_by("day").values_list("day", flat=True)) == [
        first + 3,
        first + 70,
    ]
    assert list(Membership.objects.values_list("until_day", flat=True)) == [None]
    # On PostgreSQL whole months go.
    assert [point.minor for point in PricePoint.objects.all()] == [1070]


def test_a_failed_run_says_why_and_the_next_may_go() -> None:
    search_for("wine")
    days = RandomDays(random.Random(1), searches())
    days.play(5)

    def fail(*step: object) -> None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        run_etl(clock.now(), fail)
    run = EtlRun.objects.get()
    assert (run.state, run.failure_reason) == ("failed", "RuntimeError: the disk is full")
    run_etl(clock.now())


def test_every_step_of_an_alert_is_copied_once_as_it_was(stepped_clock: SteppedClock) -> None:
    user = ensure_user("kim@example.org", clock.now())
    alert = create_alert(user, wish("wine"), clock.now())
    run_etl(clock.now())
    pause_alert(user, alert.pk, clock.now())
    delete_alert(user, alert.pk, clock.now())
    run_etl(clock.now())
    fields = ("id", "alert_id", "user_id", "at", "kind", "before", "after")
    recorded = alerts.AlertChange.objects.order_by("pk").values_list(*fields)
    kept = AlertChange.objects.order_by("pk").values_list(*fields)
    assert list(kept) == list(recorded)
    assert [row[4] for row in kept] == ["created", "paused", "deleted"]


def test_a_converted_price_is_kept_as_the_seller_asked_it(stepped_clock: SteppedClock) -> None:
    """So a rate that moved is in no history, and a price that moved is, by what it moved."""
    wine = search_for("wine")
    for day, converted, own in ((0, 1000, 900), (1, 1080, 900), (2, 1070, 850)):
        what = offer(price=converted, own=Money(own, "EUR"))
        record([Observation("EBAY_US", "1", "v1|1|0", START + day * DAY, what)], wine)
    run_etl(START + 3 * DAY)
    kept = ListingDay.objects.order_by("day").values_list("day", "currency", "close")
    first = day_of(START)
    assert list(kept) == [(first, "EUR", 900), (first + 2, "EUR", 850)]
    points = market.PricePoint.objects.order_by("pk").values_list("minor", "currency")
    assert list(points) == [(1000, "USD"), (1070, "USD")], "alerts compare as the marketplace shows"
