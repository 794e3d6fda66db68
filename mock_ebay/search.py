"""Finding and ordering listings for one search; pages of one result are cut from one ordering."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from mock_ebay.filters import Selection, select
from mock_ebay.keyword import parse
from mock_ebay.listings import Listing
from mock_ebay.market import Market
from mock_ebay.wire import View, total_in

_REMEMBERED = 64
_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class Ask:
    """What a search is for, apart from which page; `sort` is one of SORTS or empty."""

    q: str
    categories: tuple[str, ...]
    filter: str
    sort: str
    view: View


@dataclass(frozen=True, slots=True)
class Found:
    """Listing numbers in order, with the warnings about filters that were left out."""

    numbers: list[int]
    warnings: list[dict[str, Any]]


def _best_match(listing: Listing, view: View) -> int:
    """Any fixed order that is neither that of time nor of price."""
    return listing.number * 2_654_435_761 % 4_294_967_296


SORTS: dict[str, Callable[[Listing, View], int]] = {
    "": _best_match,
    "price": total_in,
    "-price": lambda listing, view: -total_in(listing, view),
    "newlyListed": lambda listing, view: -listing.origin_at,
    "endingSoonest": lambda listing, view: listing.ends_at or _FAR,
    "distance": _best_match,
}


class Searches:
    """Answers searches, remembering the last orderings until the market changes."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._remembered: OrderedDict[Ask, Found] = OrderedDict()
        self._version = -1

    def find(self, ask: Ask) -> Found:
        """Never shows what has ended. Raises EbayError for a filter that eBay refuses."""
        self._market.expire()
        if self._version != self._market.version:
            self._remembered.clear()
            self._version = self._market.version
        if ask not in self._remembered:
            self._remembered[ask] = self._find(ask)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return self._remembered[ask]

    def _find(self, ask: Ask) -> Found:
        selection = select(ask.filter, ask.view, ask.q)
        numbers = self._narrow(self._matching(ask), selection)
        listings = self._market.listings
        found = [listings[number] for number in numbers]
        for test in selection.tests:
            found = [listing for listing in found if test(listing)]
        key = SORTS[ask.sort]
        ordered = sorted((key(listing, ask.view), -listing.number) for listing in found)
        return Found([-number for _, number in ordered], selection.warnings)

    def _matching(self, ask: Ask) -> AbstractSet[int]:
        found = self._market.index.find(parse(ask.q))
        if ask.categories:
            found = self._with_any(found, [f"category:{id_}" for id_ in ask.categories])
        return self._with_any(found, [ask.view.marketplace, "worldwide"])

    def _narrow(self, found: AbstractSet[int], selection: Selection) -> AbstractSet[int]:
        for facets in selection.any_of:
            found = self._with_any(found, facets)
        for facet in selection.none_of:
            found = found - self._market.index.facet(facet)
        return found

    def _with_any(self, found: AbstractSet[int], facets: Iterable[str]) -> AbstractSet[int]:
        """Those with at least one of the facets: what was found is the smaller side."""
        return set[int]().union(*(found & self._market.index.facet(facet) for facet in facets))
