"""Making the daily figures of searches anew, some searches a transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, groupby
from operator import itemgetter

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from ebay_alerts.analytics.models import Membership, SearchDay, StaleSearch
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.search_figures import SearchFigures, Stay, walk
from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.market.services.bulk import Row, insert_rows

# Searches made anew in one transaction, and what they found about: memory is bounded by it.
SEARCHES, STAYS = 200, 50_000
READ_AT_ONCE = 5_000
_FIELDS = ("search_id", *SearchFigures._fields)
_FOUND = """
    analytics_stalesearch s CROSS JOIN analytics_membership m
    WHERE s.search_id IN ({listed}) AND m.search_id = s.search_id
    AND (m.until_day IS NULL OR m.until_day >= s.from_day)"""
_STAYS = f"SELECT s.search_id, m.listing_id, m.since_day, m.until_day FROM {_FOUND}"  # noqa: S608 - our own
# Of each listing found the last close before the search's first stale day, and all since.
_CLOSES = f"""
WITH found AS MATERIALIZED (
    SELECT s.search_id, m.listing_id, COALESCE((
        SELECT MAX(d.day) FROM analytics_listingday d
        WHERE d.listing_id = m.listing_id AND d.kind = 'price' AND d.day < s.from_day
    ), s.from_day) AS since
    FROM {_FOUND}
)
SELECT f.search_id, d.listing_id, d.day, d.currency, d.close
FROM found f CROSS JOIN analytics_listingday d
WHERE d.listing_id = f.listing_id AND d.kind = 'price' AND d.day >= f.since
ORDER BY f.search_id"""  # noqa: S608 - our own
# Tables that were just filled have no statistics yet, or those of the day before: without these
# PostgreSQL reads and sorts all of history for every few searches. CROSS JOIN tells SQLite.
_LOOKING_UP = "; ".join(
    f"SET LOCAL enable_{way} = off" for way in ("hashjoin", "mergejoin", "seqscan")
)
_DELETE = """
DELETE FROM analytics_searchday WHERE search_id IN ({listed}) AND day >= (
    SELECT from_day FROM analytics_stalesearch s WHERE s.search_id = analytics_searchday.search_id
)"""


def make_stale_days() -> Iterator[int]:
    """Make every stale search's figures anew; yields how many searches each transaction took."""
    while stale := _next_searches():
        listed = ", ".join(map(str, stale))  # numbers of our own
        with transaction.atomic(using=ANALYTICS), connections[ANALYTICS].cursor() as cursor:
            if connections[ANALYTICS].vendor == "postgresql":
                cursor.execute(_LOOKING_UP)
            with paused_collector():
                rows = list(_figures_of(stale, listed, cursor))
            cursor.execute(_DELETE.format(listed=listed))
            insert_rows(SearchDay, _FIELDS, rows)
            StaleSearch.objects.filter(pk__in=stale).delete()
        yield len(stale)


def _next_searches() -> Mapping[int, int]:
    """The stale searches to make anew next, each with the day from which on; at least one."""
    stale = StaleSearch.objects.order_by("from_day", "pk").values_list("pk", "from_day")[:SEARCHES]
    first = dict(stale)
    stays = Membership.objects.filter(search_id__in=first).values_list("search_id")
    counts = dict(stays.annotate(Count("pk")))
    taken: dict[int, int] = {}
    room = STAYS
    for search_id, from_day in first.items():
        room -= counts.get(search_id, 0)
        if taken and room < 0:
            break
        taken[search_id] = from_day
    return taken


def _figures_of(stale: Mapping[int, int], listed: str, cursor: CursorWrapper) -> Iterator[Row]:
    stays: dict[int, list[Stay]] = defaultdict(list)
    for search_id, *stay in _read(_STAYS, listed, cursor):
        stays[search_id].append(Stay(*stay))
    for search_id, closes in groupby(_read(_CLOSES, listed, cursor), itemgetter(0)):
        for figures in walk(stays.pop(search_id), closes, stale[search_id]):
            yield (search_id, *figures)
    for search_id, found in stays.items():  # nothing that they find has a fixed price
        for figures in walk(found, (), stale[search_id]):
            yield (search_id, *figures)


def _read(statement: str, listed: str, cursor: CursorWrapper) -> Iterator[Row]:
    cursor.execute(statement.format(listed=listed))
    return chain.from_iterable(iter(partial(cursor.fetchmany, READ_AT_ONCE), []))
