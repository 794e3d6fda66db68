"""What is not told now though it happened: held back until a time, or not worth a word; pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ebay_alerts.alerts.fold import Figure, Line, LineKind, Told
from ebay_alerts.alerts.gates import Gates

# What is held for good has a due time all the same, for whoever ends that brings it forward.
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)
_MOVES = frozenset({LineKind.REPRICED, LineKind.ENTERED, LineKind.EXCEEDED})
Points = Sequence[tuple[datetime, Figure]]


def held_until(
    line: Line, told: Told | None, snoozed_until: datetime | None, gates: Gates, now: datetime
) -> datetime | None:
    """Until when a line is held back; None if it may be told now.

    A snooze of the listing holds whatever there is to tell. The re-arm time holds price changes
    that come within so many hours after one was told; news, returns and ends are told at once.
    """
    ends = [snoozed_until or now]
    if line.kind in _MOVES and told is not None and told.kind in _MOVES and told.at is not None:
        ends.append(told.at + timedelta(hours=gates.rearm_hours))
    latest = max(ends)
    return latest if latest > now else None


def is_too_high(line: Line, points: Points, gates: Gates, now: datetime) -> bool:
    """Whether a fall is told by nobody who asked for the lowest price of so many days.

    The price is held against every fixed price that the listing had at any moment of those days,
    the one with which they began among them, but for the present one since it was last set. It must
    be below all of them; where there is none, it passes. What comes within the limits by a fall is
    told all the same.
    """
    was, price = line.was, line.figure
    if not gates.lowest_in_days or line.kind is not LineKind.REPRICED or was is None:
        return False
    if price.minor >= was.minor:
        return False
    earlier = _earlier_prices(points, price, now - timedelta(days=gates.lowest_in_days))
    return any(price.minor >= minor for minor in earlier)


def _earlier_prices(points: Points, price: Figure, since: datetime) -> list[int]:
    """Those in the same currency that held at some time since then, before the present one."""
    while len(points) > 1 and points[-2][1] == points[-1][1]:
        points = points[:-1]
    ends = [at for at, _ in points[1:]]
    held = [figure for (_, figure), end in zip(points, ends, strict=False) if end > since]
    return [one.minor for one in held if one.currency == price.currency]
