"""Searches and observations for tests, and the invariants that every log keeps."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction

from ebay_alerts.kit.money import Money
from ebay_alerts.market import keyword_query
from ebay_alerts.market.models import Listing, Membership, PricePoint, Search, SearchChange
from ebay_alerts.market.observing import Matcher, Observation, Offer
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.market.services.searches import ensure_search, set_demand
from ebay_alerts.market.terms import SearchTerms

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
Kind = SearchChange.Kind
ENTERING = {Kind.APPEARED, Kind.DISCOVERED, Kind.RETURNED}


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def terms_of(keywords: str, category: str = "") -> SearchTerms:
    return SearchTerms("EBAY_US", keyword_query.parse(keywords), category, "US")


def demand(search: Search, seconds: int | None, now: datetime) -> None:
    with transaction.atomic():
        set_demand({search.pk: seconds}, now)


def search_for(
    keywords: str,
    *,
    filled_at: datetime | None = NOON,
    seconds: int = 300,
    now: datetime = NOON,
) -> Search:
    """A search that somebody wants; filled at noon unless the test says otherwise."""
    search = ensure_search(terms_of(keywords), now)
    demand(search, seconds, now)
    Search.objects.filter(pk=search.pk).update(filled_at=filled_at)
    search.refresh_from_db()
    return search


def offer(title: str = "Wine", price: int | None = 1000, **more: object) -> Offer:
    figures = {"price": None if price is None else Money(price, "USD")}
    return Offer(title=title, url="", **(figures | more))  # type: ignore[arg-type]


def bid(minor: int, title: str = "Wine", **more: object) -> Offer:
    return offer(title, None, bid=Money(minor, "USD"), **more)


def seen(minute: float, what: Offer | None, listing: str = "1") -> Observation:
    """A poll's observation; `what` is None for a listing that is gone."""
    return Observation("EBAY_US", listing, f"v1|{listing}|0", at(minute), what)


def matcher(*searches: Search) -> Matcher:
    queries = [(search.pk, keyword_query.parse(search.query)) for search in searches]

    def matches(observation: Observation) -> Collection[int]:
        title = observation.offer.title if observation.offer else ""
        return [pk for pk, query in queries if query.matches(title)]

    return matches


def record(observations: Sequence[Observation], *searches: Search) -> int:
    """Record as polls of these searches' fetch would."""
    return record_observations(observations, matcher(*searches), observations[-1].at)


def log_of(search: Search) -> list[tuple[str, int | None, int]]:
    """(kind, price before, price after) of a search's changes, in order."""
    rows = SearchChange.objects.filter(search=search).order_by("revision")
    return [(row.kind, row.was_minor, row.price_minor) for row in rows]


def kinds_of(search: Search) -> list[str]:
    return [kind for kind, _, _ in log_of(search)]


def members_of(search: Search) -> set[str]:
    rows = Membership.objects.filter(search=search).values_list("listing__legacy_id", flat=True)
    return set(rows)


def points_of(listing: str, kind: PricePoint.Kind = PricePoint.Kind.PRICE) -> list[int]:
    rows = PricePoint.objects.filter(listing__legacy_id=listing, kind=kind).order_by("pk")
    return list(rows.values_list("minor", flat=True))


def listing(legacy_id: str = "1") -> Listing:
    return Listing.objects.get(marketplace="EBAY_US", legacy_id=legacy_id)


def assert_log_adds_up(search: Search) -> None:
    """Revisions are gapless, the head is the last one, and the membership is the log's sum."""
    search.refresh_from_db()
    changes = list(SearchChange.objects.filter(search=search).order_by("revision"))
    assert [change.revision for change in changes] == list(range(1, search.head + 1))
    members: set[int] = set()
    for change in changes:
        if change.kind in ENTERING:
            assert change.listing_id not in members
            members.add(change.listing_id)
        else:
            assert change.listing_id in members
        if change.kind in (Kind.ENDED, Kind.LEFT):
            members.remove(change.listing_id)
    kept = Membership.objects.filter(search=search).select_related("listing")
    assert {row.listing_id for row in kept} == members
    assert len(kept) == len(members)
    query = keyword_query.parse(search.query)
    assert all(row.listing.ended_at is None for row in kept)
    assert all(query.matches(row.listing.title) for row in kept)
