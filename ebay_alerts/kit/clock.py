"""The one clock of the process: everything that asks for the time asks here."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


_clock: Clock = SystemClock()


def now() -> datetime:
    return _clock.now()


def use(clock: Clock) -> Clock:
    """Make `clock` the process's clock and return the one it replaces."""
    global _clock
    previous, _clock = _clock, clock
    return previous
