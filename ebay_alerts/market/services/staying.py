"""Which searches keep a listing, by what was observed of it beside what is recorded.

A search loses it where there is proof: another title or other categories, or sweeps that go on
missing it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ebay_alerts.market import keyword_query
from ebay_alerts.market.models import Membership, Search
from ebay_alerts.market.observing import (
    Effect,
    Observation,
    Offer,
    has_left,
    is_moved_out,
)
from ebay_alerts.market.services.listing_rows import ListingRow


@dataclass(slots=True)
class Seen:
    """One observation beside the row it is about."""

    listing: ListingRow
    observation: Observation
    matching: frozenset[int]
    effect: Effect
    is_first: bool
    was_minor: int | None

    @property
    def offer(self) -> Offer | None:
        return self.observation.offer


class Member(NamedTuple):
    """A membership as it stands."""

    pk: int
    search_id: int
    listing_id: int
    shipping: str
    shipping_minor: int | None
    missed_at: datetime | None


class Terms(NamedTuple):
    """What a search that may lose a listing wants, and when its last complete sweep was sent.

    A search of one listing has no query: it wants the listing whatever it is called.
    """

    query: str
    category: str
    swept_at: datetime | None


def memberships_of(judged: Iterable[Seen]) -> dict[int, dict[int, Member]]:
    """Current memberships by listing and search."""
    known = [one.listing.pk for one in judged if not one.is_first]
    memberships: dict[int, dict[int, Member]] = defaultdict(dict)
    if known:
        for row in Membership.objects.filter(listing__in=known).values_list(*Member._fields):
            member = Member(*row)
            memberships[member.listing_id][member.search_id] = member
    return memberships


def terms_of(
    judged: Iterable[Seen], current: Mapping[int, Mapping[int, Member]]
) -> dict[int, Terms]:
    """What the searches want that may lose a listing: it changed, or their sweeps miss it."""
    in_doubt = {
        search_id
        for one in judged
        if one.offer and not one.effect.is_old
        for search_id, member in current.get(one.listing.pk, {}).items()
        if search_id not in one.matching and (_may_part(one) or member.missed_at)
    }
    if not in_doubt:
        return {}
    rows = Search.objects.filter(pk__in=in_doubt)
    wanted = rows.values_list("pk", "query", "category", "fetch__swept_at")
    return {pk: Terms(query, category, swept_at) for pk, query, category, swept_at in wanted}


def searches_that_keep(
    one: Seen, current: Mapping[int, Member], terms: Mapping[int, Terms]
) -> set[int]:
    """The searches that still want the listing: all of them but those that there is proof for."""
    return {
        search_id
        for search_id, member in current.items()
        if search_id not in terms
        or search_id in one.matching
        or not _is_parted(one, member, terms[search_id])
    }


def _is_parted(one: Seen, member: Member, terms: Terms) -> bool:
    """Whether a search that does not match the offer has lost the listing."""
    offer, known = one.offer, one.listing.known
    assert offer is not None, "only an offer is compared"
    if not terms.query:
        return False
    if one.effect.retitles and not keyword_query.parse(terms.query).matches(offer.title):
        return True
    if one.effect.recategorises and is_moved_out(terms.category, known.categories, offer):
        return True
    is_missed = has_left(member.missed_at, terms.swept_at, one.observation.at)
    return is_missed and not is_changed(one)


def _may_part(one: Seen) -> bool:
    return one.effect.retitles or one.effect.recategorises


def is_changed(one: Seen) -> bool:
    """Whether eBay's index may leave the listing out for a while, since it was revised."""
    effect = one.effect
    return effect.reprices or effect.returns or _may_part(one)
