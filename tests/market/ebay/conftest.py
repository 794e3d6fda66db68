"""eBay clients over real HTTP: to the mock, and to a server that says what a test wants."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from ebay_alerts.market.ebay.client import EbayClient
from tests.market.ebay.scripted_ebay import ScriptedEbay, scripted_ebay
from tests.servers import RunningMock

Connect = Callable[..., EbayClient]


class Impatient(httpx.BaseTransport):
    """Real HTTP that waits a twentieth of a second where the client would wait longer."""

    def __init__(self) -> None:
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), 0.05)
        return self._real.handle_request(request)

    def close(self) -> None:
        self._real.close()


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients = []

    def connected(url: str, client_id: str = "id", **more: object) -> EbayClient:
        clients.append(EbayClient(url, client_id, "secret", **more))  # type: ignore[arg-type]
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def client(mock: RunningMock, connect: Connect) -> EbayClient:
    return connect(mock.url)


@pytest.fixture
def script() -> Iterator[ScriptedEbay]:
    with scripted_ebay() as script:
        yield script


@pytest.fixture
def scripted_client(script: ScriptedEbay, connect: Connect) -> EbayClient:
    return connect(script.url)
