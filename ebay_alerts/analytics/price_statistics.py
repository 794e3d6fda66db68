"""From a listing's daily figures to what its price did; pure.

Figures of one listing are never mixed across kinds (fixed price, bid) or currencies: each kind has
its own statistics, and they begin anew on the day from which the listing has its present currency.
Prices are the seller's own, in minor units, so an exchange rate makes no change. A day without
figures has the close of the last day before it. What is known of one day alone claims nothing.
"""

import operator
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal, NamedTuple

from ebay_alerts.kit.money import Money

Kind = Literal["bid", "price"]


class DayFigures(NamedTuple):
    """What a listing cost on one day, in minor units; `day` counts as `date.toordinal` does.

    On the day of a new currency only what holds from then on counts.
    """

    listing_id: int
    kind: Kind
    currency: str
    day: int
    open: int
    close: int
    low: int
    high: int


# A row as a database gives it: `DayFigures` without its name, read a million times.
DayRow = tuple[int, Kind, str, int, int, int, int, int]
_Columns = tuple[tuple[Any, ...], ...]


class Movement(StrEnum):
    """Which way a price went."""

    FALL = "fall"
    RISE = "rise"
    UNCHANGED = "unchanged"


class PriceChange(NamedTuple):
    """A price then and a price now, in minor units of one currency."""

    was: int
    now: int
    currency: str

    @property
    def movement(self) -> Movement:
        if self.now == self.was:
            return Movement.UNCHANGED
        return Movement.FALL if self.now < self.was else Movement.RISE

    @property
    def difference(self) -> Money:
        """Below zero for a fall."""
        return Money(self.now - self.was, self.currency)

    @property
    def ratio(self) -> Fraction | None:
        """The difference as an exact share of the price then; None if that was zero."""
        return Fraction(self.now - self.was, self.was) if self.was else None

    def per_cent(self, places: int = 1) -> Decimal | None:
        """The ratio in per cent, for display: rounded half even, once, from the exact value."""
        if self.ratio is None:
            return None
        return Decimal(round(self.ratio * 100 * 10**places)).scaleb(-places)


class PriceStatistics(NamedTuple):
    """What a listing's price of one kind did until a day; in minor units of `currency`.

    A close is None where the listing was not known on that day in this currency; `first_price` is
    the first one known. `lowest_in_days` says for how many days before this one every price was
    dearer, `highest_in_days` for how many cheaper; None if the day before was not.
    """

    listing_id: int
    kind: Kind
    currency: str
    price: int
    previous_close: int | None
    close_7_days_ago: int | None
    close_30_days_ago: int | None
    first_price: int
    known_days: int
    lowest_in_days: int | None
    highest_in_days: int | None

    @property
    def since_previous_close(self) -> PriceChange | None:
        return self._change_from(self.previous_close)

    @property
    def since_7_days_ago(self) -> PriceChange | None:
        return self._change_from(self.close_7_days_ago)

    @property
    def since_30_days_ago(self) -> PriceChange | None:
        return self._change_from(self.close_30_days_ago)

    @property
    def since_first_seen(self) -> PriceChange | None:
        """None on the first day itself."""
        return self._change_from(self.first_price) if self.known_days else None

    @property
    def is_new_low(self) -> bool:
        return self.lowest_in_days is not None

    @property
    def is_new_high(self) -> bool:
        return self.highest_in_days is not None

    @property
    def is_new_low_ever(self) -> bool:
        """Every earlier price was dearer, on all of the `known_days`."""
        return self.is_new_low and self.lowest_in_days == self.known_days

    @property
    def is_new_high_ever(self) -> bool:
        return self.is_new_high and self.highest_in_days == self.known_days

    def _change_from(self, was: int | None) -> PriceChange | None:
        return None if was is None else PriceChange(was, self.price, self.currency)


def statistics_of(figures: Iterable[DayRow], on: int) -> PriceStatistics | None:
    """The statistics of one listing and kind as of the day `on`; None without figures.

    `figures` are in the order of their days, none later than `on`. Raises ValueError for later
    ones, and for those of several listings or kinds.
    """
    statistics = list(all_statistics(figures, on))
    if len(statistics) > 1:
        raise ValueError("figures of several listings or kinds")
    return statistics[0] if statistics else None


def in_present_currency(rows: Sequence[DayRow]) -> Sequence[DayRow]:
    """The last rows of one listing and kind, from the day on from which its currency is this."""
    since = len(rows)
    while since and rows[since - 1][2] == rows[-1][2]:
        since -= 1
    return rows[since:]


def all_statistics(rows: Iterable[DayRow], on: int) -> Iterator[PriceStatistics]:
    """The statistics of every listing and kind as of the day `on`, one by one as rows come in.

    `rows` are in the order of listing, kind and day, none later than `on`; on the day of a new
    currency its figures stand last. Only one listing's rows are held. Raises ValueError for later
    rows, and for another order as far as the listings, their kinds and their last days show it.
    """
    latest_id = None
    for listing_id, of_listing in groupby(rows, operator.itemgetter(0)):
        if latest_id is not None and listing_id < latest_id:
            raise ValueError(f"listing {listing_id} comes after listing {latest_id}")
        latest_id = listing_id
        columns = tuple(zip(*of_listing, strict=True))
        kinds, currencies = columns[1], columns[2]
        if kinds.count(kinds[0]) == len(kinds) == currencies.count(currencies[0]):
            yield _statistics(columns, on)
        else:
            yield from (_statistics(one, on) for one in _present_currencies(columns))


def _present_currencies(columns: _Columns) -> Iterator[_Columns]:
    """One listing's columns of each kind, since the present currency of that kind."""
    if list(columns[1]) != sorted(columns[1]):
        raise ValueError(f"rows of listing {columns[0][0]} are not in the order of their kinds")
    for _, of_kind in groupby(zip(*columns, strict=True), operator.itemgetter(1)):
        of_currencies = (list(rows) for _, rows in groupby(of_kind, operator.itemgetter(2)))
        yield tuple(zip(*deque(of_currencies, maxlen=1)[0], strict=True))


def _statistics(columns: _Columns, on: int) -> PriceStatistics:
    """Of one listing, kind and currency. A million rows pass here, so columns are searched as a
    whole, and only those days are looked at one by one that a new low or high takes.
    """
    ids, kinds, currencies, days, opens, closes, lows, highs = columns
    if not days[0] <= days[-1] <= on:
        raise ValueError(f"days of listing {ids[0]} are not in order or later than {on}: {days}")
    price = closes[-1]
    known = len(days) - (days[-1] == on)
    known_7, known_30 = bisect_right(days, on - 7), bisect_right(days, on - 30)
    previous_close = closes[known - 1] if known else None
    lowest_in_days = highest_in_days = None
    if previous_close is not None and price < previous_close:
        lowest_in_days = _days_beyond(price, on, known, days, closes, lows, operator.le)
    elif previous_close is not None and price > previous_close:
        highest_in_days = _days_beyond(price, on, known, days, closes, highs, operator.ge)
    return PriceStatistics(
        ids[0],
        kinds[0],
        currencies[0],
        price,
        previous_close,
        closes[known_7 - 1] if known_7 else None,
        closes[known_30 - 1] if known_30 else None,
        opens[0],
        on - days[0],
        lowest_in_days,
        highest_in_days,
    )


def _days_beyond(
    price: int,
    on: int,
    known: int,
    days: Sequence[int],
    closes: Sequence[int],
    extremes: Sequence[int],
    reaches: Callable[[int, int], bool],
) -> int | None:
    """For how many days until the one before `on` no price reached this one; None for none.

    The first `known` figures are those before `on`; `extremes` are the lows or highs. A close
    holds until the next day with figures.
    """
    until = on
    for index in range(known - 1, -1, -1):
        if reaches(extremes[index], price):
            is_carried = reaches(closes[index], price)
            return (on - until if is_carried else on - 1 - days[index]) or None
        until = days[index]
    return on - days[0]
