"""`ebay-alerts doctor`: what it finds well and wrong, beside a running system and by itself."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.kit import clock
from ebay_alerts.mail.services import Draft, queue_messages
from ebay_alerts.market import tasks as market_tasks
from ebay_alerts.market.models import ApiPause, DeadEvent, Fetch, RefreshPlan
from ebay_alerts.market.services.ledger import window_at
from ebay_alerts.processes.commands.doctor import Finding, examine
from tests.conftest import PRODUCTS
from tests.market.ebay.scripted_ebay import Answer, scripted_ebay
from tests.market.scenery import search_for
from tests.processes.conftest import NewPlace
from tests.processes.programs import READY_WITHIN_S, free_ports
from tests.servers import RunningInbox, RunningMock


def test_beside_a_running_system_all_is_well_and_nothing_is_sent_or_spent(
    new_place: NewPlace,
) -> None:
    place = new_place(MOCK_EBAY_CATALOGUE=str(PRODUCTS))
    place.up()
    program = place.command("doctor")
    assert program.wait(READY_WITHIN_S) == 0, program.said()
    lines = program.said().splitlines()
    assert {line[:4] for line in lines} == {"[ok]", "[--]"}
    assert "5,000,000 of 5,000,000 calls left" in program.said()
    assert "its socket connects" in program.said()


def test_by_itself_it_says_what_is_missing_in_one_object_for_machines(
    new_place: NewPlace,
) -> None:
    secret = "never-to-be-shown"
    mail_server = f"smtp://ann:{secret}@127.0.0.1:{free_ports(1)[0]}"
    place = new_place(SMTP_URL=mail_server, EBAY_CLIENT_SECRET=secret, EBAY_CLIENT_ID="me")
    place.settings["EBAY_BASE_URL"] = place.mock_url
    program = place.command("doctor", "--json")
    assert program.wait(READY_WITHIN_S) == 1, program.said()
    told = json.loads(program.said())
    states = {one["name"]: one["state"] for one in told["findings"]}
    assert not told["ok"]
    assert [name for name, state in states.items() if state == "wrong"] == [
        "database",
        "eBay token",
        "eBay quota",
        "mail server",
    ]
    assert "run ebay-alerts migrate" in program.said()
    assert "nothing listens at 127.0.0.1" in program.said()
    assert secret not in program.said()


@pytest.fixture
def surroundings(
    db: None, settings: Settings, mock: RunningMock, inbox: RunningInbox
) -> Iterator[Settings]:
    """Everything stands, but for what a test breaks."""
    settings.EBAY_BASE_URL = mock.url
    settings.EVENT_STREAM_URL = ""
    settings.SMTP_URL = inbox.smtp_url
    market_tasks.ebay_client.cache_clear()
    yield settings
    market_tasks.ebay_client().close()
    market_tasks.ebay_client.cache_clear()


def findings() -> dict[str, Finding]:
    return {one.name: one for one in examine()}


def wrong() -> dict[str, str]:
    return {name: one.words for name, one in findings().items() if one.state == "wrong"}


def test_where_everything_stands_nothing_is_wrong(surroundings: Settings) -> None:
    assert wrong() == {}
    assert "instant alerts ask every" in findings()["event stream"].words


def test_a_wrong_keyset_is_told_with_the_settings_to_check(surroundings: Settings) -> None:
    with scripted_ebay() as ebay:
        ebay.token = Answer(401, {"error": "invalid_client"})
        surroundings.EBAY_BASE_URL = ebay.url
        assert "check EBAY_CLIENT_ID and EBAY_CLIENT_SECRET" in wrong()["eBay token"]


def test_a_quota_that_ebay_does_not_tell_is_no_fault(surroundings: Settings) -> None:
    with scripted_ebay() as ebay:
        ebay.answers = [Answer(204, b"")]
        surroundings.EBAY_BASE_URL = ebay.url
        assert "5,000 calls a day are assumed" in findings()["eBay quota"].words


def test_what_the_plan_makes_of_the_quota_is_told(surroundings: Settings) -> None:
    now = clock.now()
    plan: dict[str, Any] = {"planned_at": now, "pace_calls": 0, "calls_per_second": 0.05}
    RefreshPlan.objects.create(
        pk=1,
        window=window_at(now),
        is_scarce=True,
        base_seconds=345_600,
        longest_seconds=345_600,
        fetches=20_000,
        wanted_per_day=90_000,
        **plan,
    )
    words = findings()["plan"].words
    assert words.startswith("20,000 searches want 90,000 calls a day; quiet ones are asked about")
    assert words.endswith("every 4 days")


def test_a_pause_failing_searches_and_dead_events_are_wrong(surroundings: Settings) -> None:
    now = clock.now()
    ApiPause.objects.create(pk=1, until=now + timedelta(hours=1), reason="the quota is spent")
    search_for("wine", now=now)
    Fetch.objects.update(failures=1)
    DeadEvent.objects.create(stream_id="a", sequence=1, body="{}", reason="no id", at=now)
    found = wrong()
    assert sorted(found) == ["events", "plan", "searches"]
    assert "the quota is spent" in found["plan"]
    assert "ebay-alerts events dead" in found["events"]


def test_mails_that_do_not_leave_are_wrong(surroundings: Settings) -> None:
    long_ago = clock.now() - timedelta(hours=2)
    draft = Draft("digest-1", "alerts", "ann@example.org", "s", "t", "<p>h</p>")
    queue_messages([draft], long_ago)
    assert "the oldest untried waits for 2 hours: mails do not leave" in wrong()["outbox"]


def test_a_broker_out_of_reach_is_wrong_and_its_password_is_not_told(
    surroundings: Settings,
) -> None:
    surroundings.BROKER_URL = f"redis://:secret-word@127.0.0.1:{free_ports(1)[0]}/0"
    assert "check BROKER_URL" in wrong()["broker"]
    assert "secret-word" not in wrong()["broker"]


def test_a_stream_that_does_not_answer_is_wrong(surroundings: Settings) -> None:
    surroundings.EVENT_STREAM_URL = f"http://127.0.0.1:{free_ports(1)[0]}"
    assert "could not be reached" in wrong()["event stream"]
