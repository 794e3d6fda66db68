"""The wheel holds all that the system needs: installed elsewhere, it comes up and goes down."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 60
STOP_WITHIN_S = 30
PORTS = ("EBAY_ALERTS_PORT", "MOCK_EBAY_PORT", "INBOX_SMTP_PORT", "INBOX_HTTP_PORT")


def uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "tools.bootstrap", "uv", "--quiet", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, timeout=100)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return the folder of programs of an environment that holds the wheel and locked versions."""
    dist, environment = tmp_path / "dist", tmp_path / "environment"
    pins, python = tmp_path / "requirements.txt", str(environment / "bin" / "python")
    uv("build", "--wheel", "--out-dir", str(dist))
    uv("export", "--locked", "--no-dev", "--no-emit-project", "--output-file", str(pins))
    uv("venv", "--python", sys.executable, str(environment))
    uv("pip", "install", "--python", python, "--requirement", str(pins))
    uv("pip", "install", "--python", python, "--no-deps", *map(str, dist.glob("*.whl")))
    return environment / "bin"


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(
    command: Path, folder: Path, settings: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [command, "up"],
        cwd=folder,
        env=settings,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    watchdog = threading.Timer(READY_WITHIN_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """Return the start-up's output; its watchdog ends the process, and so this, if it hangs."""
    output = ""
    for line in process.stdout or ():
        output += line
        if "ready" in line:
            return output
    pytest.fail(f"never said ready:\n{output}")


def test_the_wheel_installed_elsewhere_comes_up_and_goes_down(
    installed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    settings = {"PATH": os.defpath, "HOME": str(folder), "EBAY_ALERTS_HOME": str(folder / "var")}
    settings |= {name: str(port) for name, port in ports.items()}
    with running(installed / "ebay-alerts", folder, settings) as process:
        read_until_ready(process)
        answer = httpx.get(f"http://127.0.0.1:{ports['EBAY_ALERTS_PORT']}/healthz", timeout=10)
        assert answer.status_code == 200
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=STOP_WITHIN_S)
        assert process.returncode == 0, output
