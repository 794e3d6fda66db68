"""Memory that threads free is given back: the C library keeps few heaps."""

import ctypes
import os
import sys

# glibc's malloc.h: how many heaps ("arenas") it makes, by itself eight a core. Each keeps what its
# threads freed, which came to a third of a worker's memory.
_M_ARENA_MAX = -8
HEAPS = 2


def keep_few_heaps() -> bool:
    """For this process, before it starts threads; whether the C library took it. What
    `MALLOC_ARENA_MAX` says goes before."""
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and mallopt(_M_ARENA_MAX, HEAPS) == 1
