"""Real servers on free ports of loopback, in threads of the test process."""

import contextlib
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from ebay_alerts.processes.serving import ServerThread, bind, running
from inbox.app import create_app as create_inbox
from inbox.settings import InboxSettings
from mock_ebay.app import create_app as create_mock
from mock_ebay.settings import MockSettings


@dataclass
class RunningMock:
    """A mock eBay and the ways in which a test moves its market."""

    url: str
    http: httpx.Client

    def create(self, name: str, price: float, **more: Any) -> str:
        body = {"product_name": name, "price": price, **more}
        return str(self.http.post("/products", json=body).raise_for_status().json()["id"])

    def change(self, product_id: str, **fields: Any) -> None:
        self.http.patch(f"/products/{product_id}", json=fields).raise_for_status()

    def delete(self, product_id: str) -> None:
        self.http.delete(f"/products/{product_id}").raise_for_status()

    def products(self, q: str) -> list[dict[str, Any]]:
        answer = self.http.get("/products", params={"q": q, "_limit": 1000})
        return list(answer.raise_for_status().json())

    def control(self, **orders: Any) -> None:
        self.http.post("/control", json=orders).raise_for_status()

    def calls(self) -> dict[str, Any]:
        return dict(self.http.get("/control").raise_for_status().json())


@dataclass
class RunningInbox:
    """The development inbox; mails are read over its MailHog JSON, oldest first."""

    smtp_url: str
    http: httpx.Client

    def mails(self) -> list[EmailMessage]:
        sources = [item["Raw"]["Data"] for item in reversed(self._items())]
        return [
            email.message_from_string(source.replace("\r\n", "\n"), policy=email.policy.default)  # type: ignore[arg-type, misc]
            for source in sources
        ]

    def _items(self, limit: int = 500) -> list[dict[str, Any]]:
        """Newest first, page by page."""
        items: list[dict[str, Any]] = []
        while len(items) % limit == 0:
            params = {"limit": limit, "start": len(items)}
            page = self.http.get("/api/v2/messages", params=params).raise_for_status().json()
            items += page["items"]
            if not page["items"]:
                break
        return items

    def control(self, **orders: Any) -> None:
        self.http.post("/api/control", json=orders).raise_for_status()


@contextlib.contextmanager
def running_mock(port: int = 0, **settings: Any) -> Iterator[RunningMock]:
    listener = bind("127.0.0.1", port, "PORT")
    port = listener.getsockname()[1]
    app = create_mock(MockSettings(port=port, **settings))
    url = f"http://127.0.0.1:{port}"
    with running([ServerThread("mock", app, listener)]), httpx.Client(base_url=url) as http:
        yield RunningMock(url, http)


@contextlib.contextmanager
def running_inbox(store: Path | None = None) -> Iterator[RunningInbox]:
    smtp, http = bind("127.0.0.1", 0, "SMTP"), bind("127.0.0.1", 0, "HTTP")
    app: Any = create_inbox(InboxSettings(smtp_port=0, http_port=0, store=store), smtp)
    url = f"http://127.0.0.1:{http.getsockname()[1]}"
    server = ServerThread("inbox", app, http, before_stop=app.state.hub.close)
    with running([server]), httpx.Client(base_url=url) as client:
        yield RunningInbox(f"smtp://127.0.0.1:{smtp.getsockname()[1]}", client)
