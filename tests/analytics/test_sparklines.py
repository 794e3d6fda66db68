"""A median over thirty days, the size of a word; and what pages say of prices."""

import pytest

from ebay_alerts.analytics.page_wording import (
    against_words,
    cheapest_words,
    course_words,
    listing_median_words,
    sentence,
)
from ebay_alerts.analytics.sparklines import sparkline
from ebay_alerts.kit.money import Money

DAY = 86_400.0


def test_the_dearest_day_is_at_the_top_and_days_are_as_far_apart_as_they_are() -> None:
    line = sparkline([(1, 100), (2, 300), (5, 200)])
    assert line is not None
    assert line.path == "M4 28L32 4L116 16"
    assert (line.x, line.y) == (116, 16)


def test_a_level_line_runs_in_the_middle_and_one_day_is_no_line() -> None:
    line = sparkline([(1, 5), (2, 5)])
    assert line is not None
    assert line.path == "M4 16L116 16"
    assert sparkline([(1, 5)]) is None
    assert sparkline([]) is None


@pytest.mark.parametrize(
    ("minor", "words"),
    [(82, "18 % under"), (104, "4 % over"), (100, "at"), (1000, "900 % over"), (0, "100 % under")],
)
def test_a_price_is_said_against_a_median(minor: int, words: str) -> None:
    assert against_words(minor, 100) == words


def test_a_small_difference_is_not_said_to_be_none() -> None:
    assert against_words(10_001, 10_000) == "less than 1 % over"
    assert against_words(5, 0) == "at"


def test_prices_in_another_currency_are_not_compared() -> None:
    assert cheapest_words(Money(100, "EUR"), "USD", [100]) == ""
    assert cheapest_words(None, "USD", [100]) == ""
    assert cheapest_words(Money(100, "USD"), "USD", []) == ""
    assert listing_median_words(Money(100, "EUR"), "wine", "USD", [100]) == ""


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ([], ""),
        ([100], "the same since first seen 3 days ago"),
        ([100, 80], "at its lowest since first seen 3 days ago, when it was $1.00"),
        ([100, 80, 120], "at its highest since first seen 3 days ago, when it was $1.00"),
        ([100, 50, 80], "first seen 3 days ago at $1.00; $0.50 at its lowest"),
    ],
)
def test_how_a_price_came_to_be_what_it_is(prices: list[int], words: str) -> None:
    points = [(number * DAY / 4, minor) for number, minor in enumerate(prices)]
    assert course_words(points, 3 * DAY, "USD") == words


def test_a_sentence_begins_large_and_leaves_out_what_says_nothing() -> None:
    assert sentence(["", "cheaper than half", "", "at its lowest"]) == (
        "Cheaper than half; at its lowest."
    )
    assert sentence(["", ""]) == ""
