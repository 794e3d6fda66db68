"""Reading history."""

from datetime import date

from django.db.models import Max, QuerySet

from ebay_alerts.analytics.models import SearchDay


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
