"""api.list and api.create: calls of the API over HTTP with real tokens, on 8 kept connections.

One `ebay-alerts web` process answers them, limits of calls off. The baseline is a bare Django view
on the same server and database, without middleware: the same query for the token, one query for
the rows or one insert, and JSON. Load, server and database share the machine. Rounds take turns.
`--seconds 60` is the length of each round, less by itself; `sqlite` or `postgresql` one database.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

from _calibration import calibration_ms
from _calls import call_until, connect
from _databases import databases
from _free_ports import free_port

SECONDS = "4"
CONNECTIONS, ROUNDS = 8, 3
HERE = Path(__file__).parent


def main() -> None:
    seconds = float(
        sys.argv[sys.argv.index("--seconds") + 1] if "--seconds" in sys.argv else SECONDS
    )
    with tempfile.TemporaryDirectory() as home, databases(home) as urls:
        for name in [name for name in urls if name in sys.argv] or urls:
            measure(name, urls[name], home, seconds)


def measure(database: str, url: str, home: str, seconds: float) -> None:
    environment = os.environ | {
        "DATABASE_URL": url,
        "ANALYTICS_DATABASE_URL": f"sqlite:///{home}/analytics-{database}.sqlite3",
        "EBAY_ALERTS_HOME": home,
        "EBAY_ALERTS_REQUESTS_PER_MINUTE": "0",
        "EBAY_ALERTS_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "ebay_alerts.config.settings",
    }
    python = [sys.executable, str(HERE / "_api_rows.py"), database]
    token = subprocess.run(  # noqa: S603 - our own
        python, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()[-1]
    web = [str(Path(sys.executable).parent / "ebay-alerts"), "web"]
    bare = [sys.executable, str(HERE / "_bare_site.py")]
    with served(web, environment) as ours, served(bare, environment) as theirs:
        for name, method in (("api.list", "GET"), ("api.create", "POST")):
            compare(f"{name} {database}", method, ours, theirs, token, seconds)


def compare(name: str, method: str, ours: int, theirs: int, token: str, seconds: float) -> None:
    rounds: dict[int, list[list[float]]] = {ours: [], theirs: []}
    for port in (ours, theirs):
        load(port, method, token, 1)  # warms up
    loop = calibration_ms()
    for _ in range(ROUNDS):
        for port in (ours, theirs):
            rounds[port].append(load(port, method, token, seconds))
    rate, base = (statistics.median(map(len, rounds[port])) / seconds for port in (ours, theirs))
    times = sorted(one for round_ in rounds[ours] for one in round_)
    line = {
        "name": f"{name}: {CONNECTIONS} kept connections, one process",
        "value": round(rate),
        "unit": "requests/s",
        "baseline": round(base),
        "baseline_name": "a bare Django view with the same query for the token",
        "ratio": round(rate / base, 2),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "calibration_ms": round((loop + calibration_ms()) / 2, 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def load(port: int, method: str, token: str, seconds: float) -> list[float]:
    """Seconds of each call."""
    times: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    end = time.perf_counter() + seconds
    threads = [Thread(target=call_until, args=(port, method, token, end, one)) for one in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seconds for one in times for seconds in one]


@contextmanager
def served(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - our own
        command, env=environment | {"EBAY_ALERTS_PORT": str(port)}, stdout=subprocess.DEVNULL
    )
    try:
        connect(HTTPConnection("127.0.0.1", port))
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
