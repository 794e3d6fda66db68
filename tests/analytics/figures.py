"""Daily figures for the tests of price statistics, and the plain, slow way to the same results."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from ebay_alerts.analytics.price_statistics import DayFigures, Kind, PriceStatistics

DAY = 739_000


class OneDay(NamedTuple):
    close: int
    low: int
    high: int


def day_of(day: int, *prices: int, currency: str = "USD", kind: Kind = "price") -> DayFigures:
    """The figures of listing 1 on a day with these prices, one after another."""
    return DayFigures(1, kind, currency, day, prices[0], prices[-1], min(prices), max(prices))


def slow_statistics(figures: Sequence[DayFigures], on: int) -> PriceStatistics | None:
    """Writes every single day down, then looks at each; no figures, None."""
    if not figures:
        return None
    begun = 0
    for index, one in enumerate(figures):
        if one.currency != figures[-1].currency:
            begun = index + 1
    first = figures[begun]
    days: dict[int, OneDay] = {}
    for day in range(first.day, on + 1):
        found = [one for one in figures[begun:] if one.day == day]
        close = days[day - 1].close if day - 1 in days else 0
        days[day] = OneDay(*found[0][5:]) if found else OneDay(close, close, close)
    price = days[on].close
    return PriceStatistics(
        listing_id=first.listing_id,
        kind=first.kind,
        currency=first.currency,
        price=price,
        previous_close=days[on - 1].close if on - 1 in days else None,
        close_7_days_ago=days[on - 7].close if on - 7 in days else None,
        close_30_days_ago=days[on - 30].close if on - 30 in days else None,
        first_price=first.open,
        known_days=len(days) - 1,
        lowest_in_days=run([one.low > price for one in days.values()][:-1]) or None,
        highest_in_days=run([one.high < price for one in days.values()][:-1]) or None,
    )


def run(truths: list[bool]) -> int:
    """How many of the last ones are true, without a gap."""
    count = 0
    for truth in reversed(truths):
        if not truth:
            break
        count += 1
    return count


PRICES = st.lists(st.integers(0, 6), min_size=1, max_size=3)
CURRENCIES = st.sampled_from(("USD", "USD", "USD", "EUR"))


@st.composite
def histories(draw: st.DrawFn, listing_id: int = 1, kind: Kind = "price") -> list[DayFigures]:
    """Up to 12 days within 40, few prices, so that equal ones and new lows both are frequent."""
    days = sorted(draw(st.sets(st.integers(DAY - 40, DAY), max_size=12)))
    return [
        day_of(day, *draw(PRICES), currency=draw(CURRENCIES), kind=kind)._replace(
            listing_id=listing_id
        )
        for day in days
    ]
