"""A real inbox on free loopback ports for each test, with a client for each of its sides."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from smtplib import SMTP

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from inbox.app import create_app
from inbox.listening import bind
from inbox.settings import InboxSettings

START_SECONDS = 10


@dataclass(frozen=True)
class RunningInbox:
    """Where the inbox answers; `http` is a client of its pages and JSON."""

    app: Starlette
    smtp_port: int
    url: str
    http: httpx.Client

    def smtp(self) -> SMTP:
        """A session of its own; use it as a context manager."""
        return SMTP("127.0.0.1", self.smtp_port, local_hostname="test.example", timeout=10)

    def send(self, subject: str = "A mail", text: str = "Some text.\n", to: str = "") -> None:
        """Sends one plain mail and returns when it was acknowledged."""
        self.send_message(plain_mail(subject, text, to or "you@example.org"))

    def send_message(self, message: EmailMessage) -> None:
        with self.smtp() as smtp:
            smtp.send_message(message)

    def send_raw(self, source: bytes) -> None:
        with self.smtp() as smtp:
            smtp.sendmail("me@example.org", ["you@example.org"], source)

    def messages(self) -> list[dict[str, object]]:
        items: list[dict[str, object]] = self.http.get("/api/v2/messages").json()["items"]
        return items


def plain_mail(subject: str, text: str, to: str = "you@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Me <me@example.org>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    return message


@contextmanager
def running(settings: InboxSettings) -> Iterator[RunningInbox]:
    """The inbox on a thread of this process, until the block ends."""
    app = create_app(settings)
    listener = bind("127.0.0.1", 0, "INBOX_HTTP_PORT")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    with listener:
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, timeout=10) as http:
                http.get("/healthz").raise_for_status()
                yield RunningInbox(app, app.state.smtp_port, url, http)
        finally:
            app.state.hub.close()
            server.should_exit = True
            thread.join(START_SECONDS)
    assert not thread.is_alive()


Start = Callable[[InboxSettings], AbstractContextManager[RunningInbox]]


@pytest.fixture
def start_inbox() -> Start:
    """Starts an inbox with settings of the test's own."""
    return running


@pytest.fixture(scope="session")
def lasting_inbox() -> Iterator[RunningInbox]:
    """One inbox for all tests that need no settings of their own; ask for `inbox` instead."""
    with running(InboxSettings(smtp_port=0)) as started:
        yield started


@pytest.fixture
def inbox(lasting_inbox: RunningInbox) -> RunningInbox:
    """An inbox in memory with the usual settings, empty and without control."""
    lasting_inbox.http.delete("/api/v1/messages").raise_for_status()
    lasting_inbox.http.delete("/api/control").raise_for_status()
    return lasting_inbox


@pytest.fixture
def digest() -> EmailMessage:
    """A mail like the product's: text, HTML with a picture by content id, and a file."""
    message = plain_mail("3 new for wine, cheapest $12.50", "3 new for wine\n\nA bottle <red>\n")
    message.replace_header("To", "Anna <anna@example.org>")
    html = '<!doctype html><p>3 new<img src="cid:bottle@x"><script>alert(1)</script>'
    message.add_alternative(html, subtype="html")
    message.get_payload(1).add_related(b"\x89PNG", "image", "png", cid="<bottle@x>")
    message.add_attachment("title,price\n", subtype="csv", filename="Preise März.csv")
    return message
