"""When an alert's mails are due; pure.

Slots are multiples of the interval from the Unix epoch plus a phase per user, in elapsed time: one
user's alerts coincide, users spread. Slots are whole Unix seconds, so that the database can move
many alerts to their next slot in one statement.

Instead of an interval an alert may have a time of day on some weekdays, by the clock on its user's
wall. A time that the clock skips is right after the gap, one that it shows twice is the first.

An instant alert has no slots of its own: its news is due at once after a quiet spell, else a little
later, together with what follows. A user's instant mails of an hour are limited; near the limit
their news comes together at longer distances (a flood).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import NamedTuple

from ebay_alerts.accounts.schedule import first_at, local_date, zone_of

MAX_INTERVAL_MINUTES = 43_200
DAY_MINUTES = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What an instant alert finds within this time of its last mail goes together.
QUIET_SPELL = timedelta(seconds=10)
# The time over which a user's instant mails are counted.
FLOOD_WINDOW = timedelta(hours=1)
# In a flood a user gets instant mails at most this often.
FLOOD_DIGEST_EVERY = timedelta(minutes=15)
# Knuth's multiplicative hash: neighbouring users get phases far apart.
_SPREAD = 2_654_435_761


def phase_of(user_id: int) -> int:
    """Seconds by which the slots of this user's alerts are shifted, the same for all of them."""
    return user_id * _SPREAD % (MAX_INTERVAL_MINUTES * 60)


class WallTime(NamedTuple):
    """A time of day, in minutes from midnight, on the weekdays whose bits are set (Monday's is 1;
    none stands for every day), by the clocks of a time zone."""

    minute: int
    weekdays: int
    time_zone: str


def weekday_bits(names: Collection[str]) -> int:
    """0 for every day, however that is said."""
    bits = sum(1 << number for number, name in enumerate(WEEKDAYS) if name in names)
    return bits if bits < (1 << len(WEEKDAYS)) - 1 else 0


def weekday_names(bits: int) -> list[str]:
    return [name for number, name in enumerate(WEEKDAYS) if bits & 1 << number]


def next_wall_slot(now: datetime, wall: WallTime) -> int:
    """The first moment after `now` at which that time comes there, in Unix seconds.

    Each date has one; that of a date which a place skipped is right after the gap.
    """
    zone, clock = zone_of(wall.time_zone), time(*divmod(wall.minute, 60))
    day = local_date(now, wall.time_zone) - timedelta(days=1)  # clocks may go back over midnight
    while True:
        if not wall.weekdays or wall.weekdays & 1 << day.weekday():
            at = first_at(datetime.combine(day, clock), zone)
            if at > now:
                return int(at.timestamp())
        day += timedelta(days=1)


def next_slot(
    now: datetime, interval_minutes: int, phase: int, wall: WallTime | None = None
) -> int | None:
    """The first slot after `now`, in Unix seconds; None for an instant alert: it has no slots."""
    if wall is not None:
        return next_wall_slot(now, wall)
    if interval_minutes == 0:
        return None
    seconds = interval_minutes * 60
    second = int(now.timestamp())
    return second - (second - phase) % seconds + seconds


def first_slot(
    now: datetime, interval_minutes: int, phase: int, wall: WallTime | None = None
) -> int:
    """The slot of an alert that begins or was edited; an instant one is due now and looks itself.

    Whoever wakes alerts at this moment cannot yet see that it is one to be woken.
    """
    slot = next_slot(now, interval_minutes, phase, wall)
    return int(now.timestamp()) if slot is None else slot


def slot_time(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)


def at_once_share(limit: int) -> int:
    """How many of a user's `limit` mails an hour leave at once.

    The others are kept for the flood: one every `FLOOD_DIGEST_EVERY` fits in.
    """
    return limit - min(FLOOD_WINDOW // FLOOD_DIGEST_EVERY, limit // 2)


def instant_slot(
    now: datetime,
    last_mail_at: datetime | None,
    user_mails: Sequence[datetime],
    limit: int,
    beside: int = 0,
) -> int:
    """When an instant alert that has news may mail, in Unix seconds; not after `now` if at once.

    `last_mail_at` is of this alert, so that one alert's chatter holds up no other alert.
    `user_mails` are when the user's instant mails were built, oldest first; `beside` are more of
    them that are built at this very moment: what goes together counts, and does not wait.
    """
    moment = now if last_mail_at is None else max(now, last_mail_at + QUIET_SPELL)
    recent = _within_window(user_mails, now)
    ends_at = _flood_end(recent, limit)
    if ends_at:
        moment = max(moment, min(recent[-1] + FLOOD_DIGEST_EVERY, ends_at))
    counted = [*recent, *[now] * beside]
    if len(counted) >= limit:
        moment = max(moment, counted[-limit] + FLOOD_WINDOW)
    return int(now.timestamp()) if moment <= now else ceil(moment.timestamp())


class Flood(NamedTuple):
    """That what a user's alerts find comes together until then, for more than `limit` mails an hour
    would leave: mails of all alerts, or of the instant ones."""

    until: datetime
    limit: int
    is_of_all: bool


def flood_of(
    now: datetime, mails: Sequence[datetime], limit: int, *, is_of_all: bool = False
) -> Flood | None:
    """The flood that these mails, oldest first, are; no limit (0) knows none."""
    until = flood_end(now, mails, limit) if limit else None
    return Flood(until, limit, is_of_all) if until else None


def flood_end(now: datetime, user_mails: Sequence[datetime], limit: int) -> datetime | None:
    """Until when what a user's instant alerts find comes together; None while there is no flood."""
    return _flood_end(_within_window(user_mails, now), limit)


def _within_window(user_mails: Sequence[datetime], now: datetime) -> list[datetime]:
    return [at for at in user_mails if at > now - FLOOD_WINDOW]


def _flood_end(recent: Sequence[datetime], limit: int) -> datetime | None:
    """When so many of them are over an hour old that the next may leave at once."""
    over = len(recent) - at_once_share(limit)
    return recent[over] + FLOOD_WINDOW if over >= 0 else None
