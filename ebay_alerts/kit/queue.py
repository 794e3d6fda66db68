"""`enqueue()`: the one seam between "there is work" and whoever does it.

The database is the queue of record: due rows are found by whoever looks. A task put here is only a
hint to look now instead of at the next tick; losing it loses nothing. In embedded mode the hint
goes to a thread of this process, scaled out it is a Celery message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class Task:
    """A named piece of work: `run` does what is due and says how many rows it dealt with.

    It is called every `every`, and at once again while it finds as much as it takes in one go
    (`batch`). A hint has it run at once, unless it ended less than `rest` ago: what is hinted at
    meanwhile is done together, which costs less and leaves the others room.
    """

    name: str
    queue: str
    run: Callable[[], int]
    every: timedelta
    batch: int
    rest: timedelta = timedelta(0)


def run_each(*steps: Callable[[], int]) -> int:
    """Run every step, also after one that raised; then raise the first error, if any."""
    found, errors = 0, []
    for step in steps:
        try:
            found += step()
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)
    if errors:
        raise errors[0]
    return found


class TaskQueue(Protocol):
    def enqueue(self, name: str) -> None:
        """Hint that the task of that name has work. Never blocks for long, never raises."""

    def trouble(self) -> str:
        """Why hints do not get through at present; empty if they do. Takes seconds at most."""


class _NoQueue:
    def enqueue(self, name: str) -> None:
        """Dropped: the next tick of the scheduler finds the work."""

    def trouble(self) -> str:
        return ""


_queue: TaskQueue = _NoQueue()


def enqueue(name: str) -> None:
    _queue.enqueue(name)


def trouble() -> str:
    return _queue.trouble()


def use(queue: TaskQueue | None) -> None:
    """Send hints to `queue` from now on; None drops them."""
    global _queue
    _queue = queue or _NoQueue()
