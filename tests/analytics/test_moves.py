"""What a report tells of a listing's price, beside a day-by-day reckoning."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.analytics.moves import Move, moves_of
from ebay_alerts.analytics.price_statistics import DayRow

TODAY = 1000


def row(ago: int, close: int, *, currency: str = "USD", listing: int = 1, **figures: int) -> DayRow:
    """The figures of a day; without more said the price was the same all day."""
    return (
        listing,
        "price",
        currency,
        TODAY - ago,
        figures.get("open", close),
        close,
        figures.get("low", min(close, figures.get("open", close))),
        figures.get("high", max(close, figures.get("open", close))),
    )


def move(*rows: DayRow, since: int = 1) -> Move | None:
    found = list(moves_of(rows, TODAY - since, TODAY))
    assert len(found) <= 1
    return found[0] if found else None


def test_a_fall_is_told_with_both_closes() -> None:
    found = move(row(9, 100), row(0, 80))
    assert found
    assert (found.was, found.now, found.known_days) == (100, 80, 9)
    assert found.lowest_in_days == 9
    assert found.highest_in_days is None


@pytest.mark.parametrize(
    "rows",
    [
        [row(9, 100)],
        [row(9, 100), row(0, 100, open=70, low=70)],
        [row(9, 90), row(5, 80)],
        [row(0, 80, open=100)],
    ],
    ids=["no change", "back by evening", "changed before", "first seen today"],
)
def test_nothing_is_told_of_what_closed_as_it_had(rows: Sequence[DayRow]) -> None:
    assert move(*rows) is None


def test_what_came_within_the_days_is_compared_with_its_first_close() -> None:
    found = move(row(5, 90, open=100), row(2, 80), since=7)
    assert found
    assert (found.was, found.now) == (90, 80)


def test_small_moves_since_the_last_report_add_up() -> None:
    found = move(row(9, 100), row(2, 97), row(1, 94), row(0, 91), since=3)
    assert found
    assert (found.was, found.now) == (100, 91)


def test_a_low_that_has_held_is_counted_from_today() -> None:
    found = move(row(9, 100), row(4, 80), since=7)
    assert found
    assert (found.lowest_in_days, found.known_days) == (9, 9)


def test_another_currency_begins_anew_and_is_never_compared() -> None:
    assert move(row(9, 100), row(0, 80, currency="EUR")) is None
    found = move(row(9, 100), row(3, 80, currency="EUR"), row(0, 90, currency="EUR"), since=7)
    assert found
    assert (found.was, found.now, found.currency, found.known_days) == (80, 90, "EUR", 3)


def test_a_price_of_30_days_ago_is_left_out_where_the_report_looks_back_as_far() -> None:
    rows = [row(40, 100), row(0, 80)]
    assert [found.close_30_days_ago for found in (move(*rows), move(*rows, since=30)) if found] == [
        100,
        None,
    ]


def test_listings_are_told_each_by_itself_in_their_order() -> None:
    rows = [row(9, 5), row(0, 6), row(9, 7, listing=2), row(0, 9, listing=3), row(3, 1, listing=4)]
    rows += [row(0, 2, listing=4)]
    assert [found.listing_id for found in moves_of(rows, TODAY - 1, TODAY)] == [1, 4]


prices = st.dictionaries(
    st.integers(0, 40), st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1
)


@given(prices, st.integers(1, 31))
def test_it_is_what_a_reckoning_day_by_day_finds(
    by_day: dict[int, tuple[int, int]], since: int
) -> None:
    rows = [
        row(ago, close, open=first) for ago, (first, close) in sorted(by_day.items(), reverse=True)
    ]
    close_on: dict[int, int] = {}
    low_on: dict[int, int] = {}
    high_on: dict[int, int] = {}
    for day in range(TODAY - 40, TODAY + 1):
        ago, before = TODAY - day, close_on.get(day - 1)
        first, close = by_day.get(ago, (before, before))  # type: ignore[arg-type]  # None at first
        if close is None:
            continue
        close_on[day] = close
        held = [before] if before is not None and ago not in by_day else []
        low_on[day], high_on[day] = min(first, close, *held), max(first, close, *held)
    begun = min(close_on)
    was = close_on.get(TODAY - since, close_on[begun])
    now = close_on[TODAY]
    found = move(*rows, since=since)
    if was == now or begun == TODAY:
        assert found is None
        return
    assert found
    assert (found.was, found.now, found.known_days) == (was, now, TODAY - begun)
    changed = max(day for day in close_on if TODAY - day in by_day)
    lower = [day for day in range(begun, changed) if low_on[day] <= now]
    higher = [day for day in range(begun, changed) if high_on[day] >= now]
    previous = close_on.get(changed - 1, now)
    for days, beyond, is_beyond in (
        (found.lowest_in_days, lower, now < previous),
        (found.highest_in_days, higher, now > previous),
    ):
        last = max(beyond, default=begun - 1)
        expected = TODAY - 1 - last if is_beyond and last < changed - 1 else None
        assert days == expected
