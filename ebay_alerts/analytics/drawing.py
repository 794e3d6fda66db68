"""A chart as SVG: one line, a soft band, three labels of money, first and last value; pure.

Its text holds only characters of the font that ships with it: letters of ASCII, figures and the
signs of currencies. What is not smoothed (the band, the grid) makes the PNG a sixth smaller.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import TypeVar

from babel.dates import format_date
from babel.numbers import get_currency_precision

from ebay_alerts.analytics.axes import Scale, round_scale
from ebay_alerts.kit.money import Money, format_money, format_whole_money

# Twice the size in which a mail shows it, for dense screens: 280 by 84 fit a mail of 320.
WIDTH, HEIGHT = 560, 168
PAPER = "#ffffff"

# The colours of mails in the light; on its own paper the chart stands as well in a dark one.
_INK, _MUTED, _LINE = "#1a1d21", "#586069", "#dde2e8"
_ACCENT, _BAND = "#0b57c2", "#d9e5f7"
_SIZE = 22
_EDGE, _GAP, _DOT = 12, 8, 6
_TOP, _BOTTOM, _BASELINE = 22.0, 114.0, HEIGHT - 16
# Advances in parts of the size, rounded up; the font's figures are all as wide.
_NARROW, _NARROW_ADVANCE, _ADVANCE = frozenset(".,: "), 0.28, 0.67
_CRISP = 'shape-rendering="crispEdges"'
# The median is what the chart is about: of a band the chart shows as much as leaves it legible.
_LEAST_RANGE = 0.2
_BAND_RANGES = 1.5
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
    f' viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Inter" font-weight="500" font-size="{_SIZE}">'
)

Line = Sequence[tuple[date, int]]
Band = Sequence[tuple[date, int, int]]
_Day = TypeVar("_Day", tuple[date, int], tuple[date, int, int])


@dataclass(frozen=True)
class Curve:
    """Prices of two days or more, in order and in minor units; `band` is empty or as long."""

    currency: str
    until: date
    line: Line
    band: Band


@dataclass(frozen=True)
class _Frame:
    """Where days and prices stand in the picture."""

    left: float
    first: date
    days: int
    scale: Scale

    def x(self, on: date) -> float:
        width = WIDTH - _EDGE - _DOT - self.left
        return self.left + width * (on - self.first).days / self.days

    def y(self, minor: int) -> float:
        """A price beyond the scale, as a band may have, ends a little beyond it."""
        share = (minor - self.scale.low) / (self.scale.high - self.scale.low)
        return _BOTTOM - (_BOTTOM - _TOP) * min(max(share, -0.06), 1.06)


def draw_curve(curve: Curve) -> str:
    """The chart as SVG text; its paper is left to who renders it."""
    scale = round_scale(*_range(curve))
    labels = _label_words(scale, curve.currency)
    left = _EDGE + max(map(_width, labels)) + _GAP + _DOT
    first = curve.line[0][0]
    frame = _Frame(left, first, (curve.until - first).days, scale)
    pieces = [
        _HEAD,
        *_bands(frame, curve.band),
        *_axis(frame, labels),
        *_lines(frame, curve.line),
        *_dots(frame, curve.line),
        *_ends(frame, curve),
        "</svg>",
    ]
    return "".join(pieces)


# What a page's own colours, light or dark, stand in for.
_THEME = {
    _INK: "ink",
    _MUTED: "muted",
    _LINE: "line",
    _ACCENT: "accent",
    _BAND: "band",
    PAPER: "paper",
}


def themed(svg: str) -> str:
    """A drawing in the colours of the page that it stands in."""
    for colour, name in _THEME.items():
        svg = svg.replace(f'"{colour}"', f'"var(--{name})"')
    return svg


def _range(curve: Curve) -> tuple[int, int]:
    """What the axis must show: all of the line, and of the band what leaves the line legible."""
    prices = [minor for _, minor in curve.line]
    low, high = min(prices), max(prices)
    reach = max(high - low, int(high * _LEAST_RANGE))
    if not curve.band:
        middle = (low + high) // 2
        return max(0, min(low, middle - reach // 2)), max(high, middle + reach // 2)
    room = int(reach * _BAND_RANGES)
    lowest = min(low, *(p10 for _, p10, _ in curve.band))
    highest = max(high, *(p90 for _, _, p90 in curve.band))
    return max(0, lowest, low - room), max(high, min(highest, high + room))


def _axis(frame: _Frame, labels: Sequence[str]) -> Iterator[str]:
    start, end = round(frame.left - _DOT), WIDTH - _EDGE
    for minor, words in zip(frame.scale.labels, labels, strict=True):
        y = round(frame.y(minor))
        yield f'<path d="M{start} {y - 1}H{end}v2H{start}Z" fill="{_LINE}" {_CRISP}/>'
        yield _text(start - _GAP, y + _SIZE * 0.36, words, "end", _MUTED)


def _bands(frame: _Frame, band: Band) -> Iterator[str]:
    for run in _runs(band):
        upper = [f"{frame.x(on):.1f} {frame.y(p90):.1f}" for on, _, p90 in run]
        lower = [f"{frame.x(on):.1f} {frame.y(p10):.1f}" for on, p10, _ in reversed(run)]
        # A day by itself has no width but that of its stroke.
        stroke = f' stroke="{_BAND}" stroke-width="6"' if len(run) == 1 else ""
        yield f'<path d="M{"L".join(upper + lower)}Z" fill="{_BAND}"{stroke} {_CRISP}/>'


def _lines(frame: _Frame, line: Line) -> Iterator[str]:
    """The line, dotted across days of which nothing is known."""
    runs = list(_runs(line))
    for before, after in pairwise(runs):
        yield _stroke(frame, [before[-1], after[0]], 'stroke-width="2.5" stroke-dasharray="0 7"')
    for run in runs:
        # A day by itself becomes a dot: a line to where it begins.
        yield _stroke(frame, [*run, run[-1]], 'stroke-width="4" stroke-linejoin="round"')


def _stroke(frame: _Frame, line: Line, style: str) -> str:
    way = "L".join(f"{frame.x(on):.1f} {frame.y(minor):.1f}" for on, minor in line)
    return f'<path d="M{way}" fill="none" stroke="{_ACCENT}" stroke-linecap="round" {style}/>'


def _dots(frame: _Frame, line: Line) -> Iterator[str]:
    """First and last value, the last one filled."""
    for (on, minor), fill in ((line[0], PAPER), (line[-1], _ACCENT)):
        yield (
            f'<circle cx="{frame.x(on):.1f}" cy="{frame.y(minor):.1f}" r="{_DOT}"'
            f' fill="{fill}" stroke="{_ACCENT}" stroke-width="3"/>'
        )


def _ends(frame: _Frame, curve: Curve) -> list[str]:
    """Day and price of both ends, below them."""
    first, last = (f"{_day(on)}: {_money(minor, curve.currency)}" for on, minor in _both(curve))
    start, end = frame.left - _DOT, WIDTH - _EDGE
    size = _SIZE * min(1, (end - start) / (_width(first) + 2 * _GAP + _width(last)))
    return [
        _text(start, _BASELINE, first, "start", _MUTED, size),
        _text(end, _BASELINE, last, "end", _INK, size),
    ]


def _both(curve: Curve) -> Line:
    return [curve.line[0], curve.line[-1]]


def _text(x: float, y: float, words: str, anchor: str, ink: str, size: float = _SIZE) -> str:
    own_size = f' font-size="{size:.1f}"' if size < _SIZE else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}"{own_size}>'
        f"{escape(words, quote=False)}</text>"
    )


def _runs(days: Sequence[_Day]) -> Iterator[list[_Day]]:
    """The days, cut where one is missing."""
    run: list[_Day] = []
    for day in days:
        if run and (day[0] - run[-1][0]).days > 1:
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _label_words(scale: Scale, currency: str) -> list[str]:
    unit = 10 ** get_currency_precision(currency)
    is_whole = all(minor % unit == 0 for minor in scale.labels)
    words = format_whole_money if is_whole else format_money
    return [_plain(words(Money(minor, currency))) for minor in scale.labels]


def _money(minor: int, currency: str) -> str:
    return _plain(format_money(Money(minor, currency)))


def _plain(words: str) -> str:
    """With common spaces: the font has no others."""
    return words.replace("\u202f", " ").replace("\xa0", " ")


def _width(words: str) -> float:
    narrow = sum(character in _NARROW for character in words)
    return _SIZE * (narrow * _NARROW_ADVANCE + (len(words) - narrow) * _ADVANCE)


@lru_cache(maxsize=100)
def _day(on: date) -> str:
    return format_date(on, "d MMM", locale="en_US")
