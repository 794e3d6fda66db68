"""How many users' digests one transaction builds, so that it stays short on SQLite."""

import time

from ebay_alerts.kit.turns import has_turns

FEWEST = 5
MOST = 100
# Others are to wait 50 ms at most for one who writes.
TARGET_SECONDS = 0.04


class TurnSize:
    """Follows what turns took: what a turn costs beside its users is shared by as many as fit.

    Time is the thread's own: a busy machine makes a turn longer, and smaller turns would make it
    busier still. Where the database admits many writers there is no need to be short. Threads may
    share one: at worst a turn is a little longer or shorter.
    """

    def __init__(self) -> None:
        self._fitting = FEWEST

    @property
    def users(self) -> int:
        return self._fitting if has_turns() else MOST

    def note(self, users: int, seconds: float) -> None:
        """A turn with so many users took so long."""
        if seconds > TARGET_SECONDS:
            fitting = int(users * TARGET_SECONDS / seconds)
        elif users >= self._fitting:
            fitting = self._fitting + FEWEST
        else:
            return  # a small turn does not say what a large one takes
        self._fitting = max(FEWEST, min(fitting, MOST))


class Stopwatch:
    """The time that this thread has worked since the watch was made."""

    def __init__(self) -> None:
        self._began = time.thread_time()

    @property
    def seconds(self) -> float:
        return time.thread_time() - self._began
