"""Percentiles by nearest rank, and what is claimed of a price among others."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.analytics.percentiles import (
    LEAST_LISTINGS,
    SearchPrices,
    Standing,
    percentile,
    search_prices,
    standing,
)
from ebay_alerts.kit.money import Money

TWENTY = search_prices("price", "USD", [*range(100, 2100, 100)])


@pytest.mark.parametrize(
    ("per_cent", "expected"), [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)]
)
def test_a_percentile_is_the_price_at_the_nearest_rank(per_cent: int, expected: int) -> None:
    assert percentile([15, 20, 35, 40, 50], per_cent) == expected


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_the_first_price_that_covers_its_share(
    prices: list[int], per_cent: int
) -> None:
    found = percentile(sorted(prices), per_cent)
    wanted = math.ceil(per_cent * len(prices) / 100)
    assert sum(price <= found for price in prices) >= wanted
    assert sum(price < found for price in prices) < wanted


@pytest.mark.parametrize(("prices", "per_cent"), [([], 50), ([1], 0), ([1], 101)])
def test_a_percentile_that_there_is_not_is_refused(prices: list[int], per_cent: int) -> None:
    with pytest.raises(ValueError, match="no percentile"):
        percentile(prices, per_cent)


def test_a_search_without_prices_has_no_percentiles() -> None:
    assert search_prices("price", "USD", []) is None


def test_the_prices_of_a_search_are_summed_up() -> None:
    assert SearchPrices("price", "USD", 20, 200, 1000, 1800) == TWENTY


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (100, Standing.CHEAPER_THAN_9_OF_10),
        (200, Standing.CHEAPER_THAN_HALF),
        (1000, Standing.AMID),
        (1100, Standing.DEARER_THAN_HALF),
        (1800, Standing.DEARER_THAN_HALF),
        (1900, Standing.DEARER_THAN_9_OF_10),
    ],
)
def test_a_price_stands_where_the_percentiles_say(price: int, expected: Standing) -> None:
    assert TWENTY is not None
    assert standing(Money(price, "USD"), "price", TWENTY) is expected


def test_equal_prices_are_neither_cheap_nor_dear() -> None:
    among = search_prices("price", "USD", [100] * 30)
    assert among is not None
    assert standing(Money(100, "USD"), "price", among) is Standing.AMID


def test_another_currency_or_kind_is_not_compared() -> None:
    assert TWENTY is not None
    assert standing(Money(1, "EUR"), "price", TWENTY) is None
    assert standing(Money(1, "USD"), "bid", TWENTY) is None


def test_among_few_listings_nothing_is_claimed() -> None:
    few = search_prices("price", "USD", [100] * (LEAST_LISTINGS - 1))
    enough = search_prices("price", "USD", [100] * LEAST_LISTINGS)
    assert few is not None
    assert enough is not None
    assert standing(Money(1, "USD"), "price", few) is Standing.TOO_FEW
    assert standing(Money(1, "USD"), "price", enough) is Standing.CHEAPER_THAN_9_OF_10


@given(st.lists(st.integers(0, 30), min_size=LEAST_LISTINGS, max_size=60), st.data())
def test_what_is_claimed_is_true_counted_by_hand(prices: list[int], data: st.DataObject) -> None:
    price = data.draw(st.sampled_from(prices) | st.integers(0, 31))
    others = [*prices]
    if price in others:
        others.remove(price)
    among = search_prices("price", "USD", sorted(prices))
    assert among is not None
    cheaper = sum(other < price for other in others) / len(others)
    dearer = sum(other > price for other in others) / len(others)
    is_true = {
        Standing.CHEAPER_THAN_9_OF_10: dearer >= 0.9,
        Standing.CHEAPER_THAN_HALF: dearer >= 0.5,
        Standing.AMID: price == among.median,
        Standing.DEARER_THAN_HALF: cheaper >= 0.5,
        Standing.DEARER_THAN_9_OF_10: cheaper >= 0.9,
    }
    assert is_true[standing(Money(price, "USD"), "price", among) or Standing.TOO_FEW]
