"""How long the mock eBay takes to find listings among 20,000, against reading every title.

The queries are what people type, in three orders, with and without filters, over and over; the
answers to remember are forgotten before each search. The baseline evaluates the same query on every
title and does the rest in the same way. The second figure is a whole walk through the pages of one
result; its baseline orders the result anew for every page.
"""

import json
import time
from collections.abc import Callable

from mock_ebay.keyword import matches, parse
from mock_ebay.mock import Mock, open_mock
from mock_ebay.search import Ask, Searches
from mock_ebay.settings import MockSettings
from mock_ebay.wire import View, summary

QUERIES = (
    *("wine", "wine -cooler", "lego", "camera", "iphone", "rtx 4090", "pokemon", "guitar", "watch"),
    *("sneakers", "books", '"star wars" -(funko, black)', "(sony, bose, sennheiser) headphones"),
)
SORTS = ("", "price", "newlyListed")
FILTERS = (
    "buyingOptions:{AUCTION|FIXED_PRICE}",
    "buyingOptions:{AUCTION|FIXED_PRICE},price:[10..500],priceCurrency:USD,conditions:{USED}",
)
VIEW = View("EBAY_US", "US")
ASKS = [Ask(q, (), f, sort, VIEW) for q in QUERIES for sort in SORTS for f in FILTERS]
ROUNDS = 5
PAGE = 50


def main() -> None:
    mock = open_mock(MockSettings(size=20_000))
    indexed = percentile_95([lambda ask=ask: first_page(mock, ask) for ask in ASKS] * ROUNDS)
    scanned = percentile_95([lambda ask=ask: scan(mock, ask) for ask in ASKS])
    report(
        "mock eBay: 95th percentile of a search of 20,000 listings",
        indexed,
        scanned,
        "reading every title",
    )
    wide = Ask("(apple, lego, nike, sony)", (), FILTERS[0], "price", VIEW)
    walked = milliseconds(lambda: walk(mock, wide, is_remembered=True))
    anew = milliseconds(lambda: walk(mock, wide, is_remembered=False))
    report("mock eBay: all pages of a wide search", walked, anew, "ordering anew for each page")
    mock.close()


def first_page(mock: Mock, ask: Ask) -> None:
    """What one call costs besides HTTP: finding, ordering and a page of summaries."""
    show(mock, Searches(mock.market).find(ask).numbers[:PAGE])


def scan(mock: Mock, ask: Ask) -> None:
    query = parse(ask.q)
    listings = mock.market.listings
    found = [listing for listing in listings.values() if matches(query, listing.title)]
    show(mock, [listing.number for listing in found[:PAGE]])


def walk(mock: Mock, ask: Ask, *, is_remembered: bool) -> None:
    searches, at = Searches(mock.market), 0
    while page := searches.find(ask).numbers[at : at + PAGE]:
        show(mock, page)
        at += PAGE
        if not is_remembered:
            searches = Searches(mock.market)


def show(mock: Mock, numbers: list[int]) -> None:
    for number in numbers:
        summary(mock.market.listings[number], VIEW)


def percentile_95(runs: list[Callable[[], None]]) -> float:
    times = sorted(milliseconds(run) for run in runs)
    return times[len(times) * 95 // 100]


def milliseconds(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - started)


def report(name: str, value: float, baseline: float, baseline_name: str) -> None:
    result = {
        "name": name,
        "value": round(value, 2),
        "unit": "ms",
        "baseline": round(baseline, 2),
        "baseline_name": baseline_name,
        "ratio": round(baseline / value, 1),
    }
    print(json.dumps(result))  # noqa: T201 - the result is what this prints


if __name__ == "__main__":
    main()
