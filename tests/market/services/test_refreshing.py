"""Refreshing over real HTTP: which calls are made, and what they leave in the database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import Fetch, Listing, Search, UnreadableListing, Urgency
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.services.searches import ensure_search
from tests.conftest import SteppedClock
from tests.market.scenery import (
    assert_log_adds_up,
    demand,
    kinds_of,
    listing,
    members_of,
    search_for,
    terms_of,
)
from tests.market.services.conftest import LOTS, Watching
from tests.servers import RunningMock

# Transactions are real here: the watching transport looks for open ones.
pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]

NEWEST, CHEAPEST = ("newlyListed", "0"), ("price", "0")


def unfilled(keywords: str, clock: SteppedClock) -> Search:
    return search_for(keywords, filled_at=None, now=clock.now())


def fetch_of(search: Search) -> Fetch:
    return Fetch.objects.get(pk=search.fetch_id)


def make_due(clock: SteppedClock, minutes: float = 6) -> datetime:
    """Move on and have every fetch due, whatever its interval."""
    now = clock.step(minutes=minutes)
    Fetch.objects.update(due_at=now)
    return now


def wines(mock: RunningMock) -> set[str]:
    return {
        product["id"]
        for product in mock.products("wine")
        if "wine" in product["product_name"].lower().split()
    }


def test_a_small_result_is_filled_with_one_call(
    ebay: EbayClient, mock: RunningMock, watching: Watching, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    assert refresh_due(ebay) == 1
    assert watching.searches() == [NEWEST]
    assert mock.calls()["calls"]["browse.search"] == 1
    assert members_of(wine) == wines(mock)
    assert set(kinds_of(wine)) == {"discovered"}
    assert_log_adds_up(wine)
    fetch = fetch_of(wine)
    assert (fetch.is_complete, fetch.total, fetch.covered) == (True, len(wines(mock)), fetch.total)
    assert wine.filled_at == fetch.asked_at == fetch.swept_at
    assert (fetch.urgency, fetch.failures, fetch.lease_token) == (Urgency.ROUTINE, 0, None)
    assert fetch.due_at == stepped_clock.now() + timedelta(seconds=300)


def test_nothing_is_asked_while_nothing_is_due(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    stepped_clock.step(seconds=299)
    assert refresh_due(ebay) == 0
    stepped_clock.step(seconds=1)
    assert refresh_due(ebay) == 1
    demand(wine, None, stepped_clock.now())
    stepped_clock.step(days=1)
    assert refresh_due(ebay) == 0
    assert fetch_of(wine).due_at is None
    assert len(watching.searches()) == 2


def test_a_deep_result_is_filled_with_its_newest_and_its_cheapest_page(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    lots = unfilled("lot", stepped_clock)
    refresh_due(big_ebay)
    assert watching.searches() == [NEWEST, CHEAPEST]
    fetch = fetch_of(lots)
    assert (fetch.is_complete, fetch.total, fetch.covered) == (False, LOTS, 200)
    assert fetch.swept_at is None
    assert fetch.cheapest_at is not None
    lots.refresh_from_db()
    assert lots.filled_at == fetch.asked_at
    assert {f"lot{n}" for n in range(LOTS - 200, LOTS)} <= members_of(lots)


def test_a_result_within_the_sweep_depth_is_swept_page_by_page(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock, settings: Settings
) -> None:
    settings.SWEEP_DEPTH = LOTS
    lots = unfilled("lot", stepped_clock)
    refresh_due(big_ebay)
    assert watching.searches() == [("newlyListed", str(n)) for n in range(0, LOTS, 200)]
    fetch = fetch_of(lots)
    assert (fetch.is_complete, fetch.total, fetch.covered) == (True, LOTS, LOTS)
    assert len(members_of(lots)) == LOTS


def test_news_stop_at_what_is_known(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    unfilled("lot", stepped_clock)
    refresh_due(big_ebay)
    watching.asked.clear()
    make_due(stepped_clock)
    refresh_due(big_ebay)
    assert watching.searches() == [NEWEST]


def test_news_do_not_stop_at_what_only_another_search_knows(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    """Else whatever came between two refreshes on the second page would be missed for ever."""
    unfilled("lot", stepped_clock)
    refresh_due(big_ebay)
    long_ago = stepped_clock.now() - timedelta(days=365)
    blue = search_for("blue", filled_at=long_ago, now=stepped_clock.now())
    Fetch.objects.filter(pk=blue.fetch_id).update(
        total=LOTS, asked_at=long_ago, cheapest_at=stepped_clock.now()
    )
    watching.asked.clear()
    refresh_due(big_ebay)
    assert watching.searches() == [("newlyListed", str(n)) for n in range(0, 1000, 200)]
    assert len(members_of(blue)) == 1000


def test_searches_that_share_a_fetch_share_its_call(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    wine, uncooled = unfilled("wine", stepped_clock), unfilled("wine -cooler", stepped_clock)
    refresh_due(ebay)
    assert len(watching.asked) == 1
    assert members_of(uncooled) < members_of(wine)
    for search in (wine, uncooled):
        search.refresh_from_db()
        assert search.filled_at is not None
        assert_log_adds_up(search)


def test_a_search_that_joins_a_fetch_later_is_filled_without_news(
    ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    mock.create("Wine of the day", 5)
    stepped_clock.step(minutes=1)
    uncooled = unfilled("wine -cooler", stepped_clock)
    refresh_due(ebay)
    assert kinds_of(wine)[-1] == "appeared"
    assert set(kinds_of(uncooled)) == {"discovered"}


def test_a_search_that_is_wanted_again_is_filled_anew_and_tells_as_new_what_came_since(
    ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    demand(wine, None, stepped_clock.now())
    created = mock.create("Wine while nobody looked", 5)
    demand(wine, 300, stepped_clock.step(minutes=30))
    refresh_due(ebay)
    assert created in members_of(wine)
    *old, last = kinds_of(wine)
    assert set(old) == {"discovered"}
    assert last == "appeared"
    wine.refresh_from_db()
    assert wine.filled_at is not None


def test_what_a_complete_sweep_misses_is_looked_at_by_itself_and_has_ended(
    ebay: EbayClient, mock: RunningMock, watching: Watching, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    gone = sorted(members_of(wine))[0]
    mock.delete(gone)
    make_due(stepped_clock)
    refresh_due(ebay)
    assert gone in members_of(wine)
    watching.asked.clear()
    assert check_due(ebay) == 1
    assert [url.path.rpartition("/")[2] for url in watching.asked] == [listing(gone).reference]
    assert gone not in members_of(wine)
    assert kinds_of(wine)[-1] == "ended"
    assert listing(gone).ended_at is not None
    assert check_due(ebay) == 0


def test_what_sweeps_miss_but_is_alive_is_left_alone_for_an_hour_and_then_leaves(
    ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    hidden = sorted(members_of(wine))[0]
    mock.change(hidden, worldwide=False, country="DE")
    for minutes, checks in [(6, 1), (30, 0), (31, 1)]:
        make_due(stepped_clock, minutes)
        refresh_due(ebay)
        assert hidden in members_of(wine)
        assert check_due(ebay) == checks
    assert hidden not in members_of(wine)
    assert kinds_of(wine)[-1] == "left"
    assert listing(hidden).ended_at is None


def test_what_was_retitled_out_of_a_search_leaves_it(
    ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    refresh_due(ebay)
    retitled = sorted(members_of(wine))[0]
    mock.change(retitled, product_name="Grape juice")
    make_due(stepped_clock)
    refresh_due(ebay)
    check_due(ebay)
    assert kinds_of(wine)[-1] == "left"
    assert_log_adds_up(wine)


def test_an_unreadable_listing_is_noted_and_the_rest_is_read(
    ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    wine = unfilled("wine", stepped_clock)
    mock.control(drop_price_next=1)
    refresh_due(ebay)
    noted = UnreadableListing.objects.get()
    assert noted.reason == "it has neither a price nor a bid"
    assert len(members_of(wine)) == len(wines(mock)) - 1
    mock.control(drop_price_next=1)
    make_due(stepped_clock)
    refresh_due(ebay)
    assert UnreadableListing.objects.get().at > noted.at
    make_due(stepped_clock)
    refresh_due(ebay)
    assert members_of(wine) == wines(mock)


@pytest.mark.parametrize(("keywords", "most"), [("lot", 27), ("lot 7", 27)])
def test_a_refresh_without_changes_takes_few_queries_however_many_listings(
    big_ebay: EbayClient,
    stepped_clock: SteppedClock,
    django_assert_max_num_queries,
    keywords: str,
    most: int,
) -> None:
    unfilled(keywords, stepped_clock)
    refresh_due(big_ebay)
    make_due(stepped_clock)
    with django_assert_max_num_queries(most):
        assert refresh_due(big_ebay) == 1
    assert (Listing.objects.count() == 1) == (keywords == "lot 7")


def test_the_most_urgent_is_refreshed_first(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    search_for("camera", now=stepped_clock.now())
    Fetch.objects.update(urgency=Urgency.ROUTINE)
    unfilled("wine", stepped_clock)
    refresh_due(ebay)
    assert [url.params["q"] for url in watching.asked] == ["wine", "camera"]


def test_what_one_fetch_shows_other_searches_learn_without_a_call(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    now = stepped_clock.now()
    unfilled("wine", stepped_clock)
    merlot = search_for("merlot wine", filled_at=now, now=now)
    abroad = ensure_search(replace(terms_of("merlot wine"), deliver_to="DE"), now)
    demand(abroad, 300, now)
    Fetch.objects.exclude(keywords="wine").update(due_at=None)
    refresh_due(ebay, SearchRegistry())
    assert len(watching.searches()) == 1
    merlots = Listing.objects.filter(title__icontains="merlot").values_list("legacy_id", flat=True)
    assert members_of(merlot) == set(merlots) != set()
    assert members_of(abroad) == set()
    assert_log_adds_up(merlot)


def test_news_do_not_stop_at_what_was_learned_from_another_fetch(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    """Such a listing says nothing of the others that came since this fetch was asked."""
    lots = unfilled("blue lot", stepped_clock)
    refresh_due(big_ebay)
    long_ago = stepped_clock.now() - timedelta(days=365)
    Fetch.objects.filter(pk=lots.fetch_id).update(asked_at=long_ago)
    watching.asked.clear()
    make_due(stepped_clock)
    refresh_due(big_ebay)
    assert len(watching.searches()) > 1
