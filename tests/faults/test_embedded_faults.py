"""What befalls the machine of an embedded system: its disk is full, its wall clock jumps."""

import email
import email.policy
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.ledger import Ledger
from tests.mail.scripted_smtp import ScriptedSmtp
from tests.processes.conftest import NewPlace
from tests.processes.programs import Place, Program, keep, until
from tests.servers import RunningMock, running_mock

pytestmark = [pytest.mark.faults, pytest.mark.soak, pytest.mark.timeout(600)]

USER = "anna@example.com"
WITHIN_S = 120
HOUR_S = 3600


@dataclass
class One:
    """An embedded system with an instant alert, and what it was to tell."""

    place: Place
    mock: RunningMock
    smtp: ScriptedSmtp
    created: list[str] = field(default_factory=list)

    def begin(self) -> None:
        with self.place.client(self.place.token(USER)) as client:
            keep(client, "wine", 0)
        until(lambda: self.smtp.accepted, WITHIN_S, "the welcome mail")

    def tell(self, count: int = 3) -> None:
        for _ in range(count):
            title = f"Wine of lot {len(self.created):04}"
            self.mock.create(title, 10 + len(self.created))
            self.created.append(title)

    def told(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for letter in self.smtp.accepted:
            mail: Any = email.message_from_bytes(letter.content, policy=email.policy.default)
            words = mail.get_body(("plain",)).get_content()
            counts.update(title for title in self.created if f"* {title}" in words)
        return counts

    def settle(self, what: str) -> None:
        """Everything is told, and nothing twice; how long that took is shown."""
        began = time.monotonic()
        until(lambda: self.told().keys() >= set(self.created), WITHIN_S, what)
        sys.stdout.write(f"{what} after {time.monotonic() - began:.1f} s\n")
        assert set(self.told().values()) == {1}


@pytest.fixture
def one(new_place: NewPlace, tmp_path: Path) -> Iterator[One]:
    catalogue = tmp_path / "products.json"
    catalogue.write_text("[]")
    with ScriptedSmtp() as smtp, running_mock(catalogue=catalogue) as mock:
        place = new_place(EBAY_BASE_URL=mock.url, SMTP_URL=f"smtp://127.0.0.1:{smtp.port}")
        yield One(place, mock, smtp)


@pytest.fixture
def small_disk(one: One) -> Iterator[Path]:
    """The home folder lies on a disk of its own of 24 MB."""
    one.place.home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(one.place.home)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can have a small disk")
    yield one.place.home
    one.place.close()
    subprocess.run(["umount", str(one.place.home)], check=True)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 4096)
        except OSError:
            return filler


def _readiness(place: Place) -> dict[str, Any]:
    return dict(httpx.get(f"{place.url}/readyz", timeout=20).json())


def test_a_full_disk_is_said_and_once_there_is_room_everything_is_told(
    one: One, small_disk: Path
) -> None:
    program = one.place.up()
    one.begin()
    filler = _fill(small_disk)
    one.tell()
    until(lambda: "fails" in _readiness(one.place)["parts"].get("tasks", ""), WITHIN_S, "the word")
    assert _readiness(one.place)["status"] == "degraded"
    filler.unlink()
    one.settle("recovered from the full disk")
    until(lambda: _readiness(one.place)["status"] == "ready", WITHIN_S, "the all-clear")
    assert program.stop() == 0, program.said()


def _under_moved_clock(place: Place, ahead: Path) -> Program:
    program = str(Path(__file__).with_name("clock_moved.py"))
    command = [sys.executable, program, str(ahead), "up"]
    return place.start(command, place.environment()).wait_until_said("ready")


def test_a_wall_clock_that_jumps_an_hour_ahead_and_back_loses_and_repeats_nothing(
    one: One, tmp_path: Path
) -> None:
    """Set back, the clock has what is paced wait until it has caught up; then it comes, once."""
    ahead = tmp_path / "ahead.txt"
    ahead.write_text("0")
    program = _under_moved_clock(one.place, ahead)
    one.begin()
    one.tell()
    one.settle("told before the jump")
    ahead.write_text(str(HOUR_S))
    one.tell()
    one.settle("told an hour ahead")
    ahead.write_text("0")
    one.tell()
    ledger = Ledger(one.place.database)
    until(lambda: ledger.rows("SELECT count(*) FROM market_listing") == [(9,)], WITHIN_S, "notice")
    ahead.write_text(str(HOUR_S + 60))
    one.settle("told when the clock had caught up")
    twice = ledger.rows(
        "SELECT key FROM mail_message WHERE queue = 'reports' GROUP BY key HAVING count(*) > 1"
    )
    assert twice == []
    assert program.stop() == 0, program.said()
