"""How fast the machine is at the moment, to stand beside absolute figures."""

import time

ROUNDS, NUMBERS = 5, 500_000


def calibration_ms() -> float:
    """Milliseconds of a fixed loop of Python's, the best of some."""
    return round(min(_seconds() for _ in range(ROUNDS)) * 1000, 1)


def _seconds() -> float:
    began = time.perf_counter()
    sum(number * number for number in range(NUMBERS))
    return time.perf_counter() - began
