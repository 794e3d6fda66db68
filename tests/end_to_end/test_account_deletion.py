"""The served site and the mock: challenge and deletion notices over HTTP, good and bad."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.asgi import get_asgi_application
from pytest_django import Settings

from ebay_alerts.market.models import AccountDeletion
from ebay_alerts.market.services.erasing import notification_keys
from ebay_alerts.processes.serving import ServerThread, bind, running
from tests.conftest import SteppedClock
from tests.servers import RunningMock

pytestmark = pytest.mark.backend

TOKEN = "a-token_of_thirty-two_characters"
KEYS = "/commerce/notification/v1/public_key"


@pytest.fixture
def endpoint(
    transactional_db: None, settings: Settings, stepped_clock: SteppedClock, mock: RunningMock
) -> Iterator[str]:
    """The address of the endpoint on the real site, which asks the mock for keys."""
    listener = bind("127.0.0.1", 0, "PORT")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/ebay/account-deletion"
    settings.EBAY_BASE_URL = mock.url
    settings.EBAY_DELETION_TOKEN = TOKEN
    settings.EBAY_DELETION_ENDPOINT = url
    notification_keys.cache_clear()
    with running([ServerThread("web", get_asgi_application(), listener, lifespan="off")]):
        yield url
    notification_keys().close()
    notification_keys.cache_clear()


def order(mock: RunningMock, **orders: Any) -> dict[str, Any]:
    answer = mock.http.post("/control", json=orders, timeout=30)
    return dict(answer.raise_for_status().json())


def deliver(mock: RunningMock, endpoint: str, **more: Any) -> list[int | None]:
    """Have the mock send a notice; what the site answered."""
    sent = order(mock, send_deletion={"to": endpoint, "username": "ann_sells", **more})
    return list(sent["deletion"]["statuses"])


def test_the_site_passes_ebays_challenge(mock: RunningMock, endpoint: str) -> None:
    challenge = {"to": endpoint, "token": TOKEN}
    passed = order(mock, send_challenge=challenge)["challenge"]
    assert passed == {"status": 200, "is_right": True}
    other = order(mock, send_challenge=challenge | {"token": "x" * 32})["challenge"]
    assert other == {"status": 200, "is_right": False}


def test_a_notice_is_obeyed_once_however_often_it_is_delivered(
    mock: RunningMock, endpoint: str
) -> None:
    assert deliver(mock, endpoint, times=3) == [204, 204, 204]
    assert AccountDeletion.objects.count() == 1
    assert deliver(mock, endpoint) == [204]
    assert AccountDeletion.objects.count() == 2
    assert mock.calls()["calls"]["notification.public_key"] == 1


def test_what_is_not_ebays_is_refused_and_recorded_nowhere(
    mock: RunningMock, endpoint: str
) -> None:
    refused = {
        fault: deliver(mock, endpoint, fault=fault)
        for fault in ("signature", "key", "header", "body")
    }
    assert refused == {"signature": [412], "key": [412], "header": [412], "body": [400]}
    assert not AccountDeletion.objects.exists()


def test_a_body_of_untold_length_is_read_no_further_than_it_may_be(
    mock: RunningMock, endpoint: str
) -> None:
    pieces = (b"x" * 10_000 for _ in range(100))
    answer = httpx.post(endpoint, content=pieces)
    assert "Content-Length" not in answer.request.headers
    assert answer.status_code == 413


def test_a_rotated_key_is_taken_up_at_once(mock: RunningMock, endpoint: str) -> None:
    assert deliver(mock, endpoint) == [204]
    order(mock, rotate_key=True)
    assert deliver(mock, endpoint) == [204]
    assert mock.calls()["calls"]["notification.public_key"] == 2


def test_while_keys_cannot_be_had_a_notice_is_put_off_and_obeyed_later(
    mock: RunningMock, endpoint: str
) -> None:
    mock.control(fail_next=1, status=503, path=KEYS)
    assert deliver(mock, endpoint, times=2) == [503, 204]
    assert AccountDeletion.objects.count() == 1


def test_a_key_that_was_fetched_serves_while_ebay_is_away(
    mock: RunningMock, endpoint: str, stepped_clock: SteppedClock
) -> None:
    assert deliver(mock, endpoint) == [204]
    mock.control(fail_next=100, path=KEYS)
    stepped_clock.step(minutes=50)
    assert deliver(mock, endpoint) == [204]
    stepped_clock.step(minutes=20)
    assert deliver(mock, endpoint) == [503]
