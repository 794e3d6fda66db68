"""What the quota of calls allows at a moment; pure decisions.

eBay gives an application so many calls until a reset (5,000 a day for the Browse API). A window is
the time up to one reset. Each purpose of a call has a ceiling: how much of the window's limit may
be spent once its call is made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The resource of eBay's that searches and looks at single items count against.
BROWSE = "buy.browse"
# "Browse API, all methods but getItems: 5,000 calls a day" (eBay, API call limits).
DOCUMENTED_LIMIT = 5_000
WINDOW = timedelta(days=1)
# Nothing is asked so shortly after a reset: eBay's clock and ours differ.
AFTER_RESET = timedelta(seconds=5)
# Of a whole window's limit, kept from refreshes for who waits at this moment; what remains of it
# is given free evenly as the reset comes near.
KEPT = 0.10
# Never spent: calls on their way while eBay counted are missing in what it tells.
MARGIN = 0.002
# Fills that a person waits for and checks go ahead of everything up to this share of the limit;
# beyond it they are paced like the rest, so they can starve nobody.
URGENT_SHARE = 0.5
# While fills of an import wait, they get this share of the calls beside refreshes that are due.
FILL_SHARE = 0.5
# Between two plans at most this share of what is left is spent on refreshes: a plan that has not
# seen a sudden demand does no harm.
BETWEEN_PLANS = 0.10
# How far the pace may be behind, in seconds of calls, and still be caught up with at once.
CATCH_UP = timedelta(hours=1)
# eBay is asked what is left this often while calls are made, and as often whether it tells again.
CORRECT_EVERY = timedelta(minutes=10)


class Purpose(StrEnum):
    """What a call is for: a person or a doubt that waits, or refreshing and filling in turn."""

    URGENT = "urgent"
    ROUTINE = "routine"


@dataclass(frozen=True)
class Told:
    """What eBay says of the quota (getRateLimits)."""

    limit: int
    remaining: int
    reset_at: datetime

    @property
    def spent(self) -> int:
        return max(self.limit - self.remaining, 0)


@dataclass(frozen=True)
class Window:
    """One window as the ledger has it; `spent` counts calls made and calls reserved."""

    limit: int
    spent: int
    urgent_spent: int
    reset_at: datetime

    @property
    def usable(self) -> int:
        return self.limit - int(self.limit * MARGIN)


@dataclass(frozen=True)
class Pace:
    """The line that refreshes keep below, from the last plan on.

    While calls are short (`is_scarce`) it rises evenly, so that they last until the reset;
    otherwise refreshes may take what they want.
    """

    planned_at: datetime
    calls: float
    calls_per_second: float
    is_scarce: bool


def ceiling(purpose: Purpose, window: Window, pace: Pace | None, now: datetime) -> int:
    """Up to which `spent` a call of this purpose may be reserved; 0 once the reset has come."""
    if now >= window.reset_at:
        return 0
    if purpose is Purpose.URGENT and window.urgent_spent < window.limit * URGENT_SHARE:
        return window.usable
    hard = window.usable - kept(window, now)
    return min(hard, int(_line(pace, hard, now))) if pace else hard


def kept(window: Window, now: datetime) -> int:
    """The calls that refreshes leave to who waits at this moment."""
    left = min(max((window.reset_at - now) / WINDOW, 0.0), 1.0)
    return int(window.limit * KEPT * left)


def _line(pace: Pace, hard: int, now: datetime) -> float:
    if not pace.is_scarce:
        return pace.calls + max((hard - pace.calls) * BETWEEN_PLANS, 1)
    return pace.calls + pace.calls_per_second * max((now - pace.planned_at).total_seconds(), 0)


def next_pace(
    before: Pace | None, window: Window, rate: float, is_scarce: bool, now: datetime
) -> Pace:
    """The line from now on: it goes on where it was, neither below what is spent nor far above."""
    calls = float(window.spent)
    if before and before.is_scarce and is_scarce:
        latest = window.spent + max(rate * CATCH_UP.total_seconds(), 1)
        calls = min(max(_line(before, window.usable, now), calls), latest)
    return Pace(now, calls, rate, is_scarce)


def unused_calls(pace: Pace | None, window: Window, now: datetime) -> int:
    """By how many calls refreshes are behind the line: what was put off may come sooner."""
    if pace is None or not pace.is_scarce:
        return 0
    hard = window.usable - kept(window, now)
    return max(min(hard, int(_line(pace, hard, now))) - window.spent, 0)


def left_for_refreshes(window: Window, now: datetime) -> int:
    return max(window.usable - kept(window, now) - window.spent, 0)


def sustained(window: Window, now: datetime) -> tuple[float, float]:
    """(calls, seconds) to plan intervals by: the rest of this window, and a whole one after it.

    Intervals are longer than what is left of a day, and a day that was spent early is no reason
    to put everything off for weeks.
    """
    seconds = max((window.reset_at - now + WINDOW).total_seconds(), 1.0)
    return left_for_refreshes(window, now) + window.usable * (1 - KEPT / 2), seconds


def must_correct(
    asked_at: datetime | None, has_called: bool, window: Window | None, now: datetime
) -> bool:
    """Whether eBay should be asked what is left: in a new window, and now and then after calls."""
    if window is None or asked_at is None or now >= window.reset_at + AFTER_RESET:
        return True
    return has_called and now - asked_at >= CORRECT_EVERY


def next_reset(last: datetime | None, now: datetime) -> datetime:
    """When a window ends of which eBay tells nothing: whole days after the last known reset."""
    if last is None:
        return now + WINDOW
    if last > now:
        return last
    return last + WINDOW * ((now - last) // WINDOW + 1)
