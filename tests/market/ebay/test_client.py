"""The eBay client against the mock over real HTTP: what it reads, and what each fault is called."""

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from ebay_alerts.kit.money import Money
from ebay_alerts.market.ebay.client import EbayClient, SearchPage, SearchRequest
from ebay_alerts.market.errors import EbayError, Malformed, RateLimited, Rejected, Unavailable
from ebay_alerts.market.quota import Told
from tests.conftest import SteppedClock
from tests.market.ebay.conftest import Connect, Impatient
from tests.market.ebay.items import item, money
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay
from tests.servers import RunningMock, bind


def wine(**more: object) -> SearchRequest:
    return SearchRequest("EBAY_US", "wine", "US", **more)  # type: ignore[arg-type]


def failure_of(client: EbayClient) -> EbayError:
    with pytest.raises(EbayError) as caught:
        client.search(wine())
    return caught.value


def titles(page: SearchPage) -> list[str]:
    return [seen.offer.title for seen in page.observations if seen.offer]


def test_a_search_is_read_page_by_page_until_there_is_no_next(client: EbayClient) -> None:
    whole = client.search(wine())
    assert not whole.has_next
    read: list[str] = []
    offset, has_next = 0, True
    while has_next:
        page = client.search(wine(limit=3, offset=offset))
        assert page.total == whole.total
        read += titles(page)
        offset, has_next = offset + 3, page.has_next
    assert read == titles(whole)
    assert len(read) > 3


def test_an_answer_without_items_is_an_empty_page(client: EbayClient) -> None:
    page = client.search(SearchRequest("EBAY_US", "nosuchword", "US"))
    assert (page.total, page.observations, page.has_next, page.warnings) == (0, [], False, [])


def test_cheapest_first_counts_the_shipping(client: EbayClient, mock: RunningMock) -> None:
    mock.create("Wine low price, dear shipping", 1, shipping=500)
    mock.create("Wine high price, free shipping", 2, shipping=0)
    found = titles(client.search(wine(sort="price")))
    assert found[0] == "Wine high price, free shipping"
    assert found[-1] == "Wine low price, dear shipping"


def test_auctions_are_asked_for_as_well(client: EbayClient, mock: RunningMock) -> None:
    mock.create("Wine at auction", 9, buying_options=["AUCTION"], bid_count=2)
    (seen,) = [s for s in client.search(wine()).observations if s.offer and s.offer.bid]
    assert seen.offer is not None
    assert (seen.offer.price, seen.offer.bid, seen.offer.bid_count) == (None, Money(900, "USD"), 2)


def test_an_observation_is_dated_before_the_request_was_sent(
    client: EbayClient, stepped_clock: SteppedClock
) -> None:
    page = client.search(wine())
    assert page.asked_at < stepped_clock.now()
    assert {seen.at for seen in page.observations} == {page.asked_at}


def test_a_listing_looked_at_by_itself_is_its_offer_until_it_has_ended(
    client: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    created = mock.create("Wine for one", 12)
    seen = client.look_at("EBAY_US", created, f"v1|{created}|0", "US")
    assert seen.offer is not None
    assert (seen.legacy_id, seen.offer.title) == (created, "Wine for one")
    mock.control(end=created)
    stepped_clock.step(seconds=5)
    ended = client.look_at("EBAY_US", created, f"v1|{created}|0", "US")
    assert (ended.legacy_id, ended.offer) == (created, None)


def test_a_listing_that_ebay_no_longer_knows_has_ended(
    client: EbayClient, mock: RunningMock
) -> None:
    seen = client.look_at("EBAY_US", "999", "v1|999|0", "US")
    assert (seen.legacy_id, seen.offer) == ("999", None)


def test_variations_are_one_listing_at_the_lowest_price(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    variations = [
        item(itemId=f"v1|110001|{n}", price=money(price), itemGroupType="SELLER_DEFINED_VARIATIONS")
        for n, price in enumerate(["20.00", "18.00", "19.00"])
    ]
    script.answers = [
        Answer(
            body={
                "total": 3,
                "itemSummaries": [*variations, item(itemId="v1|2|0", legacyItemId="2")],
            }
        )
    ]
    one, other = scripted_client.search(wine()).observations
    assert one.offer is not None
    assert (one.reference, one.offer.price) == ("v1|110001|1", Money(1800, "USD"))
    assert other.legacy_id == "2"


def test_an_item_without_a_price_is_named_and_the_rest_is_read(
    client: EbayClient, mock: RunningMock
) -> None:
    whole = client.search(wine())
    mock.control(drop_price_next=1)
    page = client.search(wine())
    ((reference, reason),) = page.unreadable
    assert reference == whole.observations[0].reference
    assert reason == "it has neither a price nor a bid"
    assert titles(page) == titles(whole)[1:]


def test_a_warning_is_kept_in_ebays_words(client: EbayClient, mock: RunningMock) -> None:
    (warning,) = client.search(wine(sort="nonsense")).warnings
    assert "sort" in warning


@pytest.mark.parametrize("warning", [None, 5, [], {}, {"message": None}, {"message": "x" * 9000}])
def test_a_warning_of_any_shape_stays_a_warning(
    script: ScriptedEbay, scripted_client: EbayClient, warning: object
) -> None:
    script.answers = [Answer(body={"total": 0, "warnings": [warning]})]
    (text,) = scripted_client.search(wine()).warnings
    assert 0 < len(text) <= 200


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_a_server_error_is_unavailable(client: EbayClient, mock: RunningMock, status: int) -> None:
    mock.control(fail_next=1, status=status, path="/buy")
    error = failure_of(client)
    assert (type(error), error.kind) == (Unavailable, "unavailable")
    assert str(error).startswith(f"eBay answered {status}")
    assert client.search(wine()).total > 0


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_what_ebay_refuses_is_rejected(client: EbayClient, mock: RunningMock, status: int) -> None:
    mock.control(fail_next=1, status=status, path="/buy")
    error = failure_of(client)
    assert (type(error), error.kind) == (Rejected, "rejected")
    assert str(error).startswith(f"eBay answered {status}")


def test_a_429_without_a_date_is_rate_limited_until_nobody_knows(
    client: EbayClient, mock: RunningMock
) -> None:
    mock.control(fail_next=1, status=429, path="/buy")
    error = failure_of(client)
    assert isinstance(error, RateLimited)
    assert (error.kind, error.until) == ("rate_limited", None)
    assert "Too many requests" in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("Wed, 21 Oct 2026 07:28:00", None),
    ],
)
def test_a_429_tells_when_calls_are_taken_again(
    script: ScriptedEbay,
    scripted_client: EbayClient,
    stepped_clock: SteppedClock,
    value: str,
    seconds: int | None,
) -> None:
    script.answers = [Answer(429, "slow down", {"Retry-After": value})]
    error = failure_of(scripted_client)
    assert isinstance(error, RateLimited)
    told = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert error.until == (
        told if seconds is None else stepped_clock.now() + timedelta(seconds=seconds)
    )


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1e9", "9" * 6000, "Fri, 31 Dec 9999 23:59:59 -2359", "٥", "1 2"]
)
def test_a_retry_after_of_any_kind_leaves_a_429_a_429(
    script: ScriptedEbay, scripted_client: EbayClient, value: str
) -> None:
    script.answers = [
        Answer(429, {"errors": []}, {"Retry-After": value.encode().decode("latin-1")})
    ]
    assert isinstance(failure_of(scripted_client), RateLimited)


def test_a_page_of_an_edge_server_is_unavailable_and_never_an_empty_result(
    client: EbayClient, mock: RunningMock
) -> None:
    mock.control(html_403_next=1, path="/buy")
    error = failure_of(client)
    assert type(error) is Unavailable
    assert str(error) == "eBay answered 403 with a page that is no API answer"


def test_broken_json_is_malformed(client: EbayClient, mock: RunningMock) -> None:
    mock.control(malformed_next=1, path="/buy")
    error = failure_of(client)
    assert (type(error), error.kind) == (Malformed, "malformed")
    assert str(error) == "eBay's answer is no JSON"


@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", '"text"', "17", "[" * 100_000, b"\xff\xfe\x00", "<html></html>"),
        *('{"total"', '{"total": ' + "9" * 5000 + "}", '{"total": 1e999}', '{"total": NaN}'),
    ],
    ids=lambda body: str(body[:12]),
)
def test_a_200_that_is_no_search_answer_is_malformed(
    script: ScriptedEbay, scripted_client: EbayClient, body: str | bytes
) -> None:
    script.answers = [Answer(200, body)]
    assert type(failure_of(scripted_client)) is Malformed


@pytest.mark.parametrize(
    "body", [[], {}, {"errors": []}, {"errors": [5]}, {"errors": [{"errorId": []}]}]
)
@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_an_error_body_of_any_shape_is_an_error(
    script: ScriptedEbay, scripted_client: EbayClient, status: int, body: object
) -> None:
    script.answers = [Answer(status, body)]
    assert type(failure_of(scripted_client)) is (Unavailable if status == 500 else Rejected)


@pytest.mark.parametrize(
    "body", ["<html>", {"detail": "Not Found"}, {"errors": [{"errorId": 2002}]}]
)
def test_a_404_without_ebays_number_ends_no_listing(
    script: ScriptedEbay, scripted_client: EbayClient, body: object
) -> None:
    """A wrong address answers 404 to everything."""
    script.answers = [Answer(404, body)]
    with pytest.raises(EbayError):
        scripted_client.look_at("EBAY_US", "1", "v1|1|0", "US")


def test_the_quota_is_told_with_what_is_left_and_its_reset(
    client: EbayClient, mock: RunningMock
) -> None:
    told = client.rate_limits()
    assert told is not None
    assert (told.remaining, told.spent) == (told.limit, 0)
    mock.control(quota_remaining=1)
    client.search(wine())
    error = failure_of(client)
    assert isinstance(error, RateLimited)
    assert "Too many requests" in str(error)
    told = client.rate_limits()
    assert told is not None
    assert (told.remaining, told.spent) == (0, told.limit)
    assert datetime.now(UTC) < told.reset_at < datetime.now(UTC) + timedelta(days=1)
    assert (told.reset_at.hour, told.reset_at.utcoffset()) == (7, timedelta(0))


RESET = "2026-01-01T07:00:00Z"


def limits(rate: object, name: str = "browse", resource: str = "buy.browse") -> dict[str, Any]:
    resources = [
        {"name": "buy.browse.item.bulk", "rates": []},
        {"name": resource, "rates": [rate]},
    ]
    return {"rateLimits": [{"apiName": name, "resources": resources}]}


@pytest.mark.parametrize(
    "body",
    [[1], {"rateLimits": 5}, {"rateLimits": [{"resources": [{"name": "buy.browse"}]}]}, {"a": 1}]
    + [
        limits(rate)
        for rate in (
            {"limit": 9, "remaining": 0, "reset": "soon"},
            {"limit": 9, "remaining": 0, "reset": 5},
            {"limit": 9, "remaining": "none", "reset": RESET},
            {"limit": 9, "remaining": 0, "reset": "9999-12-31T23:59:59-23:59"},
            {"limit": 9, "remaining": 0, "reset": "9999-12-31T23:59:59Z"},
            {"limit": -1, "remaining": 0, "reset": RESET},
            {"limit": 10**12, "remaining": 0, "reset": RESET},
            {"limit": 1e999, "remaining": 0, "reset": RESET},
            {"remaining": 0, "reset": RESET},
            5,
        )
    ],
)
def test_a_quota_that_cannot_be_read_is_malformed(
    script: ScriptedEbay, scripted_client: EbayClient, body: object
) -> None:
    script.answers = [Answer(body=body)]
    with pytest.raises(Malformed):
        scripted_client.rate_limits()


@pytest.mark.parametrize(
    "answer",
    [Answer(204, b""), Answer(body={"rateLimits": []}), Answer(body=limits({}, "feed"))],
    ids=["no content", "no limits", "those of another API"],
)
def test_a_quota_of_which_ebay_says_nothing_is_none(
    script: ScriptedEbay, scripted_client: EbayClient, answer: Answer
) -> None:
    script.answers = [answer]
    assert scripted_client.rate_limits() is None


def test_the_api_is_found_in_either_spelling_and_a_reset_without_a_zone_is_in_utc(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    rate = {"limit": 5000, "remaining": 9000, "reset": "2026-01-01T07:00:00"}
    script.answers = [Answer(body=limits(rate, "Browse"))]
    assert scripted_client.rate_limits() == Told(5000, 5000, datetime(2026, 1, 1, 7, tzinfo=UTC))


def test_an_answer_that_takes_too_long_is_unavailable(
    script: ScriptedEbay, connect: Connect
) -> None:
    script.hold = Event()
    error = failure_of(connect(script.url, transport=Impatient()))
    assert type(error) is Unavailable
    assert str(error) == "eBay did not answer in time"


def test_a_refused_connection_is_unavailable(connect: Connect) -> None:
    with bind("127.0.0.1", 0, "PORT") as closed:
        port = closed.getsockname()[1]
    error = failure_of(connect(f"http://127.0.0.1:{port}"))
    assert type(error) is Unavailable
    assert str(error) == "eBay could not be reached (ConnectError)"


def test_a_connection_broken_off_is_unavailable(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    script.answers = [Answer(200, "{}", {"Content-Encoding": "gzip"})]
    assert type(failure_of(scripted_client)) is Unavailable


def test_a_reference_cannot_lead_to_another_path(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    script.answers = [Answer(body=item())]
    scripted_client.look_at("EBAY_US", "110001", "../../x?y#z|é", "US")
    assert script.asked == ["/buy/browse/v1/item/..%2F..%2Fx%3Fy%23z%7C%C3%A9"]
