"""What one observation of a listing changes; pure decisions, no database.

An observation has a time: a poll the moment its request was sent, an event its own. An older one
than the listing's last changes nothing; what was applied once changes nothing the second time.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ebay_alerts.kit.money import Money

# A listing this much older than its search's filling still is news when it was not in the filling:
# eBay shows new listings with a delay.
FRESH_ALLOWANCE = timedelta(minutes=10)
# A poll's observations are dated so much earlier than it was sent: clocks differ and eBay's index
# lags. So an event of these seconds counts as younger, though the poll may have seen what it tells.
POLL_SKEW = timedelta(seconds=2)
# A listing leaves a search when complete sweeps so far apart do not show it: eBay's index may leave
# out for minutes what is new or was revised.
MISSED_FOR = timedelta(hours=1)
# A bid becomes a price point at most so often.
BID_POINT_EVERY = timedelta(hours=1)


class Source(StrEnum):
    """Who tells: a poll (search or single check), or the event stream."""

    POLL = "poll"
    EVENT = "event"


@dataclass(frozen=True)
class Offer:
    """What a listing offers, in our words. One of `price` and `bid` is there.

    `has_all_categories`: it is in no others than these `categories`. `seller` is a mark
    (market.sellers), empty where it is not known, like `condition_group`.
    """

    title: str
    url: str
    price: Money | None
    bid: Money | None = None
    bid_count: int | None = None
    own: Money | None = None
    is_from_price: bool = False
    image_url: str = ""
    shipping: str = "unknown"
    shipping_minor: int | None = None
    condition: str = ""
    condition_group: str = ""
    seller: str = ""
    seller_percent: str = ""
    country: str = ""
    started_at: datetime | None = None
    ends_at: datetime | None = None
    categories: frozenset[str] = frozenset()
    has_all_categories: bool = False

    @property
    def figure(self) -> Money:
        figure = self.bid if self.price is None else self.price
        assert figure is not None, "an offer has a price or a bid"
        return figure


@dataclass(frozen=True)
class Observation:
    """That a listing was seen (`offer`) or was seen to have ended (`offer` is None) at a time.

    `sequence` is the event's number; polls have none. `is_creation` marks a *created* event.
    """

    marketplace: str
    legacy_id: str
    reference: str
    at: datetime
    offer: Offer | None
    sequence: int | None = None
    is_creation: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.marketplace, self.legacy_id)


# Which searches want an offer: search ids for an observation.
Matcher = Callable[[Observation], Collection[int]]


@dataclass(frozen=True)
class Known:
    """What is recorded of a listing; `categories` are empty where not all of them are known."""

    title: str
    currency: str
    price_minor: int | None
    bid_minor: int | None
    own_minor: int | None
    own_currency: str
    observed_at: datetime
    event_sequence: int | None
    ended_at: datetime | None
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Effect:
    """What an observation does to a listing that is known.

    `is_in_doubt`: it changes nothing, and eBay had better be asked how the listing stands.
    """

    is_old: bool = False
    is_in_doubt: bool = False
    ends: bool = False
    returns: bool = False
    reprices: bool = False
    retitles: bool = False
    recategorises: bool = False


def effect_of(known: Known, seen: Observation, follower: Observation | None = None) -> Effect:
    """Decide by the rules of order what `seen` changes. An old observation changes nothing.

    `follower` is what is told of the listing next, where that is known already.
    """
    if _is_old(known, seen) or _is_overtaken(known, seen, follower):
        return Effect(is_old=True)
    if seen.offer is None:
        return Effect(ends=known.ended_at is None)
    if known.ended_at is not None and not _brings_back(known.ended_at, seen):
        # An event that is no end tells of a listing that lives: its creation is still to come.
        return Effect(is_old=True, is_in_doubt=seen.sequence is not None)
    return Effect(
        returns=known.ended_at is not None,
        reprices=_reprices(known, seen.offer),
        retitles=known.title != seen.offer.title,
        recategorises=not is_filed_alike(known.categories, seen.offer),
    )


def outlives(seen: Observation, ended_at: datetime, sequence: int) -> bool:
    """Whether an offer is seen after the event that called its listing ended, and brings it back.

    By the same rules as for a listing that is known.
    """
    if seen.sequence is not None and seen.sequence <= sequence:
        return False
    return seen.at >= ended_at and _brings_back(ended_at, seen)


def _is_old(known: Known, seen: Observation) -> bool:
    if seen.sequence is not None and known.event_sequence is not None:
        return seen.sequence <= known.event_sequence
    return seen.at < known.observed_at


def _is_overtaken(known: Known, seen: Observation, follower: Observation | None) -> bool:
    """Whether an event and its follower both come from before a poll was sent.

    The poll may have seen either, but no more of the first than the follower tells.
    """
    if follower is None or follower.sequence is None or seen.sequence is None:
        return False
    is_known_by_poll = known.event_sequence is None and known.ended_at is None
    is_in_order = seen.sequence < follower.sequence
    return is_known_by_poll and is_in_order and follower.at <= known.observed_at + POLL_SKEW


def is_filed_alike(categories: frozenset[str], offer: Offer) -> bool:
    """Whether an offer is in these categories; so it is as long as one side does not know all."""
    return not (categories and offer.has_all_categories) or categories == offer.categories


def is_moved_out(category: str, before: frozenset[str], offer: Offer) -> bool:
    """Whether an offer was in a category and no longer is; what was never told proves nothing."""
    return offer.has_all_categories and category in before and category not in offer.categories


def has_left(missed_at: datetime | None, swept_at: datetime | None, seen_at: datetime) -> bool:
    """Whether a listing that is offered at `seen_at` has left a search.

    `missed_at` is when the first of the complete sweeps in a row was sent that did not show it,
    None if the last one did or it changed since; `swept_at` is when the last one was sent.
    """
    if missed_at is None or swept_at is None:
        return False
    return swept_at - missed_at >= MISSED_FOR and seen_at >= swept_at


def _brings_back(ended_at: datetime, seen: Observation) -> bool:
    """An ended listing returns by a *created* event or by a poll sent after the end."""
    return seen.is_creation if seen.sequence is not None else seen.at > ended_at


def _reprices(known: Known, offer: Offer) -> bool:
    """Whether the seller's own price is another one. Bids and exchange rates are no repricing."""
    if known.own_minor is not None and offer.own is not None:
        return known.own_currency == offer.own.currency and known.own_minor != offer.own.minor
    if known.price_minor is None or offer.price is None:
        return False
    return known.currency == offer.price.currency and known.price_minor != offer.price.minor


def is_news(started_at: datetime | None, filled_at: datetime | None) -> bool:
    """Whether a listing first found now is new, or old and only discovered now."""
    if filled_at is None or started_at is None:
        return False
    return started_at >= filled_at - FRESH_ALLOWANCE
