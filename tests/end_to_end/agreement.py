"""Whether the database says what the mock says: the oracle of the listener's soak."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ebay_alerts.market import keyword_query
from ebay_alerts.market.models import Listing, Membership, Search, SearchChange
from mock_ebay.money import CURRENCIES, convert
from tests.servers import RunningMock

Product = dict[str, Any]
ENTERING = {"appeared", "discovered", "returned"}
LEAVING = {"ended", "left"}


class Difference(NamedTuple):
    """Which search has which listing not as the mock has it, and how."""

    search: Search
    legacy_id: str
    words: str


def standing(mock: RunningMock) -> list[Product]:
    answer = mock.http.get("/products", params={"_limit": 100_000}).raise_for_status()
    return [product for product in answer.json() if not product["ended_at"]]


def wanted_by(search: Search, products: Sequence[Product]) -> dict[str, dict[str, Any]]:
    """What the search should have, by listing: every query asked of every product."""
    query = keyword_query.parse(search.query)
    return {
        product["id"]: _seen_from(search, product)
        for product in products
        if query.matches(product["product_name"])
        and (not search.category or search.category == product["category_id"])
        and (product["marketplace"] == search.marketplace or product["worldwide"])
        and (product["country"] == search.deliver_to or product["worldwide"])
    }


def _seen_from(search: Search, product: Product) -> dict[str, Any]:
    home, here = CURRENCIES[product["marketplace"]], CURRENCIES[search.marketplace]
    figure = convert(_minor(product["price"]), home, here)
    is_auction = "AUCTION" in product["buying_options"]
    return {
        "title": product["product_name"],
        "price": None if is_auction else figure,
        "bid": figure if is_auction else None,
        "currency": here,
        "ends_at": product["ends_at"] and datetime.fromisoformat(product["ends_at"]),
        "shipping": _shipping(search, product),
    }


def _shipping(search: Search, product: Product) -> tuple[str, int | None]:
    quoted = product["shipping"]
    if quoted is None:
        return "unknown", None
    if quoted == "calculated":
        return "calculated", None
    minor = _minor(quoted)
    if product["country"] != search.deliver_to and minor:
        minor = minor * 5 // 2 + 900
    if not minor:
        return "free", 0
    home, here = CURRENCIES[product["marketplace"]], CURRENCIES[search.marketplace]
    return "fixed", convert(minor, home, here)


def _minor(amount: float) -> int:
    return round(amount * 100)


def found_by(search: Search) -> dict[str, dict[str, Any]]:
    rows = Membership.objects.filter(search=search).select_related("listing")
    return {
        row.listing.legacy_id: {
            "title": row.listing.title,
            "price": row.listing.price_minor,
            "bid": row.listing.bid_minor,
            "currency": row.listing.currency,
            "ends_at": row.listing.ends_at,
            "shipping": (row.shipping, row.shipping_minor),
        }
        for row in rows
    }


def disagreements(mock: RunningMock, searches: Sequence[Search]) -> list[Difference]:
    """Every difference between the searches and the mock's catalogue, in words."""
    products = standing(mock)
    words: list[Difference] = []
    for search in searches:
        wanted, found = wanted_by(search, products), found_by(search)
        words += [
            Difference(search, id_, _told(wanted, found, id_))
            for id_ in sorted(wanted.keys() | found.keys())
            if wanted.get(id_) != found.get(id_)
        ]
        dead = Listing.objects.filter(
            marketplace=search.marketplace, legacy_id__in=wanted, ended_at__isnull=False
        )
        words += [Difference(search, row.legacy_id, "called ended and lives") for row in dead]
        gone = Membership.objects.filter(search=search, listing__ended_at__isnull=False)
        words += [
            Difference(search, row.listing.legacy_id, "a member that has ended")
            for row in gone.select_related("listing")
        ]
    return words


def _told(
    wanted: Mapping[str, dict[str, Any]], found: Mapping[str, dict[str, Any]], id_: str
) -> str:
    if id_ not in found:
        return f"missing, {wanted[id_]}"
    if id_ not in wanted:
        return f"too much, {found[id_]}"
    return ", ".join(
        f"{name} is {found[id_][name]} and should be {value}"
        for name, value in wanted[id_].items()
        if found[id_][name] != value
    )


def assert_logs_add_up() -> int:
    """Each log is gapless, tells every change once, and adds up to its memberships; how many."""
    logs: dict[int, list[SearchChange]] = defaultdict(list)
    for change in SearchChange.objects.order_by("search", "revision").select_related("listing"):
        logs[change.search_id].append(change)
    for search in Search.objects.all():
        log = logs[search.pk]
        assert [change.revision for change in log] == list(range(1, search.head + 1)), search
        prices = _fold(log)
        kept = Membership.objects.filter(search=search).select_related("listing")
        figures = {row.listing_id: row.listing for row in kept}
        assert prices.keys() == figures.keys(), search
        for listing_id, listing in figures.items():
            if listing.price_minor is not None:
                assert prices[listing_id] == listing.price_minor, (search, listing.legacy_id)
    return sum(map(len, logs.values()))


def _fold(log: Sequence[SearchChange]) -> dict[int, int]:
    """The price that the log told last of each listing that it has in the end."""
    prices: dict[int, int] = {}
    for change in log:
        at = (change, change.revision, change.listing.legacy_id, change.kind)
        if change.kind in ENTERING:
            assert change.listing_id not in prices, at
            prices[change.listing_id] = change.price_minor
        elif change.kind in LEAVING:
            assert prices.pop(change.listing_id, None) is not None, at
        else:
            # A bid before is no figure of the log: an auction's price tells nothing of it.
            assert change.was_minor == prices[change.listing_id] != change.price_minor, at
            prices[change.listing_id] = change.price_minor
    return prices
