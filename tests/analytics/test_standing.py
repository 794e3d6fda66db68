"""What is claimed of a price among those of a search."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.analytics.standing import LEAST_PRICED, SearchPrices, Standing, standing
from ebay_alerts.kit.money import Money


def dollars(*prices: int) -> SearchPrices:
    """Summed up by the definition of the nearest rank."""
    ordered = sorted(prices)
    p10, median, p90 = (ordered[math.ceil(p * len(prices) / 100) - 1] for p in (10, 50, 90))
    return SearchPrices("price", "USD", len(prices), p10, median, p90)


TWENTY = dollars(*range(100, 2100, 100))


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
    assert standing(Money(price, "USD"), "price", TWENTY) is expected


def test_equal_prices_are_neither_cheap_nor_dear() -> None:
    assert standing(Money(100, "USD"), "price", dollars(*[100] * 30)) is Standing.AMID


def test_another_currency_or_kind_is_not_compared() -> None:
    assert standing(Money(1, "EUR"), "price", TWENTY) is None
    assert standing(Money(1, "USD"), "bid", TWENTY) is None


def test_among_few_listings_nothing_is_claimed() -> None:
    one = Money(1, "USD")
    few, enough = dollars(*[9] * (LEAST_PRICED - 1)), dollars(*[9] * LEAST_PRICED)
    assert standing(one, "price", few) is Standing.TOO_FEW
    assert standing(one, "price", enough) is Standing.CHEAPER_THAN_9_OF_10
    none = SearchPrices("price", "USD", 0, None, None, None)
    assert standing(one, "price", none) is Standing.TOO_FEW


@given(st.lists(st.integers(0, 30), min_size=LEAST_PRICED, max_size=60), st.data())
def test_what_is_claimed_is_true_of_the_others_one_by_one(
    prices: list[int], data: st.DataObject
) -> None:
    price = data.draw(st.sampled_from(prices) | st.integers(0, 31))
    others = [*prices]
    if price in others:
        others.remove(price)
    among = dollars(*prices)
    cheaper = sum(other < price for other in others)
    dearer = sum(other > price for other in others)
    is_true = {
        Standing.CHEAPER_THAN_9_OF_10: 10 * dearer >= 9 * len(others),
        Standing.CHEAPER_THAN_HALF: 2 * dearer >= len(others),
        Standing.AMID: price == among.median,
        Standing.DEARER_THAN_HALF: 2 * cheaper >= len(others),
        Standing.DEARER_THAN_9_OF_10: 10 * cheaper >= 9 * len(others),
        Standing.TOO_FEW: False,
        None: False,
    }
    assert is_true[standing(Money(price, "USD"), "price", among)]
