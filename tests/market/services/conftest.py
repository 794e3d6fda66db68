"""An eBay client whose every request is watched, over real HTTP to a mock of the test's choice."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.db import connection
from pytest_django import Settings

from ebay_alerts.market.ebay.client import EbayClient
from tests.servers import RunningMock, running_mock

LOTS = 1300


class Watching(httpx.BaseTransport):
    """Real HTTP that notes what is asked of the Browse API, and lets a test act meanwhile."""

    def __init__(self) -> None:
        self._real = httpx.HTTPTransport()
        self.asked: list[httpx.URL] = []
        self.asked_what_is_left = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert not connection.in_atomic_block, "eBay is asked inside a transaction"
        self.asked_what_is_left += "rate_limit" in request.url.path
        if request.url.path.startswith("/buy/"):
            self.asked.append(request.url)
            self.meanwhile()
        return self._real.handle_request(request)

    def close(self) -> None:
        self._real.close()

    def searches(self) -> list[tuple[str, str]]:
        """(sort, offset) of every search that was asked."""
        searched = [url for url in self.asked if url.path.endswith("/search")]
        return [(url.params["sort"], url.params["offset"]) for url in searched]


@pytest.fixture(autouse=True)
def pace(settings: Settings) -> None:
    """The pace of a metered eBay, whatever the tests' own settings say."""
    settings.SWEEP_DEPTH = 1000
    settings.SWEEP_SECONDS = 900
    settings.CHEAPEST_SECONDS = 1800


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def ebay(mock: RunningMock, watching: Watching) -> Iterator[EbayClient]:
    """A client of the mock with the small product file."""
    client = EbayClient(mock.url, "id", "secret", transport=watching)
    yield client
    client.close()


@pytest.fixture(scope="session")
def auction_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMock]:
    """A mock eBay with more lots than are ever swept; tests leave its market as it is."""
    products = [
        {"id": f"lot{n}", "product_name": f"Blue lot {n}", "price": 5000 - n} for n in range(LOTS)
    ]
    catalogue = tmp_path_factory.mktemp("auction-house") / "products.json"
    Path(catalogue).write_text(json.dumps({"products": products}), encoding="utf-8")
    with running_mock(catalogue=catalogue) as running:
        yield running


@pytest.fixture
def big_ebay(auction_house: RunningMock, watching: Watching) -> Iterator[EbayClient]:
    client = EbayClient(auction_house.url, "id", "secret", transport=watching)
    yield client
    client.close()
