"""When an auction is told before it ends; pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

# Ends that differ by less are one end.
SAME_END = timedelta(minutes=1)


class Reminder(NamedTuple):
    """What is planned, or was told, of one auction."""

    ends_at: datetime
    due_at: datetime
    told_at: datetime | None = None


def planned(ends_at: datetime, minutes: int, known: Reminder | None) -> Reminder | None:
    """The reminder as it should be; None if the known one stays. One that was told comes again only
    for another end."""
    due_at = ends_at - timedelta(minutes=minutes)
    if known is None or abs(known.ends_at - ends_at) >= SAME_END:
        return Reminder(ends_at, due_at)
    is_earlier = known.due_at < due_at  # a later one is looked at again
    if known.told_at is None and (known.ends_at != ends_at or is_earlier):
        return Reminder(ends_at, due_at)
    return None
