"""What the prices of listings did over the days of a report; pure."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ebay_alerts.analytics.price_statistics import (
    DayRow,
    PriceChange,
    PriceStatistics,
    in_present_currency,
    statistics_of,
)


class Move(NamedTuple):
    """A listing's fixed price at the end of a report's last day beside the one it is compared with.

    Minor units of `currency`, and never the same. `was` is the close of the day from which the
    report begins, or the first close of a listing known only since. `known_days` and the others
    count back from the last day; for what they mean see `PriceStatistics`.
    """

    listing_id: int
    currency: str
    was: int
    now: int
    known_days: int
    lowest_in_days: int | None
    highest_in_days: int | None
    close_30_days_ago: int | None

    @property
    def change(self) -> PriceChange:
        return PriceChange(self.was, self.now, self.currency)

    @property
    def since_30_days_ago(self) -> PriceChange | None:
        if self.close_30_days_ago is None:
            return None
        return PriceChange(self.close_30_days_ago, self.now, self.currency)


def moves_of(rows: Iterable[DayRow], from_day: int, to_day: int) -> Iterator[Move]:
    """The listings whose price at the end of `to_day` is another one than at the end of `from_day`.

    `rows` are figures of fixed prices in the order of listing and day, none later than `to_day`;
    a listing's all, or as many as are kept.
    """
    for _, of_listing in groupby(rows, operator.itemgetter(0)):
        move = _move(in_present_currency(list(of_listing)), from_day, to_day)
        if move is not None:
            yield move


def _move(rows: Sequence[DayRow], from_day: int, to_day: int) -> Move | None:
    changed_on, price = _day(rows[-1]), _close(rows[-1])
    before = [row for row in rows if _day(row) <= from_day]
    was = _close(before[-1] if before else rows[0])
    if changed_on <= from_day or was == price:
        return None
    at_change, at_end = statistics_of(rows, changed_on), statistics_of(rows, to_day)
    assert at_change is not None, "there are rows"
    assert at_end is not None, "there are rows"
    held = to_day - changed_on
    return Move(
        at_end.listing_id,
        at_end.currency,
        was,
        price,
        at_end.known_days,
        _and_since(at_change.lowest_in_days, held),
        _and_since(at_change.highest_in_days, held),
        _older(at_end, from_day, to_day),
    )


def _day(row: DayRow) -> int:
    return row[3]


def _close(row: DayRow) -> int:
    return row[5]


def _and_since(days: int | None, held: int) -> int | None:
    """The price has held since its last change, so what it was the lowest of it still is."""
    return None if days is None else days + held


def _older(statistics: PriceStatistics, from_day: int, to_day: int) -> int | None:
    """The close of 30 days ago, unless the report itself looks back as far."""
    return statistics.close_30_days_ago if to_day - from_day < 30 else None
