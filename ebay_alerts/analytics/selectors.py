"""Reading history."""

import operator
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain, groupby
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Max, Q, QuerySet

from ebay_alerts.analytics.charts import DAYS
from ebay_alerts.analytics.errors import UnknownReport
from ebay_alerts.analytics.models import EtlRun, Listing, Report, Search, SearchDay
from ebay_alerts.analytics.moves import Move, moves_of
from ebay_alerts.analytics.price_statistics import in_present_currency
from ebay_alerts.analytics.routing import ANALYTICS

# Ids written into one statement; databases limit how long it may be.
LISTED = 5_000


def covered_day() -> int | None:
    """The last day whose figures are complete; None before the first run of the ETL."""
    done = EtlRun.objects.filter(state=EtlRun.State.DONE)
    day: int | None = done.aggregate(day=Max("covered_day"))["day"]
    return day


def reports_of(user_id: int) -> QuerySet[Report]:
    """The user's reports that are made."""
    return Report.objects.filter(user_id=user_id, made_at__isnull=False)


def telling_reports(user_id: int) -> QuerySet[Report]:
    """Those that tell of a move; of the others no mail went out."""
    return reports_of(user_id).filter(Q(falls__gt=0) | Q(rises__gt=0))


def dates_beside(user_id: int, on: date) -> tuple[date | None, date | None]:
    """The dates of the reports before and after that one which tell something."""
    dates = telling_reports(user_id).values_list("report_date", flat=True)
    before = dates.filter(report_date__lt=on).order_by("-report_date").first()
    after = dates.filter(report_date__gt=on).order_by("report_date").first()
    return before, after


def get_report(user_id: int, on: date) -> Report:
    """Raises UnknownReport."""
    report = reports_of(user_id).filter(report_date=on).first()
    if report is None:
        raise UnknownReport(f"There is no report of {on}.")
    return report


def users_being_reported(now: datetime) -> list[int]:
    """Users whose report somebody is making."""
    return list(Report.objects.filter(lease_until__gt=now).values_list("user_id", flat=True))


def last_reported_day(user_ids: Collection[int], before: date) -> dict[int, int]:
    """By user, the last day that reports of earlier dates told of; without users who had none."""
    made = Report.objects.filter(user_id__in=user_ids, made_at__isnull=False)
    earlier = made.filter(report_date__lt=before)
    return dict(earlier.values_list("user_id").annotate(Max("to_day")))


_MOVED = """
SELECT m.search_id, m.listing_id FROM analytics_membership m
WHERE m.search_id IN ({listed}) AND m.since_day <= {to_day}
AND (m.until_day IS NULL OR m.until_day > {to_day})
AND EXISTS (
    SELECT 1 FROM analytics_listingday d WHERE d.listing_id = m.listing_id
    AND d.kind = 'price' AND d.day > {from_day} AND d.day <= {to_day}
)"""
_FIGURES = """
SELECT listing_id, kind, currency, day, open, close, low, high FROM analytics_listingday
WHERE kind = 'price' AND day <= {to_day} AND listing_id IN ({listed}) ORDER BY listing_id, day"""


def moves_in(search_ids: Collection[int], from_day: int, to_day: int) -> dict[int, list[Move]]:
    """By search, how the listings moved that it found at the end of `to_day`."""
    found: dict[int, list[int]] = defaultdict(list)
    for search_id, listing_id in _rows(_MOVED, search_ids, from_day=from_day, to_day=to_day):
        found[search_id].append(listing_id)
    listed = set(chain.from_iterable(found.values()))
    figures = _rows(_FIGURES, listed, to_day=to_day)
    moves = {move.listing_id: move for move in moves_of(figures, from_day, to_day)}
    return {
        search_id: [moves[pk] for pk in listing_ids if pk in moves]
        for search_id, listing_ids in found.items()
    }


def _rows(statement: str, ids: Collection[int], **days: int) -> Iterator[Any]:
    """The rows for these ids, in their order; numbers of our own, written out."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), LISTED):
        listed = ", ".join(map(str, ordered[start : start + LISTED]))
        with connections[ANALYTICS].cursor() as cursor:
            cursor.execute(statement.format(listed=listed, **days))
            yield from cursor.fetchall()


class DatedFigures(NamedTuple):
    """A search's fixed prices at the end of a day, in minor units of `currency`."""

    day: int
    currency: str
    priced: int
    p10: int | None
    median: int | None
    p90: int | None


_COURSE = """
SELECT d.search_id, d.day, d.currency, d.priced, d.p10, d.median, d.p90
FROM analytics_searchday d WHERE d.search_id IN ({listed}) AND d.day <= {to_day}
AND d.day >= COALESCE((
    SELECT MAX(last.day) FROM analytics_searchday last
    WHERE last.search_id = d.search_id AND last.day <= {from_day}
), {from_day}) ORDER BY d.search_id, d.day"""


def figures_until(search_ids: Collection[int], to_day: int) -> dict[int, list[DatedFigures]]:
    """By search its figures of each day that a chart to that day shows, oldest first.

    A day without a change has the figures of the last one before it; days before the first one are
    left out.
    """
    rows: dict[int, list[DatedFigures]] = defaultdict(list)
    for search_id, *figures in _rows(_COURSE, search_ids, from_day=to_day - DAYS, to_day=to_day):
        rows[search_id].append(DatedFigures(*figures))
    return {
        search_id: list(_every_day(course, to_day - DAYS, to_day))
        for search_id, course in rows.items()
    }


_LAST = """
SELECT d.search_id, d.day, d.currency, d.priced, d.p10, d.median, d.p90
FROM analytics_searchday d WHERE d.search_id IN ({listed}) AND d.day = (
    SELECT MAX(last.day) FROM analytics_searchday last
    WHERE last.search_id = d.search_id AND last.day <= {to_day}
) ORDER BY d.search_id"""


def last_figures(search_ids: Collection[int], to_day: int) -> dict[int, DatedFigures]:
    """By search the figures that hold at the end of a day."""
    rows = _rows(_LAST, search_ids, to_day=to_day)
    return {search_id: DatedFigures(*figures) for search_id, *figures in rows}


def _every_day(
    course: Iterable[DatedFigures], from_day: int, to_day: int
) -> Iterator[DatedFigures]:
    by_day = {max(figures.day, from_day): figures for figures in course}
    holding: DatedFigures | None = None
    for day in range(from_day, to_day + 1):
        holding = by_day.get(day, holding)
        if holding is not None:
            yield holding._replace(day=day)


def closes_until(
    listing_ids: Collection[int], to_day: int
) -> dict[int, tuple[str, list[tuple[int, int]]]]:
    """By listing its present currency, and the days of a chart to that day with their closes."""
    rows = _rows(_FIGURES, listing_ids, to_day=to_day)
    found: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    for listing_id, of_listing in groupby(rows, operator.itemgetter(0)):
        present = in_present_currency(list(of_listing))
        closes = {max(row[3], to_day - DAYS): row[5] for row in present}
        found[listing_id] = (present[-1][2], list(_held(closes, to_day)))
    return found


def _held(closes: Mapping[int, int], to_day: int) -> Iterator[tuple[int, int]]:
    holding: int | None = None
    for day in range(to_day - DAYS, to_day + 1):
        holding = closes.get(day, holding)
        if holding is not None:
            yield day, holding


def listings_in(pks: Collection[int]) -> dict[int, Listing]:
    return Listing.objects.in_bulk(pks)


def queries_of(search_ids: Collection[int]) -> dict[int, str]:
    """What each search looks for."""
    return dict(Search.objects.filter(pk__in=search_ids).values_list("pk", "query"))


def search_days(search_id: int, begin: date | None, end: date | None) -> QuerySet[SearchDay]:
    """The days of a search on which something changed, both ends included.

    They begin with the one whose figures hold on `begin`, which may be an earlier day.
    """
    days = SearchDay.objects.filter(search_id=search_id)
    if end is not None:
        days = days.filter(day__lte=end.toordinal())
    if begin is None:
        return days
    first = days.filter(day__lte=begin.toordinal()).aggregate(first=Max("day"))["first"]
    return days.filter(day__gte=first or begin.toordinal())


def etl_age_seconds(now: datetime) -> float | None:
    """Since the end of the last run that copied everything; None before the first."""
    done = EtlRun.objects.filter(state=EtlRun.State.DONE).order_by("-pk")
    finished_at = done.values_list("finished_at", flat=True).first()
    return max((now - finished_at).total_seconds(), 0.0) if finished_at else None
