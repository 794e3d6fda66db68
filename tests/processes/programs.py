"""The real commands as processes of their own: a home folder, free ports, their output in a file.

Whoever makes a `Place` closes it: what still runs there is ended by its process id.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import httpx
import pytest

BIN = Path(sys.executable).parent
PORTS = ("EBAY_ALERTS_PORT", "MOCK_EBAY_PORT", "INBOX_SMTP_PORT", "INBOX_HTTP_PORT")
# A bound for hanging, not a promise: the machine that runs the tests may be busy.
READY_WITHIN_S = 120
GONE_WITHIN_S = 10

Answer = TypeVar("Answer")
# Two runs at once on one machine begin apart.
_numbers = count(os.getpid() * 7)


def until(condition: Callable[[], Answer], seconds: float = 20, what: str = "it") -> Answer:
    """Ask again until the answer is true, and return it; the test fails after `seconds`."""
    end, pause = time.monotonic() + seconds, Event()
    while not (answer := condition()):
        if time.monotonic() > end:
            pytest.fail(f"{what} did not become true within {seconds:g} s")
        pause.wait(0.02)
    return answer


def free_ports(wanted: int) -> list[int]:
    """Ports that nobody has, and that nobody gets by chance before their program takes them: they
    lie below those that systems give out, and each worker of a parallel run has its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    found: list[int] = []
    while len(found) < wanted:
        port = next(_numbers) % 1000 + 20_000 + 1000 * (worker % 10)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
    return found


@dataclass
class Program:
    """One running command; what it writes on either stream goes to the file `output`."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_until_said(self, words: str) -> "Program":
        until(lambda: self._has_said(words), READY_WITHIN_S, f"the word {words!r}")
        return self

    def _has_said(self, words: str) -> bool:
        is_gone = self.process.poll() is not None
        if words in self.said():
            return True
        assert not is_gone, f"it ended with {self.process.returncode}:\n{self.said()}"
        return False

    def kill(self) -> None:
        """As `kill -9`: nothing in it gets a chance to clean up."""
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code; the test fails when it does not end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds: float = GONE_WITHIN_S) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # has it say what its threads do
            self.process.wait()
            pytest.fail(f"still there after {seconds:g} s:\n{self.said()}")


@dataclass
class Place:
    """A home folder and free ports, kept over restarts of what runs there."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        ports = zip(PORTS, free_ports(len(PORTS)), strict=True)
        self.ports = dict(ports)

    @property
    def database(self) -> Path:
        return self.home / "alerts.sqlite3"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['EBAY_ALERTS_PORT']}"

    @property
    def mock_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['MOCK_EBAY_PORT']}"

    @property
    def inbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['INBOX_HTTP_PORT']}"

    def environment(self, **more: str) -> dict[str, str]:
        """Of the test run's own environment only where its code lies gets through."""
        own = {
            "PATH": os.defpath,
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(self.folder),
            "EBAY_ALERTS_HOME": str(self.home),
            "MOCK_EBAY_LIVE": "0",
            "PYTHONFAULTHANDLER": "1",
        }
        ports = {name: str(port) for name, port in self.ports.items()}
        return own | ports | self.settings | more

    def command(self, *arguments: str, **settings: str) -> Program:
        """Start `ebay-alerts` with these arguments."""
        return self._start([str(BIN / "ebay-alerts"), *arguments], settings)

    def module(self, *arguments: str, **settings: str) -> Program:
        """Start `python -m` with these arguments."""
        return self._start([sys.executable, "-m", *arguments], settings)

    def up(self, *arguments: str, **settings: str) -> Program:
        return self.command("up", *arguments, **settings).wait_until_said("ready")

    def token(self, email: str) -> str:
        """A new API token, and the user where there is none."""
        program = self.command("token", email)
        assert program.wait(READY_WITHIN_S) == 0, program.said()
        return program.said().strip()

    def client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.url}/api", headers=headers, timeout=20)

    def close(self) -> None:
        for program in self.programs:
            program.kill()

    def _start(self, command: list[str], settings: dict[str, str]) -> Program:
        return self.start(command, self.environment(**settings))

    def start(self, command: list[str], environment: dict[str, str]) -> Program:
        """Start whatever it is, with nothing but this environment."""
        output = self.folder / f"output-{len(self.programs)}.txt"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        program = Program(process, output)
        self.programs.append(program)
        return program


def keep(client: httpx.Client, keywords: str, interval_minutes: int, **more: Any) -> int:
    """Keep an alert over the API; returns its id."""
    body = {"keywords": keywords, "interval_minutes": interval_minutes, **more}
    answer = client.post("/alerts", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])
