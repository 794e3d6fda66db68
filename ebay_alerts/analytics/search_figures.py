"""The figures of a search on each day, walked from day to day; pure.

Only days on which something changed are told, and a day costs what changed on it: the prices of
the listings found are kept sorted all along.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Stay(NamedTuple):
    """The days over which a search found a listing; `until_day` is None while it does."""

    listing_id: int
    since_day: int
    until_day: int | None


# A listing's fixed price at the end of a day; it holds until the next. Search, listing, day,
# currency and minor units: a plain tuple, since there are millions.
Close = tuple[int, int, int, str, int]


class SearchFigures(NamedTuple):
    """How a search stood at the end of a day.

    `priced` counts the fixed prices in `currency`, the most frequent one.
    """

    day: int
    live: int
    appeared: int
    gone: int
    currency: str
    priced: int
    p10: int | None
    median: int | None
    p90: int | None


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many per cent do not exceed; None of none.

    The nearest-rank definition: https://en.wikipedia.org/wiki/Percentile
    """
    if not ordered:
        return None
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def walk(stays: Iterable[Stay], closes: Iterable[Close], from_day: int) -> Iterator[SearchFigures]:
    """The figures of every day from `from_day` on which anything changed, in order.

    `stays` are those that reach into the time from then on; `closes` are, of each of their
    listings, the last one before and all since.
    """
    days: dict[int, _Day] = defaultdict(_Day)
    for close in closes:
        days[close[2]].closes.append(close)
    for listing_id, since_day, until_day in stays:
        days[max(since_day, from_day - 1)].joins.append(listing_id)
        if until_day is not None:
            days[until_day].parts.append(listing_id)
    state = _State()
    for day in sorted(days):
        changes = days[day]
        if state.take(changes) and day >= from_day:
            yield state.figures(day, changes)


class _Day:
    """What changes on a day."""

    __slots__ = ("closes", "joins", "parts")

    def __init__(self) -> None:
        self.joins: list[int] = []
        self.parts: list[int] = []
        self.closes: list[Close] = []


class _State:
    """The listings that a search finds, and their prices in order, by currency."""

    def __init__(self) -> None:
        # A listing may be left and found again within a day: then it is counted twice for a while.
        self._stays: dict[int, int] = {}
        self._prices: dict[int, tuple[str, int]] = {}
        self._ordered: dict[str, list[int]] = defaultdict(list)

    def take(self, day: _Day) -> bool:
        """Apply a day; whether it concerns the search."""
        is_concerned = bool(day.joins or day.parts)
        for _, listing_id, _, currency, minor in day.closes:
            if listing_id in self._stays:
                is_concerned = True
                self._leave(listing_id)
                insort(self._ordered[currency], minor)
            self._prices[listing_id] = (currency, minor)
        for listing_id in day.joins:
            times = self._stays[listing_id] = self._stays.get(listing_id, 0) + 1
            if times == 1:
                self._enter(listing_id)
        for listing_id in day.parts:
            self._stays[listing_id] -= 1
            if not self._stays[listing_id]:
                del self._stays[listing_id]
                self._leave(listing_id)
        return is_concerned

    def figures(self, day: int, changes: _Day) -> SearchFigures:
        count, currency = max(
            ((len(some), name) for name, some in self._ordered.items()), default=(0, "")
        )
        ordered = self._ordered[currency] if count else []
        return SearchFigures(
            day=day,
            live=len(self._stays),
            appeared=len(changes.joins),
            gone=len(changes.parts),
            currency=currency if ordered else "",
            priced=len(ordered),
            p10=nearest_rank(ordered, 10),
            median=nearest_rank(ordered, 50),
            p90=nearest_rank(ordered, 90),
        )

    def _enter(self, listing_id: int) -> None:
        price = self._prices.get(listing_id)
        if price is not None:
            insort(self._ordered[price[0]], price[1])

    def _leave(self, listing_id: int) -> None:
        price = self._prices.get(listing_id)
        if price is not None:
            ordered = self._ordered[price[0]]
            del ordered[bisect_left(ordered, price[1])]
