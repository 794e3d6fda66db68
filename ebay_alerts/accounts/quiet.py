"""Quiet hours: the times of each night in which a user's alerts are held; pure.

On each date they begin at a time of the wall clock and end at the next time of the other kind,
after midnight where that is earlier. A time that the clock skips is the end of the gap, one that it
shows twice is the first: no night is quiet twice.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from ebay_alerts.accounts.schedule import first_at, local_date, zone_of

_DAY = timedelta(days=1)


class QuietHours(NamedTuple):
    """`since` and `until` are minutes from midnight and differ; by the clocks of a time zone."""

    since: int
    until: int
    time_zone: str

    def end_after(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold `at` end; None if none do. Their end is not in them."""
        ends = [end for begin, end in self._around(at) if begin <= at < end]
        return max(ends, default=None)

    def begin_after(self, at: datetime) -> datetime:
        """When the next ones begin, strictly after `at`."""
        return min(begin for begin, end in self._around(at) if begin > at and begin < end)

    def hold(self, slot: int) -> int:
        """That slot, in Unix seconds, or the end of the quiet hours it falls into."""
        end = self.end_after(datetime.fromtimestamp(slot, UTC))
        return slot if end is None else int(end.timestamp())

    def _around(self, at: datetime) -> list[tuple[datetime, datetime]]:
        today = local_date(at, self.time_zone)
        return [_night(today + number * _DAY, *self) for number in range(-2, 4)]


@lru_cache(maxsize=4096)
def _night(on: date, since: int, until: int, time_zone: str) -> tuple[datetime, datetime]:
    """The quiet hours that begin on that date; nothing is between them where a gap took them."""
    zone = zone_of(time_zone)
    begin = datetime.combine(on, time(*divmod(since, 60)))
    end_on = on if since < until else on + _DAY
    end = datetime.combine(end_on, time(*divmod(until, 60)))
    return first_at(begin, zone), first_at(end, zone)
