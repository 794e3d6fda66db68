"""Python's garbage collector, paused where much is made that holds no cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_guard = Lock()
_pauses = 0
_was_on = False


@contextmanager
def paused_collector() -> Iterator[None]:
    """No search for cycles meanwhile, in the whole process; what has no cycles is freed as ever.

    For bounded work alone: cycles pile up. Threads may pause it at once; the last one turns it on
    again, if it was on.
    """
    global _pauses, _was_on
    with _guard:
        if not _pauses:
            _was_on = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _guard:
            _pauses -= 1
            if not _pauses and _was_on:
                gc.enable()
