"""Small charts of thirty days for mails: as SVG, as PNG, and the same in words; pure.

A chart is drawn for a search or a listing and a day, not for a user: it holds no word of a user's,
only money and dates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import resvg_py
from babel.dates import format_date

from ebay_alerts.analytics.drawing import HEIGHT, PAPER, WIDTH, Curve, draw_curve
from ebay_alerts.kit.money import Money, format_money

DAYS = 30
FEWEST_DAYS = 2
# A mail shows the chart at half its size, for dense screens.
SHOWN_WIDTH, SHOWN_HEIGHT = WIDTH // 2, HEIGHT // 2

# Inter Medium 4.001 (OFL), cut down to ASCII and signs of currencies, its figures all as wide.
_FONT = Path(__file__).parent / "fonts" / "Inter-Medium.ttf"
_T = TypeVar("_T")


@dataclass(frozen=True)
class DailyFigures:
    """A search's prices on a day, in minor units: 10th percentile, median, 90th; live listings."""

    on: date
    p10: int
    median: int
    p90: int
    live: int


@dataclass(frozen=True)
class Chart:
    """To be shown in SHOWN_WIDTH by SHOWN_HEIGHT; `alt` says what it shows and is not escaped."""

    svg: str
    alt: str


def chart_medians(
    subject: str, figures: Iterable[DailyFigures], currency: str, until: date
) -> Chart | None:
    """A search's median in the band from 10th to 90th percentile, over the 30 days to `until`.

    Days may be missing and in any order, and those outside are left out. None with figures of
    fewer than two days. `subject` is what is sold: `Wine, fixed price`.
    """
    days = _within({one.on: one for one in figures}, until)
    if len(days) < FEWEST_DAYS:
        return None
    curve = Curve(
        currency,
        until,
        line=[(one.on, one.median) for one in days],
        band=[(one.on, one.p10, one.p90) for one in days],
    )
    words = [_course(f"Median of {subject}", curve), _spread(days[-1], currency), _gaps(curve)]
    return Chart(draw_curve(curve), " ".join(filter(None, words)))


def chart_prices(
    subject: str, prices: Iterable[tuple[date, int]], currency: str, until: date
) -> Chart | None:
    """One price a day as a line without a band; in all else like `chart_medians`."""
    days = _within({on: (on, minor) for on, minor in prices}, until)
    if len(days) < FEWEST_DAYS:
        return None
    curve = Curve(currency, until, line=days, band=[])
    words = [_course(f"Price of {subject}", curve), _gaps(curve)]
    return Chart(draw_curve(curve), " ".join(filter(None, words)))


def render_png(chart: Chart) -> bytes:
    """The chart as PNG; its text is of the font that ships with it, whatever the machine has."""
    return resvg_py.svg_to_bytes(
        svg_string=chart.svg, background=PAPER, font_files=[str(_FONT)], skip_system_fonts=True
    )


def _within(by_day: Mapping[date, _T], until: date) -> list[_T]:
    since = until - timedelta(days=DAYS)
    return [by_day[on] for on in sorted(by_day) if since <= on <= until]


def _course(name: str, curve: Curve) -> str:
    """From where to where, and between which bounds."""
    (first_on, first), (last_on, last) = curve.line[0], curve.line[-1]
    low_on, low = min(curve.line, key=lambda point: point[1])
    high_on, high = max(curve.line, key=lambda point: point[1])

    def said(minor: int) -> str:
        return _money(minor, curve.currency)

    ends = (
        f"{name}: {said(first)} {_when(first_on, curve.until)},"
        f" {said(last)} {_when(last_on, curve.until)}"
    )
    if low == high:
        return f"{ends}, the same throughout."
    return f"{ends}; lowest {said(low)} on {_day(low_on)}, highest {said(high)} on {_day(high_on)}."


def _spread(last: DailyFigures, currency: str) -> str:
    low, high = _money(last.p10, currency), _money(last.p90, currency)
    listings = "1 listing" if last.live == 1 else f"{last.live:,} listings"
    return f"Last day: {listings}, 8 of 10 between {low} and {high}."


def _gaps(curve: Curve) -> str:
    """Days between the first and the last of which nothing is known."""
    missing = (curve.line[-1][0] - curve.line[0][0]).days + 1 - len(curve.line)
    if not missing:
        return ""
    return f"No figures for {missing} {'day' if missing == 1 else 'days'} between."


def _when(on: date, until: date) -> str:
    days = (until - on).days
    return "now" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"


def _money(minor: int, currency: str) -> str:
    return format_money(Money(minor, currency))


@lru_cache(maxsize=100)
def _day(on: date) -> str:
    return format_date(on, "d MMMM", locale="en_US")
