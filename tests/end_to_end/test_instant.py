"""Instant alerts from an event of the stream to the inbox: at once, together, a flood, silence."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from ebay_alerts.market.models import Fetch
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import Listener, listen_to
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.tasks import TASKS
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import text_of, titles

pytestmark = pytest.mark.backend


@pytest.fixture
def listener(system: System, settings: Settings) -> Iterator[Listener]:
    """Follows the mock's stream; nothing is polled after the fills."""
    settings.EVENT_STREAM_URL = system.mock.url
    settings.INSTANT_MAILS_PER_HOUR = 4
    listener = listen_to(system.mock.url, SearchRegistry())
    listener.catch_up()
    yield listener
    listener.close()


def listed(system: System, listener: Listener, *names: str) -> None:
    for name in names:
        system.mock.create(name, 20)
    listener.catch_up()


def test_an_instant_alert_tells_at_once_then_together_then_a_flood_as_digests_then_nothing(
    system: System, owner: Person, listener: Listener
) -> None:
    alert = owner.keep("wine", 0)
    assert alert["instant_every_seconds"] is None
    (welcome,) = system.run()
    assert "the marketplace tells us as it happens" in text_of(welcome)
    Fetch.objects.update(due_at=None)

    listed(system, listener, "Wine at once")
    (first,) = system.run()
    assert titles(first) == ["Wine at once"]

    listed(system, listener, "Wine soon after")
    assert system.run(seconds=3) == []
    listed(system, listener, "Wine a little later")
    assert system.run(seconds=3) == []
    (second,) = system.run(seconds=5)
    assert sorted(titles(second)) == ["Wine a little later", "Wine soon after"]
    assert "more than fits into 4 mails an hour" in text_of(second)

    flood = [f"Wine {number} of the flood" for number in range(6)]
    for name in flood:
        listed(system, listener, name)
        assert system.run(minutes=2) == []
        assert owner.alert(alert["id"])["held_until"] is not None
    system.engine = Engine(TASKS)  # as after a restart: what is held is held in the database
    assert system.run(minutes=1) == []
    (digest,) = system.run(minutes=3)
    assert sorted(titles(digest)) == flood
    assert "more than fits into 4 mails an hour" in text_of(digest)

    assert [mail for _ in range(6) for mail in system.run(minutes=20)] == []
    assert owner.alert(alert["id"])["held_until"] is None
    listed(system, listener, "Wine after the flood")
    (after,) = system.run()
    assert titles(after) == ["Wine after the flood"]
    assert "more than fits" not in text_of(after)


def test_without_a_stream_an_instant_alert_tells_at_each_refresh(
    system: System, owner: Person, settings: Settings
) -> None:
    settings.EVENT_STREAM_URL, settings.INSTANT_SECONDS = "", 300
    alert = owner.keep("wine", 0)
    assert alert["instant_every_seconds"] == 300
    (welcome,) = system.run()
    assert "eBay is asked every 5 minutes" in text_of(welcome)
    system.mock.create("Wine between two refreshes", 20)
    assert system.run(minutes=4) == []
    (mail,) = system.run(minutes=2)
    assert titles(mail) == ["Wine between two refreshes"]
