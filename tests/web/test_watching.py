"""What an operator watches: readiness, metrics, and the files that say what they mean."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client, override_settings

from ebay_alerts.kit import clock, queue
from ebay_alerts.market.models import EventStream
from ebay_alerts.web import readiness
from ebay_alerts.web.metrics import GAUGES, quantiles
from tests.alerts.conftest import Desk, desk
from tests.project.documents import ROOT

__all__ = ["desk"]
pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.backend]
WATCHING = ROOT / "docs" / "watching"


class Ailing:
    """A queue whose broker is away."""

    def enqueue(self, name: str) -> None:
        """Dropped."""

    def trouble(self) -> str:
        return "it cannot be reached (ConnectionError)"


@pytest.fixture(autouse=True)
def as_a_new_process() -> Iterator[None]:
    readiness._migrated.clear()
    yield
    queue.use(None)


def asked(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


@override_settings(EVENT_STREAM_URL="", BROKER_URL="")
def test_a_site_whose_databases_answer_is_ready(client: Client) -> None:
    status, told = asked(client)
    assert (status, told["status"]) == (200, "ready")
    assert told["parts"] == {"database default": "ok", "database analytics": "ok"}


@override_settings(EVENT_STREAM_URL="", BROKER_URL="")
def test_a_database_of_an_older_version_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'alerts' AND name > '0005'")
    status, told = asked(client)
    assert (status, told["status"]) == (503, "not ready")
    assert "migrate" in told["parts"]["database default"]
    assert told["parts"]["database analytics"] == "ok"


@override_settings(EVENT_STREAM_URL="", BROKER_URL="redis://:secret@broker")
def test_a_broker_that_is_away_is_told_and_takes_no_site_down(client: Client) -> None:
    queue.use(Ailing())
    status, told = asked(client)
    assert (status, told["status"]) == (200, "degraded")
    assert "cannot be reached" in told["parts"]["broker"]
    assert "secret" not in json.dumps(told)


@override_settings(EVENT_STREAM_URL="http://stream", BROKER_URL="")
def test_a_stream_that_nobody_listens_to_is_told(client: Client) -> None:
    assert asked(client) == (
        200,
        {
            "status": "degraded",
            "parts": {
                "database default": "ok",
                "database analytics": "ok",
                "event stream": "nobody listens to all of it",
            },
        },
    )
    EventStream.objects.create(url="http://stream", stream_id="s", followed_at=clock.now())
    assert asked(client)[1]["status"] == "ready"


def figures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    return {
        name.removeprefix("ebay_alerts_"): float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_an_alert_that_nobody_builds_shows_as_lag_and_then_as_the_time_it_took(
    client: Client, desk: Desk
) -> None:
    desk.keep(desk.user())
    desk.start()
    desk.put("a", 10)
    desk.clock.step(minutes=60)
    late = figures(client)["alerts_lag_seconds"]
    assert 0 < late <= 3600
    desk.slot(seconds=0)
    after = figures(client)
    assert after["alerts_lag_seconds"] == 0
    assert after['digest_build_seconds{quantile="1"}'] == pytest.approx(late, abs=1)


@override_settings(EVENT_STREAM_URL="http://stream")
def test_the_age_of_each_shard_is_told(client: Client) -> None:
    for shard, age in enumerate((5, 90)):
        EventStream.objects.create(
            url="http://stream",
            shard=shard,
            shards=2,
            followed_at=clock.now() - timedelta(seconds=age),
        )
    found = figures(client)
    assert found['stream_age_seconds{shard="1/2"}'] == pytest.approx(5, abs=5)
    assert found['stream_age_seconds{shard="2/2"}'] == pytest.approx(90, abs=5)


def test_what_there_is_no_figure_of_has_no_sample(client: Client) -> None:
    assert "etl_age_seconds" not in figures(client)


def test_quantiles_are_figures_that_occurred() -> None:
    assert quantiles(range(1, 101)) == {"0.5": 51, "0.95": 95, "1": 100}
    assert quantiles([7.0]) == {"0.5": 7, "0.95": 7, "1": 7}
    assert quantiles([]) == {}


NAMES = {f"ebay_alerts_{name}" for name, *_ in GAUGES}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\bebay_alerts_\w+", text))


def test_alarms_and_dashboard_ask_for_figures_that_there_are() -> None:
    rules = yaml.safe_load((WATCHING / "alarms.yml").read_text())
    alarms = [rule for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((WATCHING / "dashboard.json").read_text())
    assert named_in(json.dumps(alarms)) <= NAMES
    assert named_in(json.dumps(dashboard)) == NAMES
    for alarm in alarms:
        assert {"alert", "expr", "for", "labels", "annotations"} <= alarm.keys()


def test_every_alarm_is_explained() -> None:
    rules = yaml.safe_load((WATCHING / "alarms.yml").read_text())
    page = (ROOT / "docs" / "operations.md").read_text()
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in page
