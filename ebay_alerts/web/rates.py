"""How often something may happen: counted by Django's cache, in windows of a fixed length.

Where that is Redis, all web processes count together; else each counts for itself. A cache that is
away refuses nobody: a limit is worth less than the service.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache

from ebay_alerts.kit import clock

# Without an answer of the cache nothing is counted for so long, so that no call waits for it.
_REST = timedelta(seconds=10)
_resting_until: datetime | None = None

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rate:
    """At most `most` of a kind in each window of so many seconds; 0 for any number."""

    kind: str
    most: int
    seconds: int

    def seconds_left(self, now: datetime) -> int:
        """Until the next window begins, 1 at least."""
        return max(self.seconds - int(now.timestamp()) % self.seconds, 1)

    def _key(self, whose: str, now: datetime) -> str:
        return f"rate:{self.kind}:{whose}:{int(now.timestamp()) // self.seconds}"

    def count(self, whose: str, now: datetime) -> int:
        """Count one more of this window, and return how many that makes."""
        return _add(self._key(whose, now), self.seconds_left(now)) if self.most else 0

    def is_used_up(self, whose: str, now: datetime) -> bool:
        """Whether this window has had as many as it may."""
        return bool(self.most) and _counted(self._key(whose, now)) >= self.most


def _add(key: str, seconds: int) -> int:
    if _is_resting():
        return 0
    try:
        cache.add(key, 0, timeout=seconds)
        return int(cache.incr(key))
    except ValueError:  # dropped between the two
        return 1
    except Exception:  # noqa: BLE001 - each driver has errors of its own
        return _rest()


def _counted(key: str) -> int:
    if _is_resting():
        return 0
    try:
        return int(cache.get(key, 0))
    except Exception:  # noqa: BLE001 - each driver has errors of its own
        return _rest()


def _is_resting() -> bool:
    return _resting_until is not None and clock.now() < _resting_until


def _rest() -> int:
    """Nothing counted; whatever the cache's driver raised, it is its own."""
    global _resting_until
    _resting_until = clock.now() + _REST
    log.warning("rates not counted: the cache is away", exc_info=True)
    return 0
