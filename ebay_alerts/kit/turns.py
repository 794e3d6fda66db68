"""Turns at the database: background writers of one process go one after the other, in order.

SQLite admits one writer and makes the others poll for the lock, which starves whoever polls at the
wrong moments. In one process a first-come-first-served lock in front of it gives every writer its
turn. Where the database admits many writers (PostgreSQL), turns are off and cost nothing.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident


class FairLock:
    """A lock handed over in the order in which it was asked for; the holder may re-enter."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._holder: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        with self._guard:
            if self._holder in (None, get_ident()):
                self._holder = get_ident()
                self._depth += 1
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()
        self._holder, self._depth = get_ident(), 1

    def release(self) -> None:
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                # Held by no thread until the woken one takes it: nobody slips in between.
                self._holder = -1
                self._waiting.popleft().release()
            else:
                self._holder = None


_lock = FairLock()
_in_use = False


def use_turns(in_use: bool) -> None:
    """Switch turns on (SQLite) or off (a database with many writers)."""
    global _in_use
    _in_use = in_use


def has_turns() -> bool:
    return _in_use


@contextmanager
def write_turn() -> Iterator[None]:
    """Hold the process's turn to write; open transactions inside it, and keep them short."""
    if not _in_use:
        yield
        return
    _lock.acquire()
    try:
        yield
    finally:
        _lock.release()
