"""A price report speaks in plain words, and claims nothing that it does not know."""

from datetime import date, timedelta

import pytest

from ebay_alerts.analytics.charts import DailyFigures
from ebay_alerts.analytics.moves import Move
from ebay_alerts.analytics.price_statistics import PriceChange
from ebay_alerts.analytics.report_wording import (
    change_words,
    count_words,
    day_words,
    difference_words,
    history_words,
    mark_words,
    market_words,
    pace_words,
    subject_of,
)
from ebay_alerts.analytics.standing import Standing


def move(was: int = 10000, now: int = 8000, **more: int | None) -> Move:
    figures: dict[str, int | None] = {
        "known_days": 40,
        "lowest_in_days": None,
        "highest_in_days": None,
        "close_30_days_ago": None,
    }
    return Move(1, "USD", was, now, **(figures | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (10000, 8000, "down 20 %"),
        (10000, 10500, "up 5 %"),
        (10000, 9950, "down 0.5 %"),
        (1000000, 999999, "down less than 0.1 %"),
        (1000000, 1000001, "up less than 0.1 %"),
        (10000, 9901, "down 1 %"),
        (0, 500, "up from nothing"),
        (500, 0, "down 100 %"),
        (3, 1000, "up 33233 %"),
    ],
)
def test_a_change_in_per_cent(was: int, now: int, words: str) -> None:
    assert change_words(PriceChange(was, now, "USD")) == words


def test_a_change_in_money() -> None:
    assert difference_words(PriceChange(10000, 7600, "EUR")) == "€24.00 less"
    assert difference_words(PriceChange(100, 350, "JPY")) == "¥250 more"


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"lowest_in_days": 12}, "lowest in 12 days"),
        ({"lowest_in_days": 40}, "lowest since first seen 40 days ago"),
        ({"highest_in_days": 7}, "highest in 7 days"),
        ({"lowest_in_days": 6}, ""),
        ({"lowest_in_days": 3, "known_days": 3}, ""),
        ({}, ""),
    ],
)
def test_a_new_low_is_marked_from_a_week_on(figures: dict[str, int], words: str) -> None:
    assert mark_words(move(**figures)) == words


@pytest.mark.parametrize(
    ("figures", "standing", "words"),
    [
        ({}, None, ""),
        ({}, Standing.CHEAPER_THAN_9_OF_10, "cheaper than 9 of 10 like it"),
        ({}, Standing.TOO_FEW, ""),
        ({}, Standing.AMID, ""),
        ({"close_30_days_ago": 9000}, None, "30 days ago $90.00"),
        ({"close_30_days_ago": 8000}, None, "the same as 30 days ago"),
        ({"known_days": 1}, None, "first seen yesterday"),
        ({"known_days": 6}, None, "first seen 6 days ago"),
        ({"known_days": 7}, None, ""),
        (
            {"close_30_days_ago": 9000},
            Standing.DEARER_THAN_HALF,
            "dearer than half of those like it · 30 days ago $90.00",
        ),
    ],
)
def test_what_else_is_known(figures: dict[str, int], standing: Standing | None, words: str) -> None:
    assert history_words(move(**figures), standing) == words


@pytest.mark.parametrize(
    ("falls", "rises", "subject"),
    [
        (1, 0, "Lens: down 20 %, now $80.00"),
        (1, 1, "1 price fell, 1 rose: Lens down 20 %"),
        (2, 0, "2 prices fell: Lens down 20 %"),
        (0, 3, "3 prices rose: Lens down 20 %"),
        (1200, 1, "1,200 prices fell, 1 rose: Lens down 20 %"),
    ],
)
def test_the_subject_tells_the_news(falls: int, rises: int, subject: str) -> None:
    assert subject_of(move(), falls, rises, "Lens") == subject


def test_counts_leave_out_what_did_not_happen() -> None:
    assert [count_words(2, 1), count_words(0, 1), count_words(3, 0), count_words(0, 0)] == [
        "2 fell, 1 rose",
        "1 rose",
        "3 fell",
        "",
    ]


def test_how_often_it_comes() -> None:
    assert pace_words("daily", 7, "Europe/Berlin") == "daily at 07:00 (Europe/Berlin)"
    assert pace_words("weekly", 18, "UTC") == "on Mondays at 18:00 (UTC)"
    assert pace_words("off", 7, "UTC") == "no more"


def test_a_day_by_its_name() -> None:
    assert day_words(date(2026, 11, 24).toordinal()) == "Tuesday, 24 November"


def figures(*medians: int) -> list[DailyFigures]:
    """One a day until today."""
    today = date(2026, 11, 24)
    return [
        DailyFigures(today - timedelta(days=ago), median, median, median, 84)
        for ago, median in zip(range(len(medians) - 1, -1, -1), medians, strict=True)
    ]


def test_a_market_in_a_sentence() -> None:
    assert market_words([], "USD") == ""
    assert market_words(figures(12000), "USD") == "Median $120.00 of 84 prices"
    assert (
        market_words(figures(12500, 12400, 12000), "USD")
        == "Median $120.00 of 84 prices, 4 % lower than 2 days ago"
    )
    assert (
        market_words(figures(12000, 12000), "USD")
        == "Median $120.00 of 84 prices, the same as yesterday"
    )
    assert market_words(figures(1, 100000), "USD").endswith("% higher than yesterday")
    assert (
        market_words(figures(1000000, 999999), "USD")
        == "Median $9,999.99 of 84 prices, less than 0.1 % lower than yesterday"
    )
