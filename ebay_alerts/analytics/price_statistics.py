"""From a listing's daily figures to what its price did; pure.

Figures of one listing are never mixed across kinds (fixed price, bid) or currencies: each kind has
its own statistics, and they begin anew on the day from which the listing has its present currency.
Prices are the seller's own, in minor units, so an exchange rate makes no change. A day without
figures has the close of the last day before it. What is known of one day alone claims nothing.
"""

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import Literal, NamedTuple

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


def all_statistics(rows: Iterable[DayRow], on: int) -> Iterator[PriceStatistics]:
    """The statistics of every listing and kind as of the day `on`, one by one as rows come in.

    `rows` are in the order of listing, kind and day, none later than `on`; on the day of a new
    currency its figures stand last. Only one listing's rows are held. Raises ValueError for rows
    in another order of listings and kinds, and for later ones.
    """
    return (_statistics(stretch, on) for stretch in _latest_stretches(rows))


def _latest_stretches(rows: Iterable[DayRow]) -> Iterator[list[DayRow]]:
    """Of every listing and kind the rows since its present currency."""
    latest: list[DayRow] = []
    for _, days in groupby(rows, operator.itemgetter(0, 1, 2)):
        stretch = list(days)
        if latest and latest[0][:2] != stretch[0][:2]:
            if latest[0][:2] > stretch[0][:2]:
                raise ValueError("rows are not in the order of listing and kind")
            yield latest
        latest = stretch
    if latest:
        yield latest


def _statistics(stretch: Sequence[DayRow], on: int) -> PriceStatistics:
    """Of one listing's rows of one kind and currency."""
    listing_id, kind, currency, last_day, _, price, _, _ = stretch[-1]
    if last_day > on:
        raise ValueError(f"figures of a day after {on}: {last_day}")
    _, _, _, days, opens, closes, lows, highs = zip(*stretch, strict=True)
    return PriceStatistics(
        listing_id,
        kind,
        currency,
        price,
        _close_on(on - 1, days, closes),
        _close_on(on - 7, days, closes),
        _close_on(on - 30, days, closes),
        opens[0],
        on - days[0],
        _days_beyond(price, on, days, closes, lows, operator.le) or None,
        _days_beyond(price, on, days, closes, highs, operator.ge) or None,
    )


def _close_on(day: int, days: Sequence[int], closes: Sequence[int]) -> int | None:
    """The close of that day or of the last one before it."""
    known = bisect_right(days, day)
    return closes[known - 1] if known else None


def _days_beyond(
    price: int,
    on: int,
    days: Sequence[int],
    closes: Sequence[int],
    extremes: Sequence[int],
    reaches: Callable[[int, int], bool],
) -> int:
    """For how many days until the one before `on` no price reached this one.

    `extremes` are the lows or highs. A close holds until the next day with figures.
    """
    until = on
    for index in range(bisect_right(days, on - 1) - 1, -1, -1):
        if reaches(closes[index], price):
            return on - until
        if reaches(extremes[index], price):
            return on - 1 - days[index]
        until = days[index]
    return on - days[0]
