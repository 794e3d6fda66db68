"""The charts of pages: figures for the script that draws them, the same drawn and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from ebay_alerts.analytics.charts import Chart, DailyFigures, chart_medians, chart_prices
from ebay_alerts.analytics.drawing import themed
from ebay_alerts.analytics.selectors import DatedFigures
from ebay_alerts.analytics.young_course import PricedMoment
from ebay_alerts.kit.money import Money, format_money

# A moment in Unix seconds, and a price in minor units.
Point = tuple[float, int]
# A table beside a chart shows so many of its latest rows.
ROWS = 31


@dataclass(frozen=True)
class PageChart:
    """`figures` are for the script, `svg` stands until it drew them; `rows` say them one by one."""

    figures: dict[str, Any]
    alt: str
    svg: str = ""
    rows: Sequence[tuple[str, ...]] = ()


def median_chart(
    query: str, figures: Sequence[DatedFigures], told: Sequence[Point]
) -> PageChart | None:
    """A search's median in its band from day to day, in the currency of the last day; None for
    fewer than two days."""
    days = figures_in(figures, figures[-1].currency) if figures else []
    if len(days) < 2:
        return None
    currency = figures[-1].currency
    drawn = chart_medians(f"{query}, fixed price", days, currency, days[-1].on)
    drawn_figures = {
        **_axis(currency, [_noon(day.on) for day in days], told),
        "line": [_major(day.median, currency) for day in days],
        "low": [_major(day.p10, currency) for day in days],
        "high": [_major(day.p90, currency) for day in days],
        "label": "Median",
        "is_daily": True,
        "steps": False,
    }
    rows = [
        (
            f"{day.on.day} {day.on:%B}",
            *_moneys((day.median, day.p10, day.p90), currency),
            f"{day.live:,}",
        )
        for day in reversed(days[-ROWS:])
    ]
    return PageChart(drawn_figures, _alt(drawn), _svg(drawn), rows)


def young_chart(
    course: Sequence[PricedMoment], told: Sequence[Point], currency: str
) -> PageChart | None:
    """The same of a search whose days are not figured yet, from moment to moment; None for fewer
    than two. It is written, and not drawn beforehand."""
    if len(course) < 2:
        return None
    figures = {
        **_axis(currency, [moment.at for moment in course], told),
        "line": [_major(moment.median, currency) for moment in course],
        "low": [_major(moment.p10, currency) for moment in course],
        "high": [_major(moment.p90, currency) for moment in course],
        "label": "Median",
        "is_daily": False,
        "steps": False,
    }
    rows = [
        (
            f"{datetime.fromtimestamp(moment.at, UTC):%-d %B, %H:%M} UTC",
            *_moneys((moment.median, moment.p10, moment.p90), currency),
            f"{moment.priced:,}",
        )
        for moment in (course[0], course[-1])
    ]
    return PageChart(figures, f"{rows[-1][1]}, the median of now", "", rows)


def _moneys(prices: Sequence[int], currency: str) -> list[str]:
    return [format_money(Money(minor, currency)) for minor in prices]


def figures_in(figures: Sequence[DatedFigures], currency: str) -> list[DailyFigures]:
    """The days that have prices in that currency."""
    return [
        DailyFigures(date.fromordinal(day), p10, median, p90, priced)
        for day, money, priced, p10, median, p90 in figures
        if money == currency and p10 is not None and median is not None and p90 is not None
    ]


def price_chart(
    title: str, points: Sequence[Point], told: Sequence[Point], currency: str, end: float
) -> PageChart | None:
    """What a listing cost until `end`; a price holds until the next one."""
    if not points:
        return None
    held = [*points, (max(end, points[-1][0]), points[-1][1])]
    figures = {
        **_axis(currency, [at for at, _ in held], told),
        "line": [_major(minor, currency) for _, minor in held],
        "low": None,
        "high": None,
        "label": "Price",
        "is_daily": False,
        "steps": True,
    }
    drawn = chart_prices(title, _closes(held), currency, _day(held[-1][0]))
    rows = [
        (f"{moment:%-d %B %Y, %H:%M}", format_money(Money(minor, currency)))
        for at, minor in reversed(points[-ROWS:])
        if (moment := datetime.fromtimestamp(at, UTC))
    ]
    alt = _alt(drawn) or f"{rows[0][1]}, the price of now"
    return PageChart(figures, alt, _svg(drawn), rows)


def _axis(currency: str, x: Sequence[float], told: Sequence[Point]) -> dict[str, Any]:
    within = [(at, minor) for at, minor in told if x[0] <= at]
    return {
        "currency": currency,
        "digits": get_currency_precision(currency),
        "x": list(x),
        "told": [(at, _major(minor, currency)) for at, minor in within],
    }


def _closes(held: Sequence[Point]) -> list[tuple[date, int]]:
    """The price at the end of each day, held over days without one."""
    closes = {_day(at).toordinal(): minor for at, minor in held}
    last, prices = held[0][1], []
    for day in range(min(closes), max(closes) + 1):
        last = closes.get(day, last)
        prices.append((date.fromordinal(day), last))
    return prices


def _alt(drawn: Chart | None) -> str:
    return drawn.alt if drawn else ""


def _svg(drawn: Chart | None) -> str:
    return themed(drawn.svg) if drawn else ""


def _major(minor: int, currency: str) -> float:
    """For drawing alone: as near as a float comes."""
    return float(Decimal(minor).scaleb(-get_currency_precision(currency)))


def _noon(on: date) -> float:
    return datetime.combine(on, time(12), UTC).timestamp()


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()
