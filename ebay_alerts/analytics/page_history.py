"""History as pages show it beside what is now: they do without where there is none."""

from collections.abc import Collection

from django.conf import settings
from django.db import OperationalError

from ebay_alerts.analytics.selectors import DatedFigures, covered_day, figures_until

# By search its figures of each day, oldest first.
Courses = dict[int, list[DatedFigures]]


def courses_of(search_ids: Collection[int]) -> Courses:
    """The last thirty days of these searches, by one query after that for the last day.

    None where market statistics are switched off, before the first day that is figured, and while
    the analytics database is away.
    """
    if not settings.MARKET_STATISTICS:
        return {}
    try:
        to_day = covered_day()
        return {} if to_day is None else figures_until(search_ids, to_day)
    except OperationalError:
        return {}
