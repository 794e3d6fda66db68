"""The whole system in the test's process: real HTTP and SMTP, the engine stepped by the test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.market import tasks as market_tasks
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.tasks import TASKS
from tests.conftest import SteppedClock
from tests.servers import RunningInbox, RunningMock


@dataclass
class Person:
    """A user at the API."""

    user: User
    client: Client
    token: str

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.client.generic(
            method,
            f"/api{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"authorization": f"Bearer {self.token}"},
        )

    def keep(self, keywords: str, interval_minutes: int = 15, **more: Any) -> dict[str, Any]:
        body = {"keywords": keywords, "interval_minutes": interval_minutes, **more}
        answer = self.send("POST", "/alerts", body)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def alert(self, alert_id: int) -> dict[str, Any]:
        return dict(self.send("GET", f"/alerts/{alert_id}").json())


@dataclass
class System:
    """The engine with its clock, beside the servers it speaks to."""

    engine: Engine
    clock: SteppedClock
    mock: RunningMock
    inbox: RunningInbox
    seen: int = 0

    def run(self, **delta: float) -> list[EmailMessage]:
        """Move the clock on, do all that is due, and give the mails that came."""
        self.clock.step(**delta)
        self.engine.step()
        mails = self.inbox.mails()
        new, self.seen = mails[self.seen :], len(mails)
        return new


@pytest.fixture
def system(
    transactional_db: None,
    settings: Settings,
    stepped_clock: SteppedClock,
    mock: RunningMock,
    inbox: RunningInbox,
) -> Iterator[System]:
    settings.EBAY_BASE_URL = mock.url
    settings.SMTP_URL = inbox.smtp_url
    market_tasks.ebay_client.cache_clear()
    yield System(Engine(TASKS), stepped_clock, mock, inbox)
    market_tasks.ebay_client().close()
    market_tasks.ebay_client.cache_clear()


def person(email: str, clock: SteppedClock) -> Person:
    user = ensure_user(email, clock.now())
    return Person(user, Client(), issue_token(user, clock.now()))


@pytest.fixture
def owner(system: System) -> Person:
    return person("owner@example.com", system.clock)


@pytest.fixture
def stranger(system: System) -> Person:
    return person("stranger@example.com", system.clock)
