"""A search's median over thirty days as a line the size of a word; pure."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, EDGE = 120, 32, 4


class Sparkline(NamedTuple):
    """The path of an SVG of `WIDTH` by `HEIGHT`, and where its last point is."""

    path: str
    x: float
    y: float


def sparkline(points: Sequence[tuple[int, int]]) -> Sparkline | None:
    """Of days and prices, in order; None of fewer than two. A level line runs in the middle."""
    if len(points) < 2:
        return None
    prices = [minor for _, minor in points]
    low, high, first, last = min(prices), max(prices), points[0][0], points[-1][0]
    places = [
        (
            _placed(day, first, last, EDGE, WIDTH - EDGE),
            _placed(minor, low, high, HEIGHT - EDGE, EDGE),
        )
        for day, minor in points
    ]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    return Sparkline(path, *places[-1])


def _placed(value: int, least: int, most: int, start: int, end: int) -> float:
    if least == most:
        return (start + end) / 2
    return round(start + (end - start) * (value - least) / (most - least), 1)
