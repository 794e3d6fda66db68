"""Price statistics: against a table worked by hand, and against the plain, slow way."""

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ebay_alerts.analytics.price_statistics import (
    DayFigures,
    Kind,
    Movement,
    PriceChange,
    PriceStatistics,
    all_statistics,
    statistics_of,
)
from ebay_alerts.kit.money import Money
from tests.analytics.figures import DAY, day_of, histories, slow_statistics

# One listing, worked by hand; day 0 is the first. No figures means that no price was noted.
#
#   day   prices      close  low  high
#     0   1000        1000   1000 1000
#     1   -           1000
#     2   900, 950     950    900  950
#     3   -            950
#     8   940          940    940  940
#     9   -            940
#    30   1100        1100   1100 1100
#    31   890          890    890  890
#    32   890          890    890  890
#    33   895          895    895  895
#    34   1101        1101   1101 1101
#    35   -           1101
#    36   895          895    895  895
#    37   -            895
#    38   1101        1101   1101 1101
HISTORY = (
    day_of(0, 1000),
    day_of(2, 900, 950),
    day_of(8, 940),
    day_of(30, 1100),
    day_of(31, 890),
    day_of(32, 890),
    day_of(33, 895),
    day_of(34, 1101),
    day_of(36, 895),
    day_of(38, 1101),
)


class Worked(NamedTuple):
    on: int
    price: int
    previous: int | None
    ago_7: int | None
    ago_30: int | None
    lowest: int | None
    highest: int | None
    why: str


WORKED = (
    Worked(0, 1000, None, None, None, None, None, "one day alone claims nothing"),
    Worked(1, 1000, 1000, None, None, None, None, "the close of day 0 goes on"),
    Worked(2, 950, 1000, None, None, 2, None, "below 1000 on days 0 and 1: on all there are"),
    Worked(3, 950, 950, None, None, None, None, "equal to the day before"),
    Worked(7, 950, 950, 1000, None, None, None, "day 0 is 7 days ago"),
    Worked(8, 940, 950, 1000, None, 5, None, "below 950 on days 3 to 7; on day 2 there was 900"),
    Worked(9, 940, 940, 950, None, None, None, "day 2 is 7 days ago"),
    Worked(29, 940, 940, 940, None, None, None, "day -1 is not known"),
    Worked(30, 1100, 940, 940, 1000, None, 30, "above all of days 0 to 29"),
    Worked(31, 890, 1100, 940, 1000, 31, None, "below the 900 of day 2 too: on all 31 days"),
    Worked(32, 890, 890, 940, 950, None, None, "day 2 is 30 days ago"),
    Worked(33, 895, 890, 940, 950, None, 2, "above 890 on days 31 and 32; day 30 had 1100"),
    Worked(34, 1101, 895, 940, 950, None, 34, "above the 1100 of day 30: on all 34 days"),
    Worked(36, 895, 1101, 940, 950, 2, None, "below 1101 on days 34 and 35; day 33 had 895 itself"),
    Worked(38, 1101, 895, 890, 940, None, 2, "above 895 on days 36 and 37; day 35 had 1101 itself"),
    Worked(68, 1101, 1101, 1101, 1101, None, None, "day 38 is 30 days ago"),
)


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: f"day {worked.on}: {worked.why}")
def test_the_statistics_are_those_of_the_table(worked: Worked) -> None:
    figures = [one for one in HISTORY if one.day <= worked.on]
    expected = PriceStatistics(
        *(1, "price", "USD", worked.price, worked.previous, worked.ago_7, worked.ago_30),
        *(1000, worked.on, worked.lowest, worked.highest),
    )
    assert statistics_of(figures, worked.on) == expected
    assert slow_statistics(figures, worked.on) == expected


@examples(max_examples=200)
@given(figures=histories(), later=st.sampled_from((0, 0, 0, 1, 6, 7, 29, 30)))
def test_the_statistics_are_those_of_the_slow_way(figures: list[DayFigures], later: int) -> None:
    on = figures[-1].day + later if figures else DAY
    assert statistics_of(figures, on) == slow_statistics(figures, on)


@examples(max_examples=50)
@given(st.data())
def test_the_statistics_of_all_are_those_of_each(data: st.DataObject) -> None:
    kinds: tuple[Kind, ...] = ("bid", "price")
    keys = itertools.product((1, 2, 3), kinds)
    each = [data.draw(histories(listing_id, kind)) for listing_id, kind in keys]
    rows = (tuple(one) for figures in each for one in figures)
    expected = [slow_statistics(figures, DAY) for figures in each if figures]
    assert list(all_statistics(rows, DAY)) == expected


def test_a_new_currency_begins_anew() -> None:
    figures = [day_of(1, 500), day_of(2, 1, currency="EUR"), day_of(5, 900), day_of(9, 800)]
    found = statistics_of(figures, 12)
    assert found is not None
    assert (found.currency, found.first_price, found.known_days) == ("USD", 900, 7)
    assert found.close_7_days_ago == 900
    assert found.close_30_days_ago is None


def test_on_the_day_of_a_new_currency_its_figures_stand_last() -> None:
    found = statistics_of([day_of(1, 500), day_of(2, 400), day_of(2, 370, currency="EUR")], 2)
    assert found is not None
    assert (found.price, found.currency, found.previous_close) == (370, "EUR", None)
    assert found.since_first_seen is None


def test_bids_and_fixed_prices_of_a_listing_have_statistics_of_their_own() -> None:
    rows = [day_of(1, 100, kind="bid"), day_of(2, 150, kind="bid"), day_of(1, 900)]
    found = [(one.kind, one.price, one.previous_close) for one in all_statistics(rows, 2)]
    assert found == [("bid", 150, 100), ("price", 900, 900)]


def test_a_listing_without_figures_has_no_statistics() -> None:
    assert statistics_of([], 5) is None


def test_one_day_alone_claims_nothing() -> None:
    found = statistics_of([day_of(5, 900, 100)], 5)
    assert found is not None
    changes = (found.since_previous_close, found.since_7_days_ago, found.since_30_days_ago)
    assert (*changes, found.since_first_seen) == (None,) * 4
    assert (found.is_new_low, found.is_new_high) == (False, False)
    assert (found.is_new_low_ever, found.is_new_high_ever) == (False, False)


def test_a_new_low_ever_is_below_every_earlier_price() -> None:
    figures = [day_of(1, 800, 900), day_of(2, 950), day_of(3, 850)]
    found = statistics_of(figures, 3)
    assert found is not None
    assert (found.is_new_low, found.lowest_in_days, found.is_new_low_ever) == (True, 1, False)
    found = statistics_of([*figures, day_of(4, 799)], 4)
    assert found is not None
    assert (found.lowest_in_days, found.known_days, found.is_new_low_ever) == (3, 3, True)


def test_a_new_high_ever_is_above_every_earlier_price() -> None:
    found = statistics_of([day_of(1, 950, 900), day_of(2, 800), day_of(3, 951)], 3)
    assert found is not None
    assert (found.highest_in_days, found.is_new_high_ever, found.is_new_low) == (2, True, False)
    found = statistics_of([day_of(1, 950, 900), day_of(2, 800), day_of(3, 950)], 3)
    assert found is not None
    assert (found.highest_in_days, found.is_new_high_ever) == (1, False)


def test_a_change_is_in_money_and_per_cent_each_against_its_own_day() -> None:
    found = statistics_of([one for one in HISTORY if one.day <= 34], 34)
    assert found is not None
    changes = [found.since_previous_close, found.since_7_days_ago, found.since_30_days_ago]
    assert [change and (change.was, change.now) for change in changes] == [
        (895, 1101),
        (940, 1101),
        (950, 1101),
    ]
    assert found.since_first_seen == PriceChange(1000, 1101, "USD")
    assert found.since_first_seen.difference == Money(101, "USD")
    assert found.since_first_seen.per_cent() == Decimal("10.1")
    assert found.since_first_seen.movement is Movement.RISE


@pytest.mark.parametrize(
    ("was", "now", "places", "per_cent"),
    [
        (1000, 900, 1, "-10.0"),
        (300, 200, 1, "-33.3"),
        (2000, 2001, 1, "0.0"),  # 0.05, half way: to the even one
        (2000, 2003, 1, "0.2"),  # 0.15, half way: to the even one
        (2000, 1997, 1, "-0.2"),
        (800, 805, 0, "1"),
        (800, 804, 0, "0"),
        (800, 812, 0, "2"),
        (1, 10**14, 1, "9999999999999900.0"),
        (700, 0, 1, "-100.0"),
    ],
)
def test_per_cent_is_rounded_half_even_from_the_exact_ratio(
    was: int, now: int, places: int, per_cent: str
) -> None:
    assert str(PriceChange(was, now, "USD").per_cent(places)) == per_cent


def test_the_ratio_is_exact_and_there_is_none_to_nothing() -> None:
    assert PriceChange(300, 200, "USD").ratio == Fraction(-1, 3)
    assert PriceChange(0, 200, "USD").ratio is None
    assert PriceChange(0, 200, "USD").per_cent() is None


@pytest.mark.parametrize(("now", "movement"), [(99, "fall"), (100, "unchanged"), (101, "rise")])
def test_a_change_says_which_way_the_price_went(now: int, movement: str) -> None:
    assert PriceChange(100, now, "USD").movement == movement


@pytest.mark.parametrize("days", [(3, 5), (2, 1), (3, 4, 1)])
def test_figures_of_later_days_or_in_disorder_are_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="days of listing 1 are not in order or later than 4"):
        statistics_of([day_of(day, 100) for day in days], 4)


def test_figures_of_several_listings_are_no_ones_history() -> None:
    with pytest.raises(ValueError, match="several listings"):
        statistics_of([day_of(3, 100), day_of(3, 90)._replace(listing_id=2)], 4)


def test_rows_that_come_back_to_a_listing_are_refused() -> None:
    rows = [day_of(3, 100), day_of(3, 90)._replace(listing_id=2), day_of(4, 100)]
    with pytest.raises(ValueError, match="listing 1 comes after listing 2"):
        list(all_statistics(rows, 5))


def test_rows_that_come_back_to_a_kind_are_refused() -> None:
    rows = [day_of(3, 100), day_of(3, 90, kind="bid"), day_of(4, 100)]
    with pytest.raises(ValueError, match="not in the order of their kinds"):
        list(all_statistics(rows, 5))


def test_statistics_are_given_while_rows_still_come_in() -> None:
    endless = (day_of(1, 100)._replace(listing_id=number) for number in itertools.count(1))
    assert next(all_statistics(endless, 1)).listing_id == 1
