"""Which of all watched searches want an offer: the percolators of this process, kept up to date.

Loaded from the database once, then following `SearchRegistration`. A search is registered in the
transaction that makes it wanted, before anybody fills it, so an event that happens after its
filling finds it here: `sync` first, then `matches`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import itemgetter
from threading import Lock
from typing import Any

import structlog

from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.market import keyword_query
from ebay_alerts.market.keyword_query import KeywordQuery
from ebay_alerts.market.marketplaces import MARKETPLACES
from ebay_alerts.market.models import Search, SearchRegistration
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.percolator import Percolator

log = structlog.get_logger(__name__)

# Registrations may commit later than younger ones, by the length of a transaction at most.
LOOK_BACK = timedelta(minutes=1)
# Registrations are kept for a day; who has not looked for so long begins anew.
LONGEST_ABSENCE = timedelta(hours=12)

# Marketplace, query, category, country, and the number of the one listing.
_Terms = tuple[str, str, str, str, str]
_TERMS = ("marketplace", "query", "category", "deliver_to", "legacy_id")


class SearchRegistry:
    """Thread-safe. Holds every wanted search."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._synced_at: datetime | None = None
        self._forget()

    def _forget(self) -> None:
        self._percolators = {marketplace: Percolator() for marketplace in MARKETPLACES}
        self._terms: dict[int, _Terms] = {}
        # By marketplace and number, the searches of one listing.
        self._watches: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._terms)

    def marketplaces(self) -> set[str]:
        """Those with a wanted search."""
        with self._lock:
            return {marketplace for marketplace, count in self._counts.items() if count}

    def sync(self, now: datetime) -> None:
        """Take in what was registered since the last time; everything at the first."""
        with self._lock:
            if self._synced_at is None or now - self._synced_at > LONGEST_ABSENCE:
                self._load()
            else:
                self._catch_up(self._synced_at - LOOK_BACK)
            self._synced_at = now

    def matches(self, seen: Observation, deliver_to: str = "") -> list[int]:
        """The searches whose keywords, category and country want this offer, or this one listing.

        Shipping and availability are known for the country that was asked for, in events for the
        marketplace's own alone: searches that deliver elsewhere learn of it by their next refresh.
        """
        offer = seen.offer
        if offer is None:
            return []
        country = deliver_to or MARKETPLACES[seen.marketplace].country
        with self._lock:
            found = self._percolators[seen.marketplace].match(offer.title)
            watches = self._watches.get(seen.key, ())
            terms = self._terms
            return [
                search_id
                for search_id in chain(found, watches)
                if terms[search_id][3] == country
                and (not terms[search_id][2] or terms[search_id][2] in offer.categories)
            ]

    def _load(self) -> None:
        self._forget()
        wanted = Search.objects.filter(refresh_seconds__isnull=False).order_by("marketplace")
        rows = wanted.values_list("pk", *_TERMS)
        with paused_collector():  # looking for garbage takes half as long again
            for marketplace, some in groupby(rows.iterator(chunk_size=5000), itemgetter(1)):
                self._percolators[marketplace].load(self._read(some))

    def _read(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, KeywordQuery]]:
        for pk, *terms in rows:
            self._note(pk, tuple(terms))
            if query := _query_of(pk, tuple(terms)):
                yield pk, query

    def _catch_up(self, since: datetime) -> None:
        changed = SearchRegistration.objects.filter(at__gte=since).values_list("search", flat=True)
        ids = set(changed)
        rows = Search.objects.filter(pk__in=ids, refresh_seconds__isnull=False).values_list(
            "pk", *_TERMS
        )
        wanted = {pk: tuple(terms) for pk, *terms in rows}
        self._remove(ids - wanted.keys())
        for pk, terms in wanted.items():
            if pk not in self._terms:
                self._add(pk, terms)

    def _note(self, pk: int, terms: _Terms) -> None:
        self._terms[pk] = terms
        self._counts[terms[0]] += 1
        if terms[4]:
            self._watches[terms[0], terms[4]].add(pk)

    def _add(self, pk: int, terms: _Terms) -> None:
        self._note(pk, terms)
        if query := _query_of(pk, terms):
            self._percolators[terms[0]].add(pk, query)

    def _remove(self, ids: set[int]) -> None:
        for pk in ids & self._terms.keys():
            terms = self._terms.pop(pk)
            self._counts[terms[0]] -= 1
            if terms[4]:
                self._watches[terms[0], terms[4]].discard(pk)
            elif query := _query_of(pk, terms):
                self._percolators[terms[0]].remove(pk, query)


def _query_of(pk: int, terms: _Terms) -> KeywordQuery | None:
    """None of a search of one listing, and of one whose keywords cannot be read: that one finds
    nothing, and keeps no other from finding."""
    if terms[4]:
        return None
    try:
        return keyword_query.parse(terms[1])
    except Exception:
        log.exception("keywords not read", search=pk)
        return None
