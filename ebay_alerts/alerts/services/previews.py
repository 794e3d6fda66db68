"""Previews: what an alert would find and mail, from the database where its search is kept fresh,
else from a glance at eBay; nothing is kept."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db.models import Min

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import InvalidAlert, NoPreview, TooManyPreviews
from ebay_alerts.alerts.gates import Features, Gates
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.previewing import (
    LOOKED_BACK,
    Caution,
    Estimate,
    cautions_of,
    extrapolated,
    mails_per_day,
    new_per_day,
)
from ebay_alerts.alerts.selectors import listings_like, shown_by
from ebay_alerts.alerts.services.keeping import put_wish
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.market.errors import EbayError, RateLimited, Rejected
from ebay_alerts.market.models import Membership, PricePoint, Search
from ebay_alerts.market.selectors import find_searches
from ebay_alerts.market.services.glancing import Glance, Offered, find_glance, glance_at, matching
from ebay_alerts.market.tasks import ebay_client

# A search that was asked about so lately is as good as asking.
FRESH_FOR = timedelta(hours=1)
CHEAPEST = 5
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Preview:
    """What an alert would find now, and what it would mail."""

    estimate: Estimate
    cheapest: Sequence[Offered]
    mails_per_day: float
    lowest_minor: int | None
    cautions: Sequence[Caution]
    source: str
    asked_at: datetime


class _Seen(NamedTuple):
    """What both sources tell."""

    estimate: Estimate
    found: int
    cheapest: list[Offered]
    lowest_minor: int | None
    source: str
    asked_at: datetime


@dataclass
class _Limit:
    """How many glances each user had in the last hour, as this process knows."""

    times: defaultdict[int, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    lock: Lock = field(default_factory=Lock)

    def take(self, user_id: int, now: datetime) -> None:
        """Raises TooManyPreviews."""
        with self.lock:
            times = self.times[user_id]
            while times and times[0] <= now - _HOUR:
                times.popleft()
            if len(times) >= settings.PREVIEWS_PER_HOUR:
                raise TooManyPreviews(settings.PREVIEWS_PER_HOUR, times[0] + _HOUR)
            times.append(now)


@lru_cache(maxsize=1)
def preview_limit() -> _Limit:
    """The process's count of previews that eBay was asked for."""
    return _Limit()


def preview(user: User, wish: Wish, now: datetime) -> Preview:
    """Raises TooManyPreviews, NoPreview where eBay has to be asked and cannot be, and InvalidAlert
    where it refuses the search, and for one listing. Call it outside a transaction: it may wait
    for eBay."""
    if wish.terms.query is None:
        raise InvalidAlert("listing", "A preview is of keywords; one listing can be kept at once.")
    search = find_searches([wish.terms.identity]).get(wish.terms.identity)
    fetch = search.fetch if search else None
    is_fresh = fetch and fetch.asked_at and now - fetch.asked_at < FRESH_FOR
    if search and search.filled_at and search.refresh_seconds and is_fresh:
        seen = _seen_here(user, search, wish, now)
    else:
        seen = _seen_at_ebay(user, wish, now)
    return Preview(
        estimate=seen.estimate,
        cheapest=seen.cheapest,
        mails_per_day=mails_per_day(
            seen.estimate.new_per_day,
            wish.interval_minutes,
            wish.mail_when,
            settings.INSTANT_MAILS_PER_HOUR,
        ),
        lowest_minor=seen.lowest_minor,
        cautions=cautions_of(seen.estimate, seen.found, wish.gates, seen.lowest_minor),
        source=seen.source,
        asked_at=seen.asked_at,
    )


def _seen_here(user: User, search: Search, wish: Wish, now: datetime) -> _Seen:
    """Gates hold exactly; what eBay finds beyond the coverage is extrapolated."""
    alert = _alert(user, wish, now)
    alert.search = search
    shown, fetch = shown_by(alert), search.fetch
    members = Membership.objects.filter(search=search, listing__ended_at=None).count()
    total = max(fetch.total or 0, members)
    matching = shown.count()
    matches, is_exact = extrapolated(matching, members, total, is_complete=fetch.is_complete)
    recent = shown.filter(listing__started_at__gte=now - LOOKED_BACK)
    starts = list(recent.order_by().values_list("listing__started_at", flat=True))
    lowest = (
        PricePoint.objects.filter(
            listings_like(alert), kind=PricePoint.Kind.PRICE, currency=wish.gates.currency
        )
        .aggregate(lowest=Min("minor"))
        .get("lowest")
    )
    assert fetch.asked_at is not None, "the search is fresh"
    return _Seen(
        estimate=Estimate(matches, is_exact, new_per_day(starts, None, now)),
        found=members,
        cheapest=[_offered(row) for row in shown[:CHEAPEST]],
        lowest_minor=lowest,
        source="database",
        asked_at=fetch.asked_at,
    )


def _alert(user: User, wish: Wish, now: datetime) -> Alert:
    """As it would be kept; it never is."""
    alert = Alert(user=user)
    put_wish(alert, wish, now)
    return alert


def _offered(row: Membership) -> Offered:
    listing = row.listing
    return Offered(
        legacy_id=listing.legacy_id,
        title=listing.title,
        url=listing.url,
        image_url=listing.image_url,
        currency=listing.currency,
        price_minor=listing.price_minor,
        bid_minor=listing.bid_minor,
        shipping=row.shipping,
        shipping_minor=row.shipping_minor,
        condition=listing.condition,
        condition_group=listing.condition_group,
        seller=listing.seller,
        words=listing.words,
        country=listing.country,
        started_at=listing.started_at,
        ends_at=listing.ends_at,
    )


def _seen_at_ebay(user: User, wish: Wish, now: datetime) -> _Seen:
    """Gates and keywords hold exactly for what was read, and the share of the newest page for what
    was not."""
    glance = find_glance(wish.terms, now) or _glance(user, wish, now)
    gates, query = _alert(user, wish, now).gates, wish.terms.query
    assert query is not None, "one listing has no preview"
    found = matching([*glance.newest, *glance.cheapest], query)
    wanted = [one for one in found if _passes(one, gates)]
    new = [one for one in matching(glance.newest, query) if _passes(one, gates)]
    matches, is_exact = extrapolated(
        len(new), len(glance.newest), glance.total, is_complete=glance.is_complete
    )
    daily = new_per_day([one.started_at for one in new], _since(glance), now)
    return _Seen(
        estimate=Estimate(max(matches, len(wanted)), is_exact, daily),
        found=len(found),
        cheapest=sorted(wanted, key=lambda one: (one.cost_minor, one.legacy_id))[:CHEAPEST],
        lowest_minor=_lowest(found, gates),
        source="ebay",
        asked_at=glance.asked_at,
    )


def _glance(user: User, wish: Wish, now: datetime) -> Glance:
    preview_limit().take(user.pk, now)
    try:
        return glance_at(ebay_client(), wish.terms, now)
    except RateLimited as error:
        raise NoPreview(f"eBay cannot be asked now: {error}", error.until) from error
    except Rejected as error:
        raise InvalidAlert("keywords", f"eBay refuses this search: {error}") from error
    except EbayError as error:
        raise NoPreview(f"eBay cannot be asked now: {error}") from error


def _passes(one: Offered, gates: Gates) -> bool:
    limits = gates.beside(one.shipping_minor)
    return _fits(one, gates) and limits.admit(one.figure_minor, one.currency)


def _fits(one: Offered, gates: Gates) -> bool:
    return gates.fit(
        Features(
            has_price=one.price_minor is not None,
            has_bid=one.bid_minor is not None,
            country=one.country,
            shipping=one.shipping,
            shipping_minor=one.shipping_minor,
            condition_group=one.condition_group,
            seller=one.seller,
            words=one.words,
        )
    )


def _lowest(found: Iterable[Offered], gates: Gates) -> int | None:
    """The lowest fixed price of what passes the gates but for their limits."""
    prices = [
        one.price_minor
        for one in found
        if one.price_minor is not None and one.currency == gates.currency and _fits(one, gates)
    ]
    return min(prices, default=None)


def _since(glance: Glance) -> datetime | None:
    """Since when everything new was seen: the oldest start on the newest page."""
    if glance.is_complete:
        return None
    return min((one.started_at for one in glance.newest if one.started_at), default=None)
