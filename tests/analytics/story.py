"""A market's random days, and what history says of them by the plainest of ways."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ebay_alerts.analytics import models as analytics
from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import PricePoint, Search, SearchChange
from ebay_alerts.market.observing import Observation
from tests.market.scenery import offer, record

START = datetime(2026, 3, 27, 6, tzinfo=UTC)
ENTERING = {"appeared", "discovered", "returned"}
WORDS = ("Wine", "Port", "Wine Port", "Beer")


def day_of(at: datetime) -> int:
    return at.astimezone(UTC).toordinal()


class RandomDays:
    """Listings that come, change their price or title, go, and come back, hour by hour."""

    def __init__(self, chance: random.Random, searches: list[Search], lots: int = 12) -> None:
        self._chance = chance
        self._searches = searches
        self._lots = lots
        self.now = START

    def play(self, moves: int) -> None:
        for _ in range(moves):
            self.now += timedelta(minutes=self._chance.choice((0, 7, 90, 600)))
            record([self._move()], *self._searches)

    def _move(self) -> Observation:
        lot = str(self._chance.randrange(self._lots))
        what = None
        if self._chance.random() < 0.85:
            price = self._chance.randrange(1, 40) * 50
            # Sold in another currency now and then, or converted: then the own price counts.
            own = Money(price, self._chance.choice(("EUR", "GBP"))) if lot in "01" else None
            is_auction = lot in "23" and self._chance.random() < 0.5
            figures: dict[str, Any] = {"own": own}
            if is_auction:
                figures["bid"] = Money(price, "USD")
            what = offer(self._chance.choice(WORDS), None if is_auction else price + 1, **figures)
        return Observation("EBAY_US", lot, f"v1|{lot}|0", self.now, what)


def expected_days() -> dict[tuple[int, str, int], tuple[str, int, int, int, int]]:
    """By listing, kind and day: currency, open, close, low, high; straight from the points."""
    points: dict[tuple[int, str, int], list[tuple[str, int]]] = defaultdict(list)
    for point in PricePoint.objects.order_by("pk"):
        own = point.own_minor is not None
        price = (point.own_currency, point.own_minor) if own else (point.currency, point.minor)
        points[point.listing_id, point.kind, day_of(point.at)].append(price)
    days = {}
    for key, prices in points.items():
        currency = prices[-1][0]
        since = len(prices) - next(
            (back for back, price in enumerate(reversed(prices)) if price[0] != currency),
            len(prices),
        )
        last = [minor for _, minor in prices[since:]]
        days[key] = (currency, last[0], last[-1], min(last), max(last))
    return days


def expected_search_days(search: Search, to_day: int) -> dict[int, tuple[Any, ...]]:
    """By day on which anything changed: live, appeared, gone, currency, priced, percentiles."""
    changes = list(SearchChange.objects.filter(search=search).order_by("revision"))
    closes = expected_days()
    found: dict[int, tuple[Any, ...]] = {}
    if not changes:
        return found
    live: set[int] = set()
    for day in range(day_of(changes[0].at), to_day + 1):
        todays = [change for change in changes if day_of(change.at) == day]
        was = set(live)
        for change in todays:
            if change.kind in ENTERING:
                live.add(change.listing_id)
            elif change.kind in ("ended", "left"):
                live.discard(change.listing_id)
        appeared = sum(change.kind in ENTERING for change in todays)
        gone = sum(change.kind in ("ended", "left") for change in todays)
        is_repriced = any((pk, "price", day) in closes for pk in was)
        if not (appeared or gone or is_repriced):
            continue
        found[day] = (len(live), appeared, gone, *_percentiles(live, closes, day))
    return found


def _percentiles(live: set[int], closes: dict[Any, Any], day: int) -> tuple[Any, ...]:
    prices = []
    for pk in live:
        days = [one for listing, kind, one in closes if (listing, kind) == (pk, "price")]
        last = max((one for one in days if one <= day), default=None)
        if last is not None:
            currency, _, close, _, _ = closes[pk, "price", last]
            prices.append((currency, close))
    if not prices:
        return ("", 0, None, None, None)
    counts = Counter(currency for currency, _ in prices)
    currency = max(counts, key=lambda name: (counts[name], name))
    ordered = sorted(close for name, close in prices if name == currency)

    def rank(percent: int) -> int:
        """The smallest price that so many per cent of all do not exceed."""
        return next(
            price
            for price in ordered
            if sum(other <= price for other in ordered) * 100 >= percent * len(ordered)
        )

    return (currency, len(ordered), rank(10), rank(50), rank(90))


def kept_days() -> dict[tuple[int, str, int], tuple[str, int, int, int, int]]:
    return {
        (row.listing_id, row.kind, row.day): (row.currency, row.open, row.close, row.low, row.high)
        for row in analytics.ListingDay.objects.all()
    }


def kept_search_days(search: Search) -> dict[int, tuple[Any, ...]]:
    rows = analytics.SearchDay.objects.filter(search_id=search.pk).values_list(
        *("day", "live", "appeared", "gone", "currency", "priced", "p10", "median", "p90")
    )
    return {day: tuple(figures) for day, *figures in rows}


TABLES = (
    analytics.Search,
    analytics.PricePoint,
    analytics.ListingDay,
    analytics.SearchDay,
    analytics.AlertChange,
    analytics.StaleSearch,
    analytics.Watermark,
)


def everything_kept() -> dict[str, list[Any]]:
    """Every row of history, in a comparable form; memberships without their own ids.

    Of listings their ids: a title that changes nothing else is copied with the next change.
    """
    kept = {model.__name__: sorted(model.objects.values_list()) for model in TABLES}  # type: ignore[attr-defined]
    kept["Listing"] = sorted(analytics.Listing.objects.values_list("pk"))
    stays = analytics.Membership.objects.values_list(
        "search_id", "listing_id", "since_day", "until_day"
    )
    kept["Membership"] = sorted(stays, key=repr)
    return kept
