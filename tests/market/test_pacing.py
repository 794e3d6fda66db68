"""How intervals are stretched so that the calls last: bounds, sums, and a simulated fortnight."""

import heapq
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.market.pacing import (
    LONGEST_SHARE,
    MOST_LIVELY,
    UNKNOWN_RATE,
    Demand,
    Stretch,
    Wish,
    liveliness_of,
    planned_seconds,
    rate_after,
    stretch,
)
from ebay_alerts.market.quota import (
    AFTER_RESET,
    Pace,
    Purpose,
    Window,
    ceiling,
    left_for_refreshes,
    next_pace,
    unused_calls,
)

DAY = 86_400
WISH = Wish(sweep_seconds=900, cheapest_seconds=1800)
DEMANDS = st.lists(
    st.builds(
        Demand,
        seconds=st.sampled_from([60, 300, 900, 3600, 21_600]),
        liveliness=st.integers(0, MOST_LIVELY),
        fetches=st.integers(1, 5000),
    ),
    min_size=1,
    max_size=20,
)


def calls_a_day(demand: list[Demand], plan: Stretch) -> float:
    return sum(
        one.fetches * DAY / planned_seconds(plan, one.seconds, one.liveliness) for one in demand
    )


def test_while_the_calls_suffice_every_wish_is_met() -> None:
    demand = [Demand(900, 8, 20, by_price=5, sweep_pages=10)]
    plan = stretch(demand, 5000, DAY, WISH)
    assert not plan.is_scarce
    assert (plan.cheapest, plan.sweep) == (1, 1)
    assert planned_seconds(plan, 900, 0) == 900
    assert plan.wanted_per_day == pytest.approx(20 * 96 + 5 * 48 + 10 * 96)


def test_sweeps_yield_first_and_then_reading_by_price() -> None:
    demand = [Demand(900, 8, 50, by_price=5, sweep_pages=10)]
    scant = stretch(demand, 5240, DAY, WISH)
    assert scant.cheapest == 1
    assert scant.sweep == pytest.approx(10 * 96 / 200)
    less = stretch(demand, 4920, DAY, WISH)
    assert (less.cheapest, less.sweep, less.is_scarce) == (pytest.approx(2), None, False)
    least = stretch(demand, 4000, DAY, WISH)
    assert (least.cheapest, least.sweep, least.is_scarce) == (None, None, True)


@given(demand=DEMANDS, calls=st.integers(50, 100_000))
def test_what_is_planned_takes_no_more_than_the_calls_and_uses_them(
    demand: list[Demand], calls: int
) -> None:
    plan = stretch(demand, calls, DAY, WISH)
    taken = calls_a_day(demand, plan)
    assert taken <= calls * 1.001
    if plan.is_scarce:
        assert taken >= calls * 0.95


@given(demand=DEMANDS, calls=st.integers(50, 100_000))
def test_nobody_is_refreshed_sooner_than_wished_or_later_than_the_bound(
    demand: list[Demand], calls: int
) -> None:
    plan = stretch(demand, calls, DAY, WISH)
    searches = sum(one.fetches for one in demand)
    for one in demand:
        planned = planned_seconds(plan, one.seconds, one.liveliness)
        assert planned >= one.seconds
        fair = searches * DAY / calls
        assert planned <= max(one.seconds, LONGEST_SHARE * fair + 1)


def test_the_lively_are_refreshed_more_often_by_the_square_root_of_their_rate() -> None:
    demand = [Demand(900, 8, 1000), Demand(900, 10, 1000)]
    plan = stretch(demand, 5000, DAY, WISH)
    quiet, lively = (planned_seconds(plan, 900, one.liveliness) for one in demand)
    assert (quiet / lively) ** 2 == pytest.approx(2, rel=0.01)
    assert [liveliness_of(rate) for rate in (0, 1, 2, 10**9)] == [0, 8, 10, MOST_LIVELY]


def test_without_any_calls_left_the_intervals_are_long_and_finite() -> None:
    plan = stretch([Demand(900, 8, 10)], 0, 60, WISH)
    assert 15 * DAY < planned_seconds(plan, 900, 0) < 60 * DAY


def test_without_demand_nothing_is_stretched() -> None:
    assert stretch([], 5000, DAY, WISH) == Stretch()
    assert planned_seconds(None, 900, 0) == 900


def test_a_rate_follows_what_refreshes_find() -> None:
    rate = UNKNOWN_RATE
    for _ in range(20):
        rate = rate_after(rate, 0, days=4)
    assert liveliness_of(rate) == 0
    for _ in range(20):
        rate = rate_after(rate, 2, days=0.25)
    assert rate == pytest.approx(8, rel=0.1)
    assert rate_after(rate, 5, days=0) == rate, "two refreshes at one moment tell nothing"
    assert rate_after(0, 10**9, days=1 / DAY) < 60, "one look weighs little"


BEGAN = datetime(2026, 5, 1, 7, tzinfo=UTC)


def test_a_fortnight_of_20000_searches_on_5000_calls_a_day_starves_none() -> None:
    """The decisions alone: what is planned, the line, and who goes first."""
    searches, quota, days = 20_000, 5_000, 14
    random = Random(1)
    rates = [16.0 if n % 20 == 0 else 0.05 for n in range(searches)]
    known = [UNKNOWN_RATE] * searches
    asked = [0.0] * searches
    times = [0] * searches
    longest = 0.0
    due = [(random.random(), n) for n in range(searches)]
    heapq.heapify(due)
    levels = [liveliness_of(UNKNOWN_RATE)] * searches
    for day in range(days):
        reset_at = BEGAN + timedelta(days=day + 1)
        spent, pace = 0, None
        for minute in range(0, 1440, 10):
            now = BEGAN + timedelta(days=day, minutes=minute) + AFTER_RESET
            window = Window(quota, spent, 0, reset_at)
            spare = unused_calls(pace, window, now)
            pace, plan = _plan(pace, window, levels, now)
            later = now + timedelta(minutes=10) - AFTER_RESET * 2
            top = ceiling(Purpose.ROUTINE, window, pace, later)
            at = (later - BEGAN).total_seconds()
            while spent < top and (due[0][0] <= at or spare > 0):
                spare -= 1
                _, n = heapq.heappop(due)
                since = (at - asked[n]) / DAY
                longest = max(longest, since)
                found = int(rates[n] * since + random.random())
                known[n] = rate_after(known[n], found, since)
                levels[n] = liveliness_of(known[n])
                asked[n], times[n], spent = at, times[n] + 1, spent + 1
                heapq.heappush(due, (at + planned_seconds(plan, 900, levels[n]), n))
        assert quota * 0.98 < spent <= quota
    fair = searches / quota
    assert longest <= 2 * fair
    assert max(days - at / DAY for at in asked) <= 2 * fair
    busy, quiet = times[::20], [count for n, count in enumerate(times) if n % 20]
    assert sum(busy) / len(busy) > 2 * sum(quiet) / len(quiet)


def _plan(
    pace: Pace | None, window: Window, levels: list[int], now: datetime
) -> tuple[Pace, Stretch]:
    counts = [0] * (MOST_LIVELY + 1)
    for level in levels:
        counts[level] += 1
    demand = [Demand(900, level, count) for level, count in enumerate(counts) if count]
    calls, seconds = left_for_refreshes(window, now), (window.reset_at - now).total_seconds()
    plan = stretch(demand, calls, seconds, WISH)
    return next_pace(pace, window, calls / seconds, plan.is_scarce, now), plan
