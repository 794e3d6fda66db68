"""Glancing at what eBay finds for a search that nobody keeps: two calls at most, none recorded."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from ebay_alerts.market.ebay.client import EbayClient, SearchPage, SearchRequest
from ebay_alerts.market.errors import RateLimited
from ebay_alerts.market.keyword_query import KeywordQuery, spaced_words
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.quota import Purpose
from ebay_alerts.market.selectors import api_pause
from ebay_alerts.market.services.ledger import keep_true, pause_calls, reserve
from ebay_alerts.market.terms import SearchTerms

# Whoever types on asks about the same.
FRESH_FOR = timedelta(minutes=10)
# Glances that a process remembers: some hundred listings each.
REMEMBERED = 16

# Marketplace, keywords as eBay gets them, category, country.
_Asked = tuple[str, str, str, str]


class Offered(NamedTuple):
    """A listing as it was seen; money is in minor units. One of `price_minor` and `bid_minor` is
    there."""

    legacy_id: str
    title: str
    url: str
    image_url: str
    currency: str
    price_minor: int | None
    bid_minor: int | None
    shipping: str
    shipping_minor: int | None
    condition: str
    condition_group: str
    seller: str
    words: str
    country: str
    started_at: datetime | None
    ends_at: datetime | None

    @property
    def figure_minor(self) -> int:
        """The fixed price, or for a mere auction the current bid."""
        minor = self.bid_minor if self.price_minor is None else self.price_minor
        assert minor is not None, "one of the two is there"
        return minor

    @property
    def cost_minor(self) -> int:
        """With shipping, as far as it is known."""
        return self.figure_minor + (self.shipping_minor or 0)


@dataclass(frozen=True)
class Glance:
    """What eBay finds, as far as it was read: the newest page and, where that is not all, the
    cheapest. `total` is eBay's own count; what is offered is not matched with the query."""

    asked_at: datetime
    newest: list[Offered]
    cheapest: list[Offered]
    total: int
    is_complete: bool


@dataclass
class _Memory:
    """The last glances of this process."""

    glances: OrderedDict[_Asked, Glance] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def find(self, asked: _Asked, now: datetime) -> Glance | None:
        with self.lock:
            glance = self.glances.get(asked)
        return glance if glance and abs(now - glance.asked_at) < FRESH_FOR else None

    def keep(self, asked: _Asked, glance: Glance) -> None:
        with self.lock:
            self.glances[asked] = glance
            self.glances.move_to_end(asked)
            while len(self.glances) > REMEMBERED:
                self.glances.popitem(last=False)


@lru_cache(maxsize=1)
def glances() -> _Memory:
    """The process's memory of what eBay said lately."""
    return _Memory()


def find_glance(terms: SearchTerms, now: datetime) -> Glance | None:
    """What eBay said within the last minutes; that costs no call."""
    return glances().find(_asked(terms), now)


def glance_at(client: EbayClient, terms: SearchTerms, now: datetime) -> Glance:
    """Ask eBay by one call, or by two where a page is not all that it finds.

    The calls are reserved as those of a person who waits. Raises EbayError, RateLimited where the
    quota has no call or eBay takes none. Call it outside a transaction.
    """
    if pause := api_pause(now):
        raise RateLimited(pause.reason, pause.until)
    keep_true(client, now)
    allowance = reserve(Purpose.URGENT, 2, now)
    if not allowance.take():
        raise RateLimited("the calls that eBay grants are spent", allowance.reset_at)
    try:
        newest = _page(client, terms, "newlyListed")
        has_more = newest.has_next and allowance.take()
        cheapest = _page(client, terms, "price") if has_more else None
    except RateLimited as error:
        pause_calls(client, error)
        raise
    finally:
        allowance.give_back()
    glance = Glance(
        asked_at=newest.asked_at,
        newest=_offered(newest),
        cheapest=_offered(cheapest) if cheapest else [],
        total=newest.total,
        is_complete=not newest.has_next and not newest.warnings,
    )
    glances().keep(_asked(terms), glance)
    return glance


def matching(offered: Iterable[Offered], query: KeywordQuery) -> list[Offered]:
    """Each listing once."""
    return list({one.legacy_id: one for one in offered if query.matches(one.title)}.values())


def _offered(page: SearchPage) -> list[Offered]:
    return [_read(seen) for seen in page.observations if seen.offer]


def _read(seen: Observation) -> Offered:
    offer = seen.offer
    assert offer is not None, "only what is offered is read"
    return Offered(
        legacy_id=seen.legacy_id,
        title=offer.title,
        url=offer.url,
        image_url=offer.image_url,
        currency=offer.figure.currency,
        price_minor=offer.price.minor if offer.price else None,
        bid_minor=offer.bid.minor if offer.bid else None,
        shipping=offer.shipping,
        shipping_minor=offer.shipping_minor,
        condition=offer.condition,
        condition_group=offer.condition_group,
        seller=offer.seller,
        words=spaced_words(offer.title),
        country=offer.country,
        started_at=offer.started_at,
        ends_at=offer.ends_at,
    )


def _asked(terms: SearchTerms) -> _Asked:
    assert terms.query is not None, "there is nothing to glance at but a search by keywords"
    return terms.marketplace, terms.query.ebay_text(), terms.category, terms.deliver_to


def _page(client: EbayClient, terms: SearchTerms, sort: str) -> SearchPage:
    marketplace, keywords, category, country = _asked(terms)
    return client.search(SearchRequest(marketplace, keywords, country, category, sort))
