"""Draws a picture for a listing: its category's drawing on a soft ground, as a small PNG.

Mail clients show PNG, not SVG. The same category and number always give the same picture.
"""

import colorsys
import math
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from mock_ebay.catalogue_words import CATEGORIES, EVERYTHING_ELSE
from mock_ebay.glyphs import GLYPHS, Shape

SIZE = 400
_SHADES = 48
_BLOBS, _PAPER, _DEEP, _MIDDLE = _SHADES, _SHADES + 2, _SHADES + 3, _SHADES + 4
_COLOURS = {"a": _PAPER, "b": _DEEP, "c": _MIDDLE}

Rgb = tuple[int, int, int]
Span = tuple[int, float, float]


@lru_cache(maxsize=256)
def picture(category: str, number: int, at: int) -> bytes:
    """The picture `at` of a listing as PNG."""
    draw = Random(f"{category} {number} {at}")  # noqa: S311 - a picture, no secret
    kind = CATEGORIES.get(category, EVERYTHING_ELSE)
    hue = (kind.hue + draw.uniform(-16, 16) + (at * 23)) % 360 / 360
    if kind is EVERYTHING_ELSE:
        hue = draw.random()
    rows = _ground(draw)
    lean = draw.uniform(-0.05, 0.05)
    scale = draw.uniform(3.3, 3.8)
    ground = [bytes(row) for row in rows]
    for shape in GLYPHS[kind.glyph]:
        _paint(rows, ground, shape, scale, lean)
    return _png(rows, _palette(hue))


def _ground(draw: Random) -> list[bytearray]:
    """A gradient from top to bottom with two large soft discs."""
    rows = [bytearray([_shade(y)]) * SIZE for y in range(SIZE)]
    for blob in range(2):
        radius = draw.uniform(90, 190)
        centre = (draw.uniform(0, SIZE), draw.uniform(0, SIZE))
        for y, left, right in _ellipse(*centre, radius, radius):
            _fill(rows, y, left, right, _BLOBS + blob)
    return rows


def _shade(y: int) -> int:
    return y * _SHADES // SIZE


def _paint(
    rows: list[bytearray], ground: list[bytes], shape: Shape, scale: float, lean: float
) -> None:
    """Draw a shape of the 100 by 100 field, scaled about the middle and leaning a little."""
    for y, left, right in _spans(shape, scale):
        shift = (SIZE / 2 - y) * lean
        if shape.colour == "bg":
            start, stop = _columns(left + shift, right + shift)
            rows[y][start:stop] = ground[y][start:stop]
        else:
            _fill(rows, y, left + shift, right + shift, _COLOURS[shape.colour])


def _spans(shape: Shape, scale: float) -> Iterator[Span]:
    margin = SIZE / 2 - 50 * scale
    figures = shape.figures
    if shape.kind == "o":
        cx, cy, rx, ry = figures
        return _ellipse(
            cx * scale + margin, cy * scale + margin, max(1, rx * scale), max(1, ry * scale)
        )
    points = [figure * scale + margin for figure in figures]
    if shape.kind == "r":
        return _rounded(points[0], points[1], points[2], points[3], figures[4] * scale)
    return _polygon(list(zip(points[::2], points[1::2], strict=True)))


def _ellipse(cx: float, cy: float, rx: float, ry: float) -> Iterator[Span]:
    for y in range(max(0, math.ceil(cy - ry)), min(SIZE, math.floor(cy + ry) + 1)):
        half = rx * math.sqrt(max(0.0, 1 - ((y - cy) / ry) ** 2))
        yield y, cx - half, cx + half


def _rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> Iterator[Span]:
    for y in range(max(0, round(y0)), min(SIZE, round(y1))):
        into_corner = max(0.0, radius - min(y - y0, y1 - y))
        inset = radius - math.sqrt(max(0.0, radius**2 - into_corner**2))
        yield y, x0 + inset, x1 - inset


def _polygon(points: list[tuple[float, float]]) -> Iterator[Span]:
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    for y in range(max(0, round(top)), min(SIZE, round(bottom))):
        crossings = sorted(_crossings(edges, y + 0.5))
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            yield y, left, right


def _crossings(
    edges: list[tuple[tuple[float, float], tuple[float, float]]], y: float
) -> Iterator[float]:
    for (x0, y0), (x1, y1) in edges:
        if min(y0, y1) <= y < max(y0, y1):
            yield x0 + (y - y0) * (x1 - x0) / (y1 - y0)


def _fill(rows: list[bytearray], y: int, left: float, right: float, colour: int) -> None:
    start, stop = _columns(left, right)
    rows[y][start:stop] = bytes([colour]) * (stop - start)


def _columns(left: float, right: float) -> tuple[int, int]:
    """The columns of a span that lie inside the picture, as a slice."""
    start = min(SIZE, max(0, round(left)))
    return start, max(start, min(SIZE, round(right)))


def _palette(hue: float) -> list[Rgb]:
    ground = [_rgb(hue, 0.86 - 0.16 * i / _SHADES, 0.42) for i in range(_SHADES)]
    blobs = [_rgb(hue + 0.04, 0.83, 0.5), _rgb(hue - 0.05, 0.79, 0.46)]
    return [
        *ground,
        *blobs,
        _rgb(hue, 0.975, 0.4),
        _rgb(hue, 0.27, 0.42),
        _rgb(hue + 0.03, 0.55, 0.5),
    ]


def _rgb(hue: float, lightness: float, saturation: float) -> Rgb:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _png(rows: list[bytearray], palette: list[Rgb]) -> bytes:
    """An indexed PNG: each row is preceded by its filter type, 0 (PNG specification, 9)."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    colours = b"".join(bytes(colour) for colour in palette)
    chunks = [(b"IHDR", header), (b"PLTE", colours), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
