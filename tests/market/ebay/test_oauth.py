"""The application token: fetched once, renewed in time, and again when eBay revokes it."""

from threading import Thread

import pytest

from ebay_alerts.market.ebay.client import EbayClient, SearchRequest
from ebay_alerts.market.errors import EbayError, Malformed, RateLimited, Rejected, Unavailable
from tests.conftest import SteppedClock
from tests.market.ebay.conftest import Connect
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay
from tests.servers import RunningMock

WINE = SearchRequest("EBAY_US", "wine", "US")


def calls(mock: RunningMock) -> tuple[int, int]:
    """Tokens and searches that the mock was asked for."""
    counts = mock.calls()["calls"]
    return counts.get("oauth.token", 0), counts.get("browse.search", 0)


def failure_of(client: EbayClient) -> EbayError:
    with pytest.raises(EbayError) as caught:
        client.search(WINE)
    return caught.value


def test_one_token_serves_many_searches(client: EbayClient, mock: RunningMock) -> None:
    for _ in range(3):
        client.search(WINE)
    assert calls(mock) == (1, 3)


def test_a_token_is_renewed_shortly_before_it_ends(
    client: EbayClient, mock: RunningMock, stepped_clock: SteppedClock
) -> None:
    client.search(WINE)
    stepped_clock.step(minutes=114)
    client.search(WINE)
    assert calls(mock) == (1, 2)
    stepped_clock.step(minutes=2)
    client.search(WINE)
    assert calls(mock) == (2, 3)


def test_a_revoked_token_is_renewed_and_the_call_sent_once_more(
    client: EbayClient, mock: RunningMock
) -> None:
    client.search(WINE)
    mock.control(revoke_tokens=True)
    assert client.search(WINE).total > 0
    assert calls(mock) == (2, 3)


def test_a_fresh_token_that_is_refused_is_not_tried_for_ever(
    client: EbayClient, mock: RunningMock
) -> None:
    mock.control(fail_next=9, status=401, path="/buy")
    error = failure_of(client)
    assert type(error) is Rejected
    assert "Invalid access token" in str(error)
    assert calls(mock) == (1, 1)


def test_a_keyset_that_ebay_refuses_is_rejected_naming_the_settings(
    mock: RunningMock, connect: Connect
) -> None:
    error = failure_of(connect(mock.url, client_id="bad"))
    assert type(error) is Rejected
    assert "EBAY_CLIENT_ID" in str(error)
    assert "EBAY_CLIENT_SECRET" in str(error)
    assert "secret" not in str(error).replace("client id and secret", "")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(500), Unavailable),
        (Answer(503, "<html>"), Unavailable),
        (Answer(403, "<html>"), Unavailable),
        (Answer(302), Unavailable),
        (Answer(429, {}, {"Retry-After": "60"}), RateLimited),
        (Answer(400, {"error": "invalid_scope"}), Rejected),
        (Answer(401, "no"), Rejected),
        (Answer(200, "<html>"), Malformed),
        (Answer(200, []), Malformed),
        (Answer(200, {"access_token": None, "expires_in": 7200}), Malformed),
        (Answer(200, {"access_token": "", "expires_in": 7200}), Malformed),
        (Answer(200, {"access_token": "é", "expires_in": 7200}), Malformed),
        (Answer(200, {"access_token": "a\r\nX: y", "expires_in": 7200}), Malformed),
        (Answer(200, {"access_token": "token", "expires_in": "long"}), Malformed),
        (Answer(200, {"access_token": "token", "expires_in": 10**30}), Malformed),
        (Answer(200, '{"access_token": "token", "expires_in": 1e999}'), Malformed),
    ],
)
def test_a_token_service_that_fails_is_called_by_its_fault(
    script: ScriptedEbay, scripted_client: EbayClient, answer: Answer, kind: type[EbayError]
) -> None:
    script.token = answer
    error = failure_of(scripted_client)
    assert type(error) is kind
    assert "eBay" in str(error)
    assert script.asked == []


def test_a_token_of_no_lifetime_is_used_and_asked_for_each_time(
    script: ScriptedEbay, scripted_client: EbayClient
) -> None:
    script.token = Answer(body={"access_token": "token", "expires_in": -5})
    scripted_client.search(WINE)
    scripted_client.search(WINE)
    assert len(script.asked) == 2


def test_threads_that_share_a_client_share_its_token(client: EbayClient, mock: RunningMock) -> None:
    client.search(WINE)
    threads = [Thread(target=client.search, args=(WINE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert calls(mock) == (1, 9)
