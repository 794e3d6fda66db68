"""A scripted mail server, a clock that tests move, and drafts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from ebay_alerts.kit import clock
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.services import Draft, queue_messages
from tests.mail.scripted_smtp import ScriptedSmtp

QueueOne = Callable[..., Message]


class MovableClock:
    def __init__(self) -> None:
        self._now = datetime(2030, 5, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def move(self, **delta: float) -> datetime:
        self._now += timedelta(**delta)
        return self._now


@pytest.fixture
def time() -> Iterator[MovableClock]:
    movable = MovableClock()
    previous = clock.use(movable)
    yield movable
    clock.use(previous)


@pytest.fixture
def smtp(settings: Settings) -> Iterator[ScriptedSmtp]:
    settings.MAIL_FROM = "eBay Alerts <alerts@example.org>"
    with ScriptedSmtp() as server:
        settings.SMTP_URL = f"smtp://127.0.0.1:{server.port}"
        yield server


@pytest.fixture
def queue_one(db: None, time: MovableClock) -> QueueOne:
    """Queue one draft, with what the test says about it, and return its message."""

    def queue_it(key: str = "digest-1", **changes: object) -> Message:
        wanted: dict[str, object] = {
            "queue": "alerts",
            "to_address": f"{key}@example.org",
            "subject": "3 new for wine",
            "text": "text\n",
            "html": "<p>html</p>\n",
        }
        ids = queue_messages([Draft(key=key, **(wanted | changes))], time.now())  # type: ignore[arg-type]
        return Message.objects.get(pk=ids[key])

    return queue_it
