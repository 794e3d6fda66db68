"""The prices of a search whose days are not figured yet, out of its log; pure."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

from ebay_alerts.analytics.search_figures import nearest_rank
from ebay_alerts.kit.money import Money, format_money

# So many moments are shown, evenly apart; within less than a minute nothing is.
MOMENTS = 60
LEAST_SECONDS = 60.0


class Priced(NamedTuple):
    """That a listing has a price from a moment on, in Unix seconds; None that it is gone."""

    at: float
    listing_id: int
    minor: int | None


class PricedMoment(NamedTuple):
    """The prices of all listings at a moment, by nearest rank."""

    at: float
    p10: int
    median: int
    p90: int
    priced: int


def young_course(entries: Sequence[Priced], until: float, since: float = 0) -> list[PricedMoment]:
    """From the first entry, or a later moment `since`, until then; entries are as they happened."""
    since = max(since, entries[0].at) if entries else until
    if until - since < LEAST_SECONDS:
        return []
    moments = [since + (until - since) * number / (MOMENTS - 1) for number in range(MOMENTS)]
    prices: dict[int, int] = {}
    ordered: list[int] = []
    course: list[PricedMoment] = []
    following = 0
    for moment in moments:
        while following < len(entries) and entries[following].at <= moment:
            _take(entries[following], prices, ordered)
            following += 1
        if ordered:
            p10, median, p90 = (nearest_rank(ordered, percent) or 0 for percent in (10, 50, 90))
            course.append(PricedMoment(moment, p10, median, p90, len(ordered)))
    return course


def _take(entry: Priced, prices: dict[int, int], ordered: list[int]) -> None:
    before = prices.pop(entry.listing_id, None)
    if before is not None:
        del ordered[bisect_left(ordered, before)]
    if entry.minor is not None:
        prices[entry.listing_id] = entry.minor
        insort(ordered, entry.minor)


def young_words(course: Sequence[PricedMoment], currency: str) -> str:
    """`Median $90.00 of 58 prices now, 8 of 10 between $20.00 and $180.00.`"""
    last = course[-1]
    low, median, high = (
        format_money(Money(minor, currency)) for minor in (last.p10, last.median, last.p90)
    )
    prices = "1 price" if last.priced == 1 else f"{last.priced:,} prices"
    spread = f", 8 of 10 between {low} and {high}" if last.priced > 1 else ""
    return f"Median {median} of {prices} now{spread}. Figures of whole days follow each night."
