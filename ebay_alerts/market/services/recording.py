"""Recording observations: listings, price points, memberships and search changes, all at once.

Order of locks, always: listings by id, then searches by id. A change of state and its search
changes commit together, and applying the same observation twice equals applying it once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import BidNews, Listing, Membership, PricePoint, SearchChange
from ebay_alerts.market.observing import (
    BID_POINT_EVERY,
    Effect,
    Matcher,
    Observation,
    Offer,
    effect_of,
    is_filed_alike,
)
from ebay_alerts.market.services.appending import Change, append_changes
from ebay_alerts.market.services.bulk import insert_rows, update_rows, upsert_rows
from ebay_alerts.market.services.listing_rows import (
    Key,
    insert_listings,
    lock_listings,
    write_listings,
)
from ebay_alerts.market.services.staying import (
    Member,
    Seen,
    Terms,
    is_changed,
    memberships_of,
    searches_that_keep,
    terms_of,
)
from ebay_alerts.market.services.tombstones import bury, without_buried

# Listings recorded in one transaction, and matches of theirs: on SQLite well under 50 ms, since
# everybody else waits meanwhile; elsewhere a transaction's own cost is shared by more of them.
CHUNK, CHUNK_MATCHES = 200, 2_000
CHUNK_AMONG_WRITERS, MATCHES_AMONG_WRITERS = 500, 4_000

Kind = SearchChange.Kind


def is_deadlock(error: BaseException) -> bool:
    """PostgreSQL's deadlock_detected (SQLSTATE 40P01)."""
    return (
        isinstance(error, OperationalError)
        and getattr(error.__cause__, "sqlstate", None) == "40P01"
    )


def _is_lost_race(error: BaseException) -> bool:
    """A deadlock, or a listing that another writer inserted meanwhile."""
    return is_deadlock(error) or isinstance(error, IntegrityError)


# A transaction that was broken off for another one's sake is run again.
_TRIES, _PAUSE = stop_after_attempt(5), wait_random(0, 0.05)
retried_on_deadlock = retry(
    retry=retry_if_exception(is_deadlock), stop=_TRIES, wait=_PAUSE, reraise=True
)
_retried_on_lost_race = retry(
    retry=retry_if_exception(_is_lost_race), stop=_TRIES, wait=_PAUSE, reraise=True
)


class Matched(NamedTuple):
    """An observation, the searches that want what it offers, and what is told of it next."""

    seen: Observation
    search_ids: frozenset[int]
    follower: Observation | None


def record_observations(
    observations: Sequence[Observation], matches: Matcher, now: datetime
) -> int:
    """Record what was observed and return how many search changes that made.

    Several observations of one listing are applied in the order given.
    """
    changes = 0
    for wave in _waves(observations):
        matched = (
            Matched(seen, frozenset(matches(seen) if seen.offer else ()), follower)
            for seen, follower in wave
        )
        for chunk in _chunks(matched):
            changes += _record_chunk(chunk, now)
    return changes


def _chunks(matched: Iterable[Matched]) -> Iterator[list[Matched]]:
    """Pieces that one transaction takes: so many listings, fewer where many searches want them."""
    most, most_matches = (
        (CHUNK, CHUNK_MATCHES)
        if connection.vendor == "sqlite"
        else (CHUNK_AMONG_WRITERS, MATCHES_AMONG_WRITERS)
    )
    chunk: list[Matched] = []
    matches = 0
    for one in matched:
        matches += len(one.search_ids)
        if chunk and (len(chunk) == most or matches > most_matches):
            yield chunk
            chunk, matches = [], len(one.search_ids)
        chunk.append(one)
    if chunk:
        yield chunk


def _waves(
    observations: Sequence[Observation],
) -> list[list[tuple[Observation, Observation | None]]]:
    """Split so that no listing comes twice in a wave, its observations staying in order.

    Each comes with the listing's next one.
    """
    told: dict[Key, list[Observation]] = defaultdict(list)
    for observation in observations:
        told[observation.key].append(observation)
    waves: list[list[tuple[Observation, Observation | None]]] = []
    for of_one in told.values():
        for wave, pair in enumerate(zip_longest(of_one, of_one[1:])):
            if wave == len(waves):
                waves.append([])
            waves[wave].append(pair)
    return waves


@_retried_on_lost_race
def _record_chunk(matched: list[Matched], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        return _Chunk(matched, now).record()


@dataclass
class _Writes:
    """What a chunk writes, collected before anything is written."""

    changes: list[tuple[int, Seen, Kind]] = field(default_factory=list)
    points: list[tuple[object, ...]] = field(default_factory=list)
    joined: list[tuple[object, ...]] = field(default_factory=list)
    kept: list[tuple[object, ...]] = field(default_factory=list)
    parted: list[int] = field(default_factory=list)
    doubted: list[int] = field(default_factory=list)


class _Chunk:
    """The recording of some different listings in one transaction.

    A listing that is not known and that no search wants is not kept.
    """

    def __init__(self, matched: list[Matched], now: datetime) -> None:
        self._matched = matched
        self._now = now
        self._writes = _Writes()

    def record(self) -> int:
        judged = self._judged()
        current = memberships_of(judged)
        terms = terms_of(judged, current)
        for one in judged:
            members = current.get(one.listing.pk, {})
            if one.effect.is_old:
                self._join_as_known(one, members)
            else:
                self._decide(one, members, terms)
        taken_in = [one for one in judged if not one.effect.is_old]
        self._note_bids(taken_in)
        write_listings([(one.listing, one.observation) for one in taken_in if not one.is_first])
        self._write_memberships()
        self._have_doubted_checked()
        return append_changes([_change(*change) for change in self._writes.changes], self._now)

    def _judged(self) -> list[Seen]:
        """Each observation beside its row, locked; those of unknown, unwanted listings drop out."""
        found = lock_listings([matched.seen for matched in self._matched])
        unknown = {m.seen.key: m for m in self._matched if m.seen.key not in found}
        bury(matched.seen for matched in unknown.values())
        alive = without_buried(matched.seen for matched in unknown.values())
        wanted = [seen for seen in alive if unknown[seen.key].search_ids]
        fresh = insert_listings(wanted, self._now)
        judged = []
        for seen, search_ids, follower in self._matched:
            if row := fresh.get(seen.key):
                judged.append(Seen(row, seen, search_ids, Effect(), True, None))
            elif row := found.get(seen.key):
                effect = effect_of(row.known, seen, follower)
                judged.append(Seen(row, seen, search_ids, effect, False, row.figure_minor))
        return judged

    def _join_as_known(self, one: Seen, current: Mapping[int, Member]) -> None:
        """An old observation changes nothing of the listing, but a search that is filled finds it.

        It joins as it is known, so only while it stands under the title and in the categories that
        were matched.
        """
        if one.effect.is_in_doubt:
            self._writes.doubted.append(one.listing.pk)
        if one.offer is None or one.listing.ended_at is not None:
            return
        known = one.listing.known
        if one.offer.title == known.title and is_filed_alike(known.categories, one.offer):
            self._join(one, one.matching - current.keys())
            for search_id in one.matching & current.keys():
                self._keep(current[search_id])

    def _decide(self, one: Seen, current: Mapping[int, Member], terms: Mapping[int, Terms]) -> None:
        if one.offer is None:
            if one.effect.ends:
                self._part(one, current.values(), Kind.ENDED)
            return
        keeping = searches_that_keep(one, current, terms)
        self._part(one, (m for m in current.values() if m.search_id not in keeping), Kind.LEFT)
        if one.effect.reprices:
            self._writes.changes += ((pk, one, Kind.REPRICED) for pk in sorted(keeping))
        for search_id in keeping & one.matching:
            self._keep(current[search_id], one.offer)
        if is_changed(one):
            for search_id in keeping - one.matching:
                self._keep(current[search_id])
        self._join(one, one.matching - current.keys())
        self._note_price(one)

    def _part(self, one: Seen, members: Iterable[Member], kind: Kind) -> None:
        for member in members:
            self._writes.parted.append(member.pk)
            self._writes.changes.append((member.search_id, one, kind))

    def _join(self, one: Seen, search_ids: Collection[int]) -> None:
        offer = one.offer
        assert offer is not None, "only an offer joins a search"
        for search_id in sorted(search_ids):
            self._writes.joined.append(
                (
                    search_id,
                    one.listing.pk,
                    offer.shipping,
                    offer.shipping_minor,
                    one.observation.at,
                )
            )
            self._writes.changes.append((search_id, one, Kind.APPEARED))

    def _keep(self, member: Member, offer: Offer | None = None) -> None:
        """It is not missed, or if it changed was not missed as it is; `offer` says its shipping."""
        told = offer or member
        kept = (told.shipping, told.shipping_minor, None)
        if (member.shipping, member.shipping_minor, member.missed_at) != kept:
            self._writes.kept.append((member.pk, *kept))

    def _note_price(self, one: Seen) -> None:
        if one.offer and one.offer.price and _is_price_news(one):
            price = one.offer.price
            own = one.offer.own
            own_price = (own.minor, own.currency) if own else (None, "")
            point = (one.listing.pk, one.observation.at, "price", price.minor, price.currency)
            self._writes.points.append(point + own_price)

    def _note_bids(self, seen: list[Seen]) -> None:
        """A changed bid becomes a price point at most hourly; the last one always."""
        moved = [one for one in seen if _bid_moved(one) or (one.effect.ends and _has_bids(one))]
        if not moved:
            return
        news = [(one.listing.pk, self._now) for one in moved if _is_bid_news(one)]
        upsert_rows(BidNews, ["listing", "noticed_at"], news, "(listing_id) DO NOTHING")
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
        if writes.parted:
            Membership.objects.filter(pk__in=writes.parted).delete()
        update_rows(Membership, ["shipping", "shipping_minor", "missed_at"], writes.kept)
        joined = ["search", "listing", "shipping", "shipping_minor", "since"]
        insert_rows(Membership, joined, writes.joined)
        points = ["listing", "at", "kind", "minor", "currency", "own_minor", "own_currency"]
        insert_rows(PricePoint, points, writes.points)

    def _have_doubted_checked(self) -> None:
        if self._writes.doubted:
            Listing.objects.filter(pk__in=self._writes.doubted).update(check_due_at=self._now)


def _is_price_news(one: Seen) -> bool:
    """Whether the fixed price is another one or is there again; an auction may gain one later."""
    is_there_anew = one.is_first or one.effect.returns or one.listing.price_minor is None
    return is_there_anew or one.effect.reprices


def _bid_moved(one: Seen) -> bool:
    offer = one.offer
    return bool(offer and offer.bid and (one.is_first or one.listing.bid_minor != offer.bid.minor))


def _is_bid_news(one: Seen) -> bool:
    """Whether the bid is what a listing costs, and another one than it was known at."""
    return one.offer is not None and one.offer.price is None and not one.is_first


def _has_bids(one: Seen) -> bool:
    return one.listing.bid_minor is not None


def _bid_point(one: Seen) -> tuple[object, ...]:
    offer = one.offer
    minor = offer.bid.minor if offer and offer.bid else one.listing.bid_minor
    currency = offer.figure.currency if offer else one.listing.currency
    return (one.listing.pk, one.observation.at, "bid", minor, currency, None, "")


def _change(search_id: int, one: Seen, kind: Kind) -> Change:
    listing = one.listing
    return Change(
        search_id=search_id,
        listing_id=listing.pk,
        kind=kind,
        at=listing.observed_at,
        price_minor=listing.figure_minor,
        was_minor=one.was_minor if kind is Kind.REPRICED else None,
        currency=listing.currency,
        started_at=one.offer.started_at if one.offer else None,
        is_first=one.is_first,
        is_new=one.effect.retitles,
    )
