"""When an alert's mails are due; pure.

Slots are multiples of the interval from the Unix epoch plus a phase per user, in elapsed time: one
user's alerts coincide, users spread. Slots are whole Unix seconds, so that the database can move
many alerts to their next slot in one statement.
"""

from datetime import UTC, datetime

MAX_INTERVAL_MINUTES = 43_200
# Knuth's multiplicative hash: neighbouring users get phases far apart.
_SPREAD = 2_654_435_761


def phase_of(user_id: int) -> int:
    """Seconds by which the slots of this user's alerts are shifted, the same for all of them."""
    return user_id * _SPREAD % (MAX_INTERVAL_MINUTES * 60)


def next_slot(now: datetime, interval_minutes: int, phase: int) -> int | None:
    """The first slot after `now`, in Unix seconds; None for an instant alert: it has no slots."""
    if interval_minutes == 0:
        return None
    seconds = interval_minutes * 60
    second = int(now.timestamp())
    return second - (second - phase) % seconds + seconds


def first_slot(now: datetime, interval_minutes: int, phase: int) -> int:
    """The slot of an alert that begins or was edited; an instant one is due now and looks itself.

    Whoever wakes alerts at this moment cannot yet see that it is one to be woken.
    """
    slot = next_slot(now, interval_minutes, phase)
    return int(now.timestamp()) if slot is None else slot


def slot_time(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
