"""Whatever goes wrong at eBay: nothing is called ended, the failure is recorded, and it goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import ApiPause, Fetch, Listing, Search, Urgency
from ebay_alerts.market.selectors import api_pause, market_state
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.ledger import LONGEST_PAUSE, SHORTEST_PAUSE
from ebay_alerts.market.services.refreshing import refresh_due
from tests.conftest import SteppedClock
from tests.market.ebay.items import item
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay, scripted_ebay
from tests.market.scenery import demand, kinds_of, members_of, search_for
from tests.market.services.conftest import LOTS, Watching
from tests.servers import RunningMock

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wine(stepped_clock: SteppedClock) -> Search:
    return search_for("wine", filled_at=None, now=stepped_clock.now())


@pytest.fixture
def script() -> Iterator[ScriptedEbay]:
    with scripted_ebay() as script:
        yield script


@pytest.fixture
def scripted_client(script: ScriptedEbay, watching: Watching) -> Iterator[EbayClient]:
    client = EbayClient(script.url, "id", "secret", transport=watching)
    yield client
    client.close()


def fetch_of(search: Search) -> Fetch:
    return Fetch.objects.get(pk=search.fetch_id)


def make_due(clock: SteppedClock, minutes: float = 6) -> None:
    Fetch.objects.update(due_at=clock.step(minutes=minutes))


@pytest.mark.parametrize(
    ("fault", "kind", "reason", "seconds"),
    [
        ({"fail_next": 1, "status": 500}, "unavailable", "eBay answered 500", 10),
        ({"fail_next": 1, "status": 503}, "unavailable", "eBay answered 503", 10),
        ({"fail_next": 1, "status": 400}, "rejected", "eBay answered 400", 900),
        ({"html_403_next": 1}, "unavailable", "a page that is no API answer", 10),
        ({"malformed_next": 1}, "malformed", "no JSON", 10),
    ],
)
def test_a_call_that_fails_ends_nothing_and_is_tried_again_later(
    ebay: EbayClient,
    mock: RunningMock,
    wine: Search,
    stepped_clock: SteppedClock,
    fault: dict[str, Any],
    kind: str,
    reason: str,
    seconds: int,
) -> None:
    refresh_due(ebay)
    known, before = members_of(wine), fetch_of(wine)
    mock.delete(sorted(known)[0])
    make_due(stepped_clock)
    mock.control(**fault, path="/buy")
    assert refresh_due(ebay) == 1
    fetch = fetch_of(wine)
    assert (fetch.failures, fetch.failure_kind) == (1, kind)
    assert reason in fetch.failure_reason
    assert fetch.failed_at == stepped_clock.now()
    assert fetch.due_at is not None
    waited = (fetch.due_at - stepped_clock.now()).total_seconds()
    assert waited == pytest.approx(seconds, rel=0.11)
    assert fetch.lease_token is None
    assert (fetch.swept_at, fetch.total) == (before.swept_at, before.total)
    assert members_of(wine) == known
    assert not Listing.objects.filter(check_due_at__isnull=False).exists()


def test_failures_in_a_row_back_off_and_one_success_forgets_them(
    ebay: EbayClient, mock: RunningMock, wine: Search, stepped_clock: SteppedClock
) -> None:
    mock.control(fail_next=3, status=503, path="/buy")
    waits = []
    for _ in range(3):
        refresh_due(ebay)
        due_at = fetch_of(wine).due_at
        assert due_at is not None
        waits.append((due_at - stepped_clock.now()).total_seconds())
        stepped_clock.step(seconds=waits[-1] + 1)
    assert waits == [pytest.approx(seconds, rel=0.11) for seconds in (10, 20, 40)]
    assert "1 searches could not be refreshed" in str(market_state(stepped_clock.now())["words"])
    refresh_due(ebay)
    fetch = fetch_of(wine)
    assert (fetch.failures, fetch.failure_kind, fetch.failure_reason) == (0, "", "")
    assert fetch.failed_at is None
    assert members_of(wine)
    assert market_state(stepped_clock.now())["words"] == "all well"


def test_a_sweep_broken_off_keeps_what_it_read_and_calls_nothing_missing(
    big_ebay: EbayClient,
    auction_house: RunningMock,
    watching: Watching,
    stepped_clock: SteppedClock,
    settings: Settings,
) -> None:
    settings.SWEEP_DEPTH = LOTS
    lots = search_for("lot", filled_at=None, now=stepped_clock.now())

    def fail_on_the_third() -> None:
        if len(watching.asked) == 3:
            auction_house.control(fail_next=1, status=500, path="/buy")

    watching.meanwhile = fail_on_the_third
    refresh_due(big_ebay)
    fetch = fetch_of(lots)
    lots.refresh_from_db()
    assert (fetch.failures, fetch.urgency, lots.filled_at) == (1, Urgency.PERSON, None)
    assert len(members_of(lots)) == 400
    stepped_clock.step(seconds=12)
    refresh_due(big_ebay)
    assert len(members_of(lots)) == LOTS
    assert set(kinds_of(lots)) == {"discovered"}


def test_a_quota_that_is_spent_before_anything_is_asked_is_waited_for_without_a_call(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
) -> None:
    search_for("camera", filled_at=None, now=stepped_clock.now())
    mock.control(quota_remaining=0)
    assert refresh_due(ebay) == 0
    pause = api_pause(stepped_clock.now())
    assert pause is not None
    assert (pause.until.hour, pause.until.minute) == (7, 0)
    assert pause.reason == "the quota of 5,000,000 calls is spent"
    assert "eBay takes no calls until 07:00 UTC" in str(market_state(stepped_clock.now())["words"])
    assert (watching.asked, watching.asked_what_is_left) == ([], 1)

    mock.control(quota_remaining=None)
    stepped_clock.step(seconds=(pause.until - stepped_clock.now()).total_seconds() + 1)
    assert api_pause(stepped_clock.now()) is None
    assert refresh_due(ebay) == 2
    assert members_of(wine)


def test_a_quota_spent_by_others_pauses_every_call_until_its_reset_and_says_so(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
) -> None:
    refresh_due(ebay)
    search_for("camera", filled_at=None, now=stepped_clock.now())
    Fetch.objects.update(due_at=stepped_clock.now())
    mock.control(quota_remaining=0)
    watching.asked.clear()
    assert refresh_due(ebay) == 2
    pause = api_pause(stepped_clock.now())
    assert pause is not None
    assert (pause.until.hour, pause.until.minute) == (7, 0)
    assert "Too many requests" in pause.reason
    assert len(watching.asked) == 1

    Fetch.objects.update(due_at=stepped_clock.now())
    assert refresh_due(ebay) == 0
    assert len(watching.asked) == 1


def test_a_paused_fetch_is_due_when_the_pause_ends(
    ebay: EbayClient, mock: RunningMock, wine: Search, stepped_clock: SteppedClock
) -> None:
    refresh_due(ebay)
    mock.control(quota_remaining=0)
    make_due(stepped_clock)
    refresh_due(ebay)
    assert fetch_of(wine).due_at == ApiPause.objects.get().until
    assert fetch_of(wine).failure_kind == "rate_limited"


def test_a_burst_with_quota_left_pauses_shortly_and_longer_while_it_goes_on(
    ebay: EbayClient, mock: RunningMock, wine: Search, stepped_clock: SteppedClock
) -> None:
    pauses = []
    for _ in range(3):
        mock.control(fail_next=1, status=429, path="/buy")
        assert refresh_due(ebay) == 1
        pauses.append((ApiPause.objects.get().until - stepped_clock.now()).total_seconds())
        stepped_clock.step(seconds=pauses[-1] + 1)
    assert pauses == [pytest.approx(seconds, rel=0.11) for seconds in (10, 20, 40)]
    assert refresh_due(ebay) == 1
    stepped_clock.step(minutes=30)
    Fetch.objects.update(due_at=stepped_clock.now())
    mock.control(fail_next=1, status=429, path="/buy")
    refresh_due(ebay)
    assert (ApiPause.objects.get().until - stepped_clock.now()).total_seconds() < 12


def test_single_checks_pause_as_well(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
) -> None:
    refresh_due(ebay)
    Listing.objects.update(check_due_at=stepped_clock.now())
    mock.control(quota_remaining=0)
    watching.asked.clear()
    check_due(ebay)
    assert [url.path.rpartition("/")[0] for url in watching.asked] == ["/buy/browse/v1/item"]
    assert watching.asked_what_is_left == 2
    watching.asked.clear()
    stepped_clock.step(minutes=7)
    check_due(ebay)
    assert watching.asked == []
    assert not Listing.objects.filter(ended_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("0", SHORTEST_PAUSE),
        ("Mon, 01 Jan 2001 00:00:00 GMT", SHORTEST_PAUSE),
        ("60", timedelta(seconds=60)),
        ("99999999", LONGEST_PAUSE),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PAUSE),
        ("", timedelta(minutes=5)),
    ],
)
def test_a_pause_is_neither_nothing_nor_for_ever(
    script: ScriptedEbay,
    scripted_client: EbayClient,
    wine: Search,
    stepped_clock: SteppedClock,
    retry_after: str,
    pause: timedelta,
) -> None:
    script.answers = [Answer(429, {}, {"Retry-After": retry_after})]
    refresh_due(scripted_client)
    until = stepped_clock.now() + pause
    assert ApiPause.objects.get().until == until
    assert fetch_of(wine).due_at == until


def test_a_sweep_with_a_warning_calls_nothing_missing_and_keeps_the_warning(
    script: ScriptedEbay, scripted_client: EbayClient, wine: Search, stepped_clock: SteppedClock
) -> None:
    script.answers = [Answer(body={"total": 1, "itemSummaries": [item()]})]
    refresh_due(scripted_client)
    make_due(stepped_clock)
    script.answers = [Answer(body={"total": 0, "warnings": [{"message": "The filter is bad."}]})]
    refresh_due(scripted_client)
    fetch = fetch_of(wine)
    assert (fetch.failures, fetch.failure_reason) == (0, "eBay warned: The filter is bad.")
    assert members_of(wine) == {"110001"}
    assert not Listing.objects.filter(check_due_at__isnull=False).exists()


def test_an_answer_that_holds_anything_is_recorded_or_refused(
    script: ScriptedEbay, scripted_client: EbayClient, wine: Search
) -> None:
    """What the wire lets through, the database takes."""
    odd = [
        item(itemId="v1|2|0", legacyItemId="2", title="Wine \x00\ud800", bidCount=2**31 - 1),
        item(itemId="v1|3|0", legacyItemId="3\x00"),
        item(itemId="v1|4|0", legacyItemId="4", bidCount=2**31),
        item(itemId="v1|5|0", legacyItemId="5", itemEndDate="9999-12-31T23:59:59.999Z"),
        item(itemId="\x00", legacyItemId=None),
        {"itemId": "x\x00" * 99},
        None,
    ]
    script.answers = [Answer(body={"total": 2**31 - 1, "itemSummaries": odd})]
    refresh_due(scripted_client)
    assert fetch_of(wine).failures == 0
    assert members_of(wine) == {"2"}


def test_a_listing_that_cannot_be_looked_at_is_put_off_and_the_others_are_looked_at(
    script: ScriptedEbay, scripted_client: EbayClient, wine: Search, stepped_clock: SteppedClock
) -> None:
    two = [item(), item(itemId="v1|2|0", legacyItemId="2")]
    script.answers = [Answer(body={"total": 2, "itemSummaries": two})]
    refresh_due(scripted_client)
    Listing.objects.update(check_due_at=stepped_clock.now())
    gone = {"errors": [{"errorId": 11001, "message": "The item was not found."}]}
    script.answers = [Answer(500, {}), Answer(404, gone)]
    assert check_due(scripted_client) == 2
    alive = Listing.objects.get(ended_at__isnull=True)
    assert alive.check_due_at is not None
    assert alive.check_due_at > stepped_clock.now()
    assert len(members_of(wine)) == 1


def test_a_search_given_up_while_its_call_fails_is_not_due_again(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
) -> None:
    mock.control(fail_next=1, status=500, path="/buy")
    watching.meanwhile = lambda: demand(wine, None, stepped_clock.now())
    refresh_due(ebay)
    assert fetch_of(wine).due_at is None


def test_an_auctions_end_time_that_has_passed_ends_it_without_a_call(
    ebay: EbayClient,
    mock: RunningMock,
    watching: Watching,
    wine: Search,
    stepped_clock: SteppedClock,
) -> None:
    ends_at = datetime.now(UTC) + timedelta(hours=1)
    auction = {"buying_options": ["AUCTION"], "bid": 5}
    created = mock.create("Wine until one", 5, ends_at=ends_at.isoformat(), **auction)
    refresh_due(ebay)
    assert created in members_of(wine)
    watching.asked.clear()
    stepped_clock.step(minutes=60)
    assert check_due(ebay) == 0
    stepped_clock.step(minutes=2)
    assert check_due(ebay) == 1
    assert watching.asked == []
    assert kinds_of(wine)[-1] == "ended"
