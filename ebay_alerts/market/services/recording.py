"""Recording observations: listings, price points, memberships and search changes, all at once.

Order of locks, always: listings by id, then searches by id. A change of state and its search
changes commit together, and applying the same observation twice equals applying it once.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Max
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market import keyword_query
from ebay_alerts.market.models import (
    Listing,
    Membership,
    PricePoint,
    Search,
    SearchChange,
    SearchNews,
)
from ebay_alerts.market.observing import (
    BID_POINT_EVERY,
    Effect,
    Observation,
    effect_of,
    is_news,
)
from ebay_alerts.market.services.bulk import update_rows
from ebay_alerts.market.services.listing_rows import (
    is_unrecorded,
    known,
    locked_listings,
    write_listings,
)

# Listings recorded in one transaction: one page of an answer, and well under 50 ms on SQLite.
CHUNK = 200

# Which searches want an offer: search ids for an observation.
Matcher = Callable[[Observation], Collection[int]]
Kind = SearchChange.Kind


def is_deadlock(error: BaseException) -> bool:
    """PostgreSQL's deadlock_detected (SQLSTATE 40P01)."""
    return (
        isinstance(error, OperationalError)
        and getattr(error.__cause__, "sqlstate", None) == "40P01"
    )


# A transaction that PostgreSQL broke off for another one's sake is run again.
retried_on_deadlock = retry(
    retry=retry_if_exception(is_deadlock),
    stop=stop_after_attempt(5),
    wait=wait_random(0, 0.05),
    reraise=True,
)


def record_observations(
    observations: Sequence[Observation], matches: Matcher, now: datetime
) -> int:
    """Record what was observed and return how many search changes that made.

    Several observations of one listing are applied in the order given.
    """
    changes = 0
    for wave in _waves(observations):
        for chunk in _chunks(wave, CHUNK):
            changes += _record_chunk(chunk, matches, now)
    return changes


def _chunks(rows: Sequence[Observation], size: int) -> Iterator[list[Observation]]:
    for at in range(0, len(rows), size):
        yield list(rows[at : at + size])


def _waves(observations: Sequence[Observation]) -> list[list[Observation]]:
    """Split so that no listing comes twice in a wave, its observations staying in order."""
    waves: list[list[Observation]] = []
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for observation in observations:
        wave = seen[observation.key]
        seen[observation.key] += 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(observation)
    return waves


@retried_on_deadlock
def _record_chunk(observations: list[Observation], matches: Matcher, now: datetime) -> int:
    with write_turn(), transaction.atomic():
        chunk = _Chunk(observations, matches, now)
        return chunk.record()


@dataclass
class _Seen:
    """One observation beside the row it is about."""

    listing: Listing
    observation: Observation
    effect: Effect
    is_first: bool
    was_minor: int | None = None


@dataclass
class _Writes:
    """What a chunk writes, collected before anything is written."""

    changes: list[tuple[int, _Seen, Kind]] = field(default_factory=list)
    points: list[PricePoint] = field(default_factory=list)
    joined: list[Membership] = field(default_factory=list)
    reshipped: list[Membership] = field(default_factory=list)
    parted: list[int] = field(default_factory=list)


class _Chunk:
    """The recording of up to `CHUNK` different listings in one transaction.

    A listing that is not known and that no search wants is not kept.
    """

    def __init__(self, observations: list[Observation], matches: Matcher, now: datetime) -> None:
        self._observations = observations
        self._matching = {
            seen.key: frozenset(matches(seen)) for seen in observations if seen.offer is not None
        }
        self._now = now
        self._writes = _Writes()

    def record(self) -> int:
        wanted = {key for key, search_ids in self._matching.items() if search_ids}
        judged = self._judged(locked_listings(self._observations, wanted, self._now))
        seen = [one for one in judged if not one.effect.is_old]
        memberships = _memberships_of(judged)
        for one in judged:
            current = memberships.get(one.listing.pk, {})
            if one.effect.is_old:
                self._join_as_known(one, current)
            else:
                self._decide(one, current)
        self._note_bids(seen)
        write_listings([(one.listing, one.observation) for one in seen])
        self._write_memberships()
        PricePoint.objects.bulk_create(self._writes.points)
        return self._write_changes()

    def _judged(self, listings: Mapping[tuple[str, str], Listing]) -> list[_Seen]:
        judged = []
        for observation in self._observations:
            listing = listings.get(observation.key)
            if listing is None:  # wanted by nobody, or ended before it was ever seen
                continue
            is_first = is_unrecorded(listing)
            effect = Effect() if is_first else effect_of(known(listing), observation)
            was = None if is_first else listing.figure_minor
            judged.append(_Seen(listing, observation, effect, is_first, was))
        return judged

    def _join_as_known(self, one: _Seen, current: dict[int, Membership]) -> None:
        """An old observation changes nothing of the listing, but a search that is filled finds it.

        It joins as it is known, so only while it stands under the title that was matched.
        """
        offer = one.observation.offer
        is_as_seen = offer is not None and offer.title == one.listing.title
        if is_as_seen and one.listing.ended_at is None:
            for search_id in sorted(self._matching[one.observation.key] - current.keys()):
                self._join(one, search_id)

    def _decide(self, one: _Seen, current: dict[int, Membership]) -> None:
        if one.observation.offer is None:
            if one.effect.ends:
                self._part(one, current.values(), Kind.ENDED)
            return
        matching = self._matching[one.observation.key]
        staying = _staying(one, current, matching)
        self._part(one, (m for m in current.values() if m.search_id not in staying), Kind.LEFT)
        for search_id in sorted(staying):
            if one.effect.reprices:
                self._writes.changes.append((search_id, one, Kind.REPRICED))
            if search_id in matching:
                self._reship(current[search_id], one.observation)
        for search_id in sorted(matching - current.keys()):
            self._join(one, search_id)
        self._note_price(one)

    def _part(self, one: _Seen, memberships: Iterable[Membership], kind: Kind) -> None:
        for membership in memberships:
            self._writes.parted.append(membership.pk)
            self._writes.changes.append((membership.search_id, one, kind))

    def _join(self, one: _Seen, search_id: int) -> None:
        offer = one.observation.offer
        assert offer is not None, "only an offer joins a search"
        self._writes.joined.append(
            Membership(
                search_id=search_id,
                listing=one.listing,
                shipping=offer.shipping,
                shipping_minor=offer.shipping_minor,
                since=one.observation.at,
            )
        )
        self._writes.changes.append((search_id, one, Kind.APPEARED))

    def _reship(self, membership: Membership, observation: Observation) -> None:
        offer = observation.offer
        assert offer is not None, "only an offer has shipping"
        if (membership.shipping, membership.shipping_minor) != (
            offer.shipping,
            offer.shipping_minor,
        ):
            membership.shipping = offer.shipping
            membership.shipping_minor = offer.shipping_minor
            self._writes.reshipped.append(membership)

    def _note_price(self, one: _Seen) -> None:
        offer = one.observation.offer
        if offer and offer.price and _is_price_news(one):
            self._writes.points.append(
                PricePoint(
                    listing=one.listing,
                    at=one.observation.at,
                    kind=PricePoint.Kind.PRICE,
                    minor=offer.price.minor,
                    currency=offer.price.currency,
                )
            )

    def _note_bids(self, seen: list[_Seen]) -> None:
        """A changed bid becomes a price point at most hourly; the last one always."""
        moved = [one for one in seen if _bid_moved(one) or (one.effect.ends and _has_bids(one))]
        if not moved:
            return
        noted_at = dict(
            PricePoint.objects.filter(
                listing__in=[one.listing.pk for one in moved], kind=PricePoint.Kind.BID
            )
            .values_list("listing")
            .annotate(Max("at"))
        )
        for one in moved:
            last = noted_at.get(one.listing.pk)
            if one.effect.ends or last is None or one.observation.at - last >= BID_POINT_EVERY:
                self._writes.points.append(_bid_point(one))

    def _write_memberships(self) -> None:
        writes = self._writes
        Membership.objects.filter(pk__in=writes.parted).delete()
        update_rows(writes.reshipped, ["shipping", "shipping_minor"])
        Membership.objects.bulk_create(writes.joined)

    def _write_changes(self) -> int:
        """Lock the searches by id, give out revisions, append the changes, move the heads."""
        changes = self._writes.changes
        if not changes:
            return 0
        ids = sorted({search_id for search_id, _, _ in changes})
        locked = Search.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
        searches = {search.pk: search for search in locked}
        before = _found_before(changes)
        rows = []
        for search_id, one, kind in changes:
            search = searches[search_id]
            search.head += 1
            rows.append(_change(search, one, _entry_kind(kind, search, one, before)))
        SearchChange.objects.bulk_create(rows)
        update_rows(list(searches.values()), ["head"])
        SearchNews.objects.bulk_create(
            [SearchNews(search_id=search_id, noticed_at=self._now) for search_id in ids],
            update_conflicts=True,
            unique_fields=["search"],
            update_fields=["noticed_at"],
        )
        return len(rows)


def _memberships_of(seen: list[_Seen]) -> dict[int, dict[int, Membership]]:
    """Current memberships by listing and search; with their search where a title changed."""
    rows = Membership.objects.filter(listing__in=[o.listing.pk for o in seen if not o.is_first])
    if any(one.effect.retitles for one in seen):
        rows = rows.select_related("search")
    memberships: dict[int, dict[int, Membership]] = defaultdict(dict)
    for row in rows:
        memberships[row.listing_id][row.search_id] = row
    return memberships


def _staying(one: _Seen, current: Mapping[int, Membership], matching: Collection[int]) -> set[int]:
    """The searches that still want the listing: all of them, unless its title changed."""
    if not one.effect.retitles:
        return set(current)
    offer = one.observation.offer
    assert offer is not None, "only an offer has a title"
    return {
        search_id
        for search_id, membership in current.items()
        if search_id in matching
        or keyword_query.parse(membership.search.query).matches(offer.title)
    }


def _is_price_news(one: _Seen) -> bool:
    """Whether the fixed price is another one or is there again; an auction may gain one later."""
    is_there_anew = one.is_first or one.effect.returns or one.listing.price_minor is None
    return is_there_anew or one.effect.reprices


def _bid_moved(one: _Seen) -> bool:
    offer = one.observation.offer
    return bool(offer and offer.bid and (one.is_first or one.listing.bid_minor != offer.bid.minor))


def _has_bids(one: _Seen) -> bool:
    return one.listing.bid_minor is not None


def _bid_point(one: _Seen) -> PricePoint:
    offer = one.observation.offer
    minor = offer.bid.minor if offer and offer.bid else one.listing.bid_minor
    assert minor is not None, "only a listing with a bid gets a bid point"
    return PricePoint(
        listing=one.listing,
        at=one.observation.at,
        kind=PricePoint.Kind.BID,
        minor=minor,
        currency=offer.figure.currency if offer else one.listing.currency,
    )


def _found_before(changes: list[tuple[int, _Seen, Kind]]) -> set[tuple[int, int]]:
    """Among the entering (search, listing) pairs those whose search had the listing before."""
    entering = [
        (search_id, one.listing.pk)
        for search_id, one, kind in changes
        if kind == Kind.APPEARED and not one.is_first
    ]
    if not entering:
        return set()
    return set(
        SearchChange.objects.filter(
            search__in={search_id for search_id, _ in entering},
            listing__in={listing_id for _, listing_id in entering},
        )
        .values_list("search", "listing")
        .distinct()
    )


def _entry_kind(kind: Kind, search: Search, one: _Seen, found_before: set[tuple[int, int]]) -> Kind:
    """How a listing enters: returned, appeared, or discovered (old, told to nobody as new)."""
    news_since = search.filled_at or search.was_filled_at
    if kind != Kind.APPEARED or news_since is None:
        return Kind.DISCOVERED if kind == Kind.APPEARED else kind
    if (search.pk, one.listing.pk) in found_before:
        return Kind.RETURNED
    offer = one.observation.offer
    # A listing known under another title starts to match: new to this search, however old.
    is_new = one.effect.retitles or is_news(offer.started_at if offer else None, news_since)
    return Kind.APPEARED if is_new else Kind.DISCOVERED


def _change(search: Search, one: _Seen, kind: Kind) -> SearchChange:
    return SearchChange(
        search=search,
        revision=search.head,
        listing=one.listing,
        kind=kind,
        at=one.listing.observed_at,
        price_minor=one.listing.figure_minor,
        was_minor=one.was_minor if kind == Kind.REPRICED else None,
        currency=one.listing.currency,
    )
