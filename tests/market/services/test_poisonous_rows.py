"""Fetches, searches, listings and events that trip the work on them hold up no other."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import DeadEvent, EventStream, Fetch, Listing, Search
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.listening import Listener, retry_dead
from ebay_alerts.market.services.recording_apart import record_or_refuse
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.stream.source import HttpEventLog
from ebay_alerts.setbacks.models import Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.setbacks.services import retry
from tests.conftest import SteppedClock
from tests.market.scenery import at, bid, matcher, members_of, offer, record, search_for, seen
from tests.market.services.conftest import Watching
from tests.market.services.event_logs import URL, event, log_of

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


def unfilled(keywords: str, clock: SteppedClock) -> Search:
    return search_for(keywords, filled_at=None, now=clock.now())


def is_filled(search: Search) -> bool:
    search.refresh_from_db()
    return search.filled_at is not None


def noted() -> list[tuple[str, int, int]]:
    return list(Setback.objects.order_by("pk").values_list("kind", "row_id", "failures"))


def test_a_fetch_that_raises_is_counted_and_the_others_are_refreshed(
    ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    spoilt, other = unfilled("wine", stepped_clock), unfilled("camera", stepped_clock)

    def trip() -> None:
        if "wine" in str(watching.asked[-1]):
            raise KeyError("wine")

    watching.meanwhile = trip
    refresh_due(ebay)

    assert is_filled(other)
    assert noted() == [("fetch", spoilt.fetch_id, 1)]
    assert Fetch.objects.get(pk=spoilt.fetch_id).lease_token is None
    for _ in range(6):
        stepped_clock.step(minutes=70)
        refresh_due(ebay)
    assert set_aside().get().failures == 5
    watching.meanwhile = lambda: None
    retry(set_aside(), stepped_clock.now())
    refresh_due(ebay)
    assert is_filled(spoilt)
    assert not Setback.objects.exists()


def test_a_search_whose_keywords_cannot_be_read_keeps_no_other_from_finding(
    ebay: EbayClient, stepped_clock: SteppedClock
) -> None:
    spoilt, other = unfilled("wine -beer", stepped_clock), unfilled("wine", stepped_clock)
    Search.objects.filter(pk=spoilt.pk).update(query="(wine")

    refresh_due(ebay, SearchRegistry())

    assert is_filled(other)
    assert members_of(other)
    assert noted() == [("search", spoilt.pk, 1)]
    assert set_aside().get().reason.startswith("InvalidKeywords: ")


def test_an_observation_that_cannot_be_recorded_keeps_no_other_from_it(
    stepped_clock: SteppedClock,
) -> None:
    wine = search_for("wine", now=stepped_clock.now())
    huge = offer("Wine", 10**30)
    told = [seen(1, offer("Wine"), "a"), seen(1, huge, "b"), seen(1, offer("Wine"), "c")]
    changes, [refused] = record_or_refuse(told, matcher(wine), at(1))
    assert members_of(wine) == {"a", "c"}
    assert changes == 2
    assert refused.place == 1
    assert refused.reason.startswith("it cannot be recorded: ")


def test_an_event_that_cannot_be_recorded_is_kept_and_the_stream_goes_on(
    stepped_clock: SteppedClock,
) -> None:
    wine = search_for("wine", now=stepped_clock.now())
    told = [event(1), event(2), event(3)]
    matches = Broken("w2")
    EventStream.objects.create(url=URL, stream_id="s", sequence=0)
    log = HttpEventLog(URL, transport=httpx.MockTransport(log_of(*told)))
    follower = Listener(URL, log, matches)

    assert follower.catch_up() == 3

    assert members_of(wine) == {"w1", "w3"}
    dead = DeadEvent.objects.get()
    assert (dead.sequence, dead.reason) == (2, "it cannot be recorded: KeyError: 'w2'")
    assert retry_dead(matches) == (0, 1)
    matches.broken = ""
    assert retry_dead(matches) == (1, 0)
    assert members_of(wine) == {"w1", "w2", "w3"}


class Broken(SearchRegistry):
    """A registry with a fault: one listing trips it."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken = broken

    def matches(self, seen: Observation, deliver_to: str = "") -> list[int]:
        if seen.legacy_id == self.broken:
            raise KeyError(seen.legacy_id)
        return super().matches(seen, deliver_to)


def put_due(clock: SteppedClock, name: str, **changes: Any) -> Listing:
    row = Listing.objects.get(legacy_id=name)
    Listing.objects.filter(pk=row.pk).update(check_due_at=clock.now(), **changes)
    return row


def test_a_listing_that_cannot_be_checked_holds_up_no_other(
    ebay: EbayClient, stepped_clock: SteppedClock
) -> None:
    record([seen(0, offer(), "1"), seen(0, offer(), "2")], search_for("wine"))
    spoilt = put_due(stepped_clock, "1", marketplace="EBAY_NONE")
    other = put_due(stepped_clock, "2")

    assert check_due(ebay) == 2

    assert noted() == [("check", spoilt.pk, 1)]
    other.refresh_from_db()
    assert other.confirmed_at is not None
    for _ in range(6):
        stepped_clock.step(minutes=70)
        check_due(ebay)
    assert [one.row_id for one in set_aside()] == [spoilt.pk]
    stepped_clock.step(days=1)
    put_due(stepped_clock, "1")
    assert check_due(ebay) == 0


def test_an_auction_whose_end_cannot_be_recorded_holds_up_no_other(
    ebay: EbayClient, stepped_clock: SteppedClock
) -> None:
    ends_at = stepped_clock.now() - timedelta(hours=1)
    record([seen(0, bid(100), name) for name in ("1", "2")], search_for("wine"))
    spoilt = put_due(stepped_clock, "1", ends_at=ends_at, marketplace="EBAY_NONE")
    other = put_due(stepped_clock, "2", ends_at=ends_at)
    check_due(ebay)
    other.refresh_from_db()
    assert other.ended_at is not None
    assert {kind for kind, *_ in noted()} <= {"check"}
    assert {row for _, row, _ in noted()} <= {spoilt.pk}
