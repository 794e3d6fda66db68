"""When an alert's mails are due; pure.

Slots are multiples of the interval from the Unix epoch plus a phase per user, in elapsed time: one
user's alerts coincide, users spread. Slots are whole Unix seconds, so that the database can move
many alerts to their next slot in one statement.

An instant alert has no slots of its own: its news is due at once after a quiet spell, else a little
later, together with what follows. A user's instant mails of an hour are limited; near the limit
their news comes together at longer distances (a flood).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

MAX_INTERVAL_MINUTES = 43_200
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


def flood_end(now: datetime, user_mails: Sequence[datetime], limit: int) -> datetime | None:
    """Until when what a user's instant alerts find comes together; None while there is no flood."""
    return _flood_end(_within_window(user_mails, now), limit)


def _within_window(user_mails: Sequence[datetime], now: datetime) -> list[datetime]:
    return [at for at in user_mails if at > now - FLOOD_WINDOW]


def _flood_end(recent: Sequence[datetime], limit: int) -> datetime | None:
    """When so many of them are over an hour old that the next may leave at once."""
    over = len(recent) - at_once_share(limit)
    return recent[over] + FLOOD_WINDOW if over >= 0 else None
