"""The rows of listings: found or inserted under lock, and what an observation writes on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from ebay_alerts.market.keyword_query import spaced_words
from ebay_alerts.market.models import Listing
from ebay_alerts.market.observing import Known, Observation, Offer
from ebay_alerts.market.relisting import Began, Earlier, likeness_of, relisted
from ebay_alerts.market.services.bulk import insert_rows, update_rows

# A listing whose end time is so long past has ended, unless it was seen again.
ENDS_AFTER = timedelta(minutes=1)
_MOST_CATEGORIES = 200
_PLAIN_FIELDS = (
    "title",
    "url",
    "image_url",
    "bid_count",
    "is_from_price",
    "condition",
    "condition_group",
    "seller_percent",
    "country",
    "started_at",
    "ends_at",
)
_OFFER_FIELDS = (
    *_PLAIN_FIELDS,
    "reference",
    "currency",
    "price_minor",
    "bid_minor",
    "own_minor",
    "own_currency",
    "categories",
    "seller",
    "words",
    "likeness",
)
_STATE_FIELDS = ("observed_at", "event_sequence", "ended_at", "check_due_at")
_KEY_FIELDS = ("marketplace", "legacy_id")
_INSERTED_FIELDS = (*_KEY_FIELDS, "first_seen_at", "relists", *_STATE_FIELDS, *_OFFER_FIELDS)

Key = tuple[str, str]
_state = attrgetter("pk", *_STATE_FIELDS)
_state_and_offer = attrgetter("pk", *_STATE_FIELDS, *_OFFER_FIELDS)
_inserted = attrgetter(*_INSERTED_FIELDS)
_plain = attrgetter(*_PLAIN_FIELDS)


@dataclass(slots=True)
class ListingRow:
    """A listing's columns, as far as observations read and write them."""

    pk: int
    marketplace: str
    legacy_id: str
    observed_at: datetime
    event_sequence: int | None
    ended_at: datetime | None
    check_due_at: datetime | None
    title: str
    url: str
    image_url: str
    bid_count: int | None
    is_from_price: bool
    condition: str
    condition_group: str
    seller_percent: str
    country: str
    started_at: datetime | None
    ends_at: datetime | None
    reference: str
    currency: str
    price_minor: int | None
    bid_minor: int | None
    own_minor: int | None
    own_currency: str
    categories: str
    seller: str
    words: str
    likeness: str
    first_seen_at: datetime | None = None
    relists: int | None = None

    @property
    def key(self) -> Key:
        return (self.marketplace, self.legacy_id)

    @property
    def figure_minor(self) -> int:
        """The fixed price, or for a mere auction the current bid."""
        minor = self.bid_minor if self.price_minor is None else self.price_minor
        assert minor is not None, "a listing has one of the two"
        return minor

    @property
    def known(self) -> Known:
        return Known(
            title=self.title,
            currency=self.currency,
            price_minor=self.price_minor,
            bid_minor=self.bid_minor,
            own_minor=self.own_minor,
            own_currency=self.own_currency,
            observed_at=self.observed_at,
            event_sequence=self.event_sequence,
            ended_at=self.ended_at,
            categories=frozenset(self.categories.split()),
        )


def lock_listings(observations: Sequence[Observation]) -> dict[Key, ListingRow]:
    """The rows of these listings that are known, locked in the order of their ids."""
    rows = (
        _of_keys([observation.key for observation in observations])
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", *_KEY_FIELDS, *_STATE_FIELDS, *_OFFER_FIELDS)
    )
    found = (ListingRow(*row) for row in rows)
    return {row.key: row for row in found}


def insert_listings(observations: Sequence[Observation], now: datetime) -> dict[Key, ListingRow]:
    """Rows of listings that are not known; raises IntegrityError if somebody else inserted one.

    They go in one order, so that two writers do not wait for each other.
    """
    rows = {seen.key: _fresh_row(seen, now) for seen in sorted(observations, key=_key_of)}
    for key, earlier in find_relisted(list(rows.values())).items():
        rows[key].relists = earlier
    insert_rows(Listing, _INSERTED_FIELDS, [_inserted(row) for row in rows.values()])
    for pk, *key in _of_keys(rows.keys()).values_list("pk", *_KEY_FIELDS):
        if row := rows.get((key[0], key[1])):
            row.pk = pk
    return rows


def find_relisted(rows: Sequence[ListingRow]) -> dict[Key, int]:
    """Which earlier listings these new ones are offered again for, by one query."""
    began = [
        Began(row.key, row.likeness, row.currency, row.started_at) for row in rows if row.likeness
    ]
    if not began:
        return {}
    sellers = {row.seller for row in rows if row.likeness}
    found = listings_of(sellers).filter(likeness__in={one.likeness for one in began})
    fields = ("pk", "likeness", "currency", "ended_at", "ends_at", "price_minor", "relisted_as")
    return relisted(began, [Earlier(*row) for row in found.values_list(*fields)])


def listings_of(marks: Collection[str]) -> QuerySet[Listing]:
    """By an index of those whose seller is known, which SQLite takes only where that is said."""
    return Listing.objects.filter(~Q(seller=""), seller__in=marks)


def _of_keys(keys: Collection[Key]) -> Any:
    """These listings, and of their numbers those on the others' marketplaces."""
    return Listing.objects.filter(
        marketplace__in={marketplace for marketplace, _ in keys},
        legacy_id__in=[legacy_id for _, legacy_id in keys],
    )


def _key_of(observation: Observation) -> Key:
    return observation.key


def _fresh_row(seen: Observation, now: datetime) -> ListingRow:
    offer = seen.offer
    assert offer is not None, "only an offer is inserted"
    check_due_at = offer.ends_at and offer.ends_at + ENDS_AFTER
    state = (seen.at, seen.sequence, None, check_due_at)
    offered = _offered(seen.reference, offer, seen.key[0], _Kept())
    values: tuple[Any, ...] = (*state, *offered, now)
    return ListingRow(0, *seen.key, *values)


def write_listings(seen: Sequence[tuple[ListingRow, Observation]]) -> None:
    """Put the observations on their rows; rows that say nothing new only get their time."""
    changed: list[ListingRow] = []
    same: list[ListingRow] = []
    for row, observation in seen:
        (changed if _apply(row, observation) else same).append(row)
    update_rows(Listing, (*_STATE_FIELDS, *_OFFER_FIELDS), list(map(_state_and_offer, changed)))
    update_rows(Listing, _STATE_FIELDS, list(map(_state, same)))


def _apply(row: ListingRow, seen: Observation) -> bool:
    """Put what was observed on the row; whether the offer differs. Seeing it settles a check."""
    row.observed_at = max(seen.at, row.observed_at)
    # None after a poll: events are held against it by time, or a late one would unsay it.
    row.event_sequence = seen.sequence
    if seen.offer is None:
        row.check_due_at = None
        row.ended_at = row.ended_at or seen.at
        return False
    # A check due of one that has ended is owed to what came before its creation: it stays due.
    if row.ended_at is None or row.check_due_at is None or seen.sequence is None:
        row.check_due_at = seen.offer.ends_at and seen.offer.ends_at + ENDS_AFTER
    row.ended_at = None
    before = _state_and_offer(row)
    kept = _Kept(row.title, row.words, row.seller, row.categories)
    offered = _offered(seen.reference, seen.offer, row.marketplace, kept)
    for name, value in zip(_OFFER_FIELDS, offered, strict=True):
        setattr(row, name, value)
    return before != _state_and_offer(row)


class _Kept(NamedTuple):
    """What is known so far of a listing, and stays where an offer does not say it."""

    title: str = ""
    words: str = ""
    seller: str = ""
    categories: str = ""


def _offered(reference: str, offer: Offer, marketplace: str, kept: _Kept) -> tuple[Any, ...]:
    """The values of the offer's fields, in their order."""
    is_titled_so = kept.words and kept.title == offer.title
    words = kept.words if is_titled_so else spaced_words(offer.title)
    seller = offer.seller or kept.seller
    return (
        *_plain(offer),
        reference,
        offer.figure.currency,
        offer.price.minor if offer.price else None,
        offer.bid.minor if offer.bid else None,
        offer.own.minor if offer.own else None,
        offer.own.currency if offer.own else "",
        _filed(offer) if offer.has_all_categories else kept.categories,
        seller,
        words,
        likeness_of(marketplace, seller, words, offer.condition_group, offer.image_url),
    )


def _filed(offer: Offer) -> str:
    """The offer's categories as they are kept; more than fit count as not known."""
    text = " ".join(sorted(offer.categories))
    return text if len(text) <= _MOST_CATEGORIES else ""
