"""Making the daily figures of searches anew, some searches a transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from django.db import connections, transaction
from django.db.models import Q

from ebay_alerts.analytics.models import Membership, SearchDay, StaleSearch
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.search_figures import Close, SearchFigures, Stay, walk
from ebay_alerts.market.services.bulk import insert_rows

# Searches made anew in one transaction.
SEARCHES = 200
_FIELDS = ("search_id", *SearchFigures._fields)
# By listing the last close before a day and all since.
_CLOSES = """
SELECT d.listing_id, d.day, d.currency, d.close
FROM analytics_listingday d LEFT JOIN (
    SELECT listing_id, MAX(day) AS day FROM analytics_listingday
    WHERE kind = 'price' AND day < {first} AND listing_id IN ({listed}) GROUP BY listing_id
) last ON last.listing_id = d.listing_id
WHERE d.kind = 'price' AND d.listing_id IN ({listed}) AND d.day >= COALESCE(last.day, {first})
ORDER BY d.listing_id, d.day"""


def make_stale_days() -> Iterator[int]:
    """Make every stale search's figures anew; yields how many searches each transaction took."""
    while stale := dict(
        StaleSearch.objects.order_by("from_day", "pk").values_list("pk", "from_day")[:SEARCHES]
    ):
        rows = [(search_id, *figures) for search_id, figures in _figures_of(stale)]
        with transaction.atomic(using=ANALYTICS):
            _delete_days(stale)
            insert_rows(SearchDay, _FIELDS, rows)
            StaleSearch.objects.filter(pk__in=stale).delete()
        yield len(stale)


def _figures_of(stale: Mapping[int, int]) -> Iterator[tuple[int, SearchFigures]]:
    stays: dict[int, list[Stay]] = defaultdict(list)
    first = min(stale.values())
    reaching = Membership.objects.filter(
        Q(until_day__isnull=True) | Q(until_day__gte=first), search_id__in=stale
    )
    for search_id, *stay in reaching.values_list("search_id", *Stay._fields):
        if stay[2] is None or stay[2] >= stale[search_id]:
            stays[search_id].append(Stay(*stay))
    listings = {stay.listing_id for found in stays.values() for stay in found}
    closes = _closes_of(listings, first)
    for search_id, from_day in stale.items():
        for figures in walk(stays[search_id], closes, from_day):
            yield search_id, figures


def _closes_of(listings: Collection[int], first: int) -> Mapping[int, list[Close]]:
    """By listing the last close before a day, and all since, in order."""
    closes: dict[int, list[Close]] = defaultdict(list)
    if not listings:
        return closes
    # Numbers of our own, written out: databases limit how many parameters there are.
    listed = ", ".join(map(str, sorted(listings)))
    with connections[ANALYTICS].cursor() as cursor:
        cursor.execute(_CLOSES.format(first=first, listed=listed))
        for listing_id, *close in cursor:
            closes[listing_id].append(Close(*close))
    return closes


def _delete_days(stale: Mapping[int, int]) -> None:
    """The figures from each search's day on, which are made anew."""
    by_day: dict[int, list[int]] = defaultdict(list)
    for search_id, from_day in stale.items():
        by_day[from_day].append(search_id)
    for from_day, search_ids in by_day.items():
        SearchDay.objects.filter(search_id__in=search_ids, day__gte=from_day).delete()
