"""The charts of price reports: each is drawn once for a search, or a listing, and a day."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from ebay_alerts.analytics.charts import (
    Chart,
    DailyFigures,
    chart_medians,
    chart_prices,
    render_png,
)
from ebay_alerts.analytics.report_wording import market_words
from ebay_alerts.analytics.selectors import (
    DatedFigures,
    closes_until,
    figures_until,
    listings_in,
    queries_of,
)
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import kept_pictures
from ebay_alerts.mail.services import keep_pictures

# Pictures drawn before they are written: one takes some 15 ms, and no turn is held meanwhile.
DRAWN_AT_ONCE = 50
# Charts whose words are remembered; each takes less than a kilobyte.
REMEMBERED = 10_000


class Kind(StrEnum):
    """What a chart is of: the median of a search, or the price of a listing."""

    SEARCH = "search"
    LISTING = "listing"


class Subject(NamedTuple):
    """What is drawn, by its id."""

    kind: Kind
    pk: int


class ShownChart(NamedTuple):
    """A chart that is kept as a picture: its key, its alt text, and a sentence to stand below."""

    key: str
    alt: str
    words: str


class Drawing(NamedTuple):
    """A chart that is not kept, and a sentence to stand below it."""

    chart: Chart
    words: str


class ChartRoom:
    """Draws charts of one day that are not kept yet, and remembers the words of those that are.

    With `keeps` false none is drawn and none is kept: there are words alone.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self._day = 0
        self._shown: dict[Subject, ShownChart | None] = {}

    def make(self, subjects: Collection[Subject], to_day: int, now: datetime) -> None:
        """Have a picture kept of each subject that has figures of two days or more."""
        if to_day != self._day or len(self._shown) > REMEMBERED:
            self._day, self._shown = to_day, {}
        missing = sorted(set(subjects) - set(self._shown))
        for start in range(0, len(missing), DRAWN_AT_ONCE):
            self._make(missing[start : start + DRAWN_AT_ONCE], now)

    def find(self, subject: Subject) -> ShownChart | None:
        """The chart of a subject that was made; None if there is too little to draw."""
        return self._shown[subject]

    def _make(self, subjects: Collection[Subject], now: datetime) -> None:
        drawings = draw_charts(subjects, self._day)
        keys = {subject: f"chart:{subject.kind}:{subject.pk}:{self._day}" for subject in drawings}
        if self._keeps:
            _keep({keys[subject]: drawing.chart for subject, drawing in drawings.items()}, now)
        for subject in subjects:
            drawing = drawings.get(subject)
            self._shown[subject] = (
                ShownChart(keys[subject], drawing.chart.alt, drawing.words) if drawing else None
            )


def _keep(charts: Mapping[str, Chart], now: datetime) -> None:
    kept = kept_pictures(charts.keys())
    pngs = {key: render_png(chart) for key, chart in charts.items() if key not in kept}
    with write_turn():
        keep_pictures(pngs, now)


def draw_charts(subjects: Iterable[Subject], to_day: int) -> Mapping[Subject, Drawing]:
    """The charts of those subjects that have figures of two days or more."""
    by_kind: dict[Kind, list[int]] = {Kind.SEARCH: [], Kind.LISTING: []}
    for subject in subjects:
        by_kind[subject.kind].append(subject.pk)
    return {
        Subject(kind, pk): drawing
        for kind, draw in ((Kind.SEARCH, _draw_searches), (Kind.LISTING, _draw_listings))
        for pk, drawing in draw(by_kind[kind], to_day)
    }


def _draw_searches(pks: Collection[int], to_day: int) -> Iterable[tuple[int, Drawing]]:
    queries = queries_of(pks)
    for pk, course in figures_until(pks, to_day).items():
        currency = course[-1].currency
        figures = [one for day in course for one in _daily(day, currency)]
        subject = f"{queries.get(pk, 'this search')}, fixed price"
        chart = chart_medians(subject, figures, currency, date.fromordinal(to_day))
        if chart:
            yield pk, Drawing(chart, market_words(figures, currency))


def _daily(figures: DatedFigures, currency: str) -> Iterable[DailyFigures]:
    """The day as a chart takes it; nothing of a day without prices or with another currency."""
    _, _, priced, p10, median, p90 = figures
    if figures.currency == currency and None not in (p10, median, p90):
        yield DailyFigures(date.fromordinal(figures.day), p10, median, p90, priced)  # type: ignore[arg-type]  # none of them is None


def _draw_listings(pks: Collection[int], to_day: int) -> Iterable[tuple[int, Drawing]]:
    listings = listings_in(pks)
    for pk, (currency, closes) in closes_until(pks, to_day).items():
        prices = [(date.fromordinal(day), minor) for day, minor in closes]
        title = listings[pk].title if pk in listings else "this listing"
        chart = chart_prices(title, prices, currency, date.fromordinal(to_day))
        if chart:
            yield pk, Drawing(chart, title)
