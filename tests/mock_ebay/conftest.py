"""A mock eBay on a free port of this machine, and clients that speak to it over HTTP."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from mock_ebay.app import create_app
from mock_ebay.listening import listening_socket
from mock_ebay.settings import MockSettings

PRODUCTS = Path(__file__).with_name("products.json")
SEARCH = "/buy/browse/v1/item_summary/search"
SCOPE = "https://api.ebay.com/oauth/api_scope"


class ThreadedServer(uvicorn.Server):
    """Tells another thread when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@dataclass
class RunningMock:
    """One running mock: `http` without a token, `search`, `item` and friends with one."""

    url: str
    http: httpx.Client
    client_id: str = "test"

    def token(self, scope: str = SCOPE, client_id: str = "test") -> str:
        answer = self.http.post(
            "/identity/v1/oauth2/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(client_id, "secret"),
        )
        return answer.raise_for_status().json()["access_token"]

    def get(
        self, path: str, headers: dict[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        authorization = {"Authorization": f"Bearer {self.token()}"}
        return self.http.get(path, params=params, headers=authorization | (headers or {}))

    def search(self, q: str | None = None, **params: Any) -> dict[str, Any]:
        headers = params.pop("headers", None)
        asked = params if q is None else params | {"q": q}
        return self.get(SEARCH, headers, **asked).raise_for_status().json()

    def titles(self, q: str, **params: Any) -> list[str]:
        return [item["title"] for item in self.search(q, **params).get("itemSummaries", [])]

    def item(self, item_id: str, **params: Any) -> httpx.Response:
        return self.get(f"/buy/browse/v1/item/{item_id.replace('|', '%7C')}", **params)

    def create(self, name: str, price: float = 10, **more: Any) -> dict[str, Any]:
        body = {"product_name": name, "price": price} | more
        return self.http.post("/products", json=body).raise_for_status().json()

    def products(self, **params: Any) -> list[dict[str, Any]]:
        return self.http.get("/products", params=params).raise_for_status().json()

    def control(self, **plan: Any) -> dict[str, Any]:
        return self.http.post("/control", json=plan).raise_for_status().json()

    def events(self, after: int = 0, limit: int = 1000) -> dict[str, Any]:
        params = {"after": after, "limit": limit}
        return self.http.get("/events", params=params).raise_for_status().json()


@contextmanager
def running(settings: MockSettings) -> Iterator[RunningMock]:
    listening = listening_socket("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(settings), log_config=None, lifespan="on", timeout_graceful_shutdown=1
    )
    server = ThreadedServer(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert server.up.wait(20)
    try:
        with httpx.Client(base_url=url, timeout=10) as http:
            yield RunningMock(url, http)
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def big_mock() -> Iterator[RunningMock]:
    """A generated market that tests only read."""
    with running(MockSettings(size=3000)) as mock:
        yield mock


@pytest.fixture
def start_mock() -> Iterator[Callable[..., RunningMock]]:
    """Starts mocks of its own for one test; all are stopped after it."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(MockSettings(**settings)))


@pytest.fixture(scope="session")
def _shared_mock() -> Iterator[RunningMock]:
    with running(MockSettings(catalogue=PRODUCTS)) as mock:
        yield mock


@pytest.fixture
def mock(_shared_mock: RunningMock) -> Iterator[RunningMock]:
    """A mock with the forty products of products.json; what a test adds is taken out again."""
    known = {product["id"] for product in _shared_mock.products()}
    yield _shared_mock
    for product in _shared_mock.products():
        if product["id"] not in known:
            _shared_mock.http.delete(f"/products/{product['id']}").raise_for_status()
    _shared_mock.http.delete("/control").raise_for_status()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Asks again until the answer is true, for at most ten seconds."""

    def ask(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 10
        pause = threading.Event()
        while time.monotonic() < deadline:
            if answer := condition():
                return answer
            pause.wait(0.02)
        raise AssertionError("it did not become true within ten seconds")

    return ask
