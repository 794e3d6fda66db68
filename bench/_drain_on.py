"""Due digests on one database: `drain USERS` or `slow`; `work` and `each` are its workers."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import uuid4

from _inside import DATABASE

# Django is set up by the line above.
from _calibration import calibration_ms  # isort: skip
from _due_alerts import ALERTS_EACH, keep_due_alerts  # isort: skip
from _mail_per_alert import send, tell  # isort: skip
from _smtp_sink import Sink, running_sink  # isort: skip
from django.db import connection  # isort: skip
from ebay_alerts.alerts.links import alert_page  # isort: skip
from ebay_alerts.alerts.models import Alert, Line  # isort: skip
from ebay_alerts.alerts.tasks import digests  # isort: skip
from ebay_alerts.kit import clock  # isort: skip
from ebay_alerts.mail.models import Message  # isort: skip
from ebay_alerts.mail.services import Draft, queue_messages  # isort: skip
from ebay_alerts.mail.tasks import deliver_alerts  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

WORKERS = 2
EACH = 400  # alerts of the baseline, a worker
SLOW_MAILS, SLOW_BASE, DELAY_MS = int(os.environ.get("BENCH_MAILS", "2000")), 60, 20


def work() -> None:
    """Build and deliver in turn until nothing is due; nothing goes stale meanwhile.

    Says how many seconds of the processor each took in this process, with its sessions' threads.
    """
    began, building, delivering = time.process_time(), 0.0, 0.0
    more = 1
    while more:
        more = digests()
        built = time.process_time()
        more += deliver_alerts()
        building, delivering = building + built - began, delivering + time.process_time() - built
        began = time.process_time()
    say(building=building, delivering=delivering)


def each(first: int) -> None:
    """The baseline's worker: a task for each of its alerts."""
    now = clock.now()
    for pk in Alert.objects.order_by("pk").values_list("pk", flat=True)[first : first + EACH]:
        tell(pk, now)


def seconds_of_workers(sink: Sink, *orders: list[str]) -> float:
    """How long a worker for each order takes, all at once, from `ready` to the last one's end.

    What it takes to start and to load templates is not counted.
    """
    return run_workers(sink, *orders)[0]


def run_workers(sink: Sink, *orders: list[str]) -> tuple[float, list[dict[str, float]]]:
    """The same, with what each said at its end."""
    environment = os.environ | {"SMTP_URL": f"smtp://127.0.0.1:{sink.port}"}
    workers = [
        subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, __file__, DATABASE, *order],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for order in orders
    ]
    for worker in workers:
        assert worker.stdout
        worker.stdout.readline()
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.close()
    said = [worker.stdout.read() for worker in workers if worker.stdout]
    failed = [worker.wait() for worker in workers]
    assert not any(failed), "a worker failed"
    return time.perf_counter() - began, [json.loads(line) for line in said if line]


def drain(users: int) -> None:
    migrate_databases()
    keep_due_alerts(users, max(users // 5, ALERTS_EACH))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()
    alerts = users * ALERTS_EACH
    tasks = [["each", str(EACH * number)] for number in range(WORKERS)]
    with running_sink() as sink:
        loop = calibration_ms()
        # Half of the baseline before and half after, for the machine has other users.
        before = drained_each(sink, tasks)
        took, said = run_workers(sink, *[["work"]] * WORKERS)
        accepted = sink.counts()
        sent = Message.objects.filter(queue="alerts", state="sent").count()
        lines = Line.objects.count()
        assert sent == accepted.mails == users, f"{sent} sent, {accepted} of {users}"
        assert lines == alerts * 5, lines
        after = drained_each(sink, tasks)
        loop = (loop + calibration_ms()) / 2
    base = (before + after) / 2
    say(
        name=f"digest.drain {DATABASE}: {users:,} users, {alerts:,} alerts",
        value=round(alerts / took),
        unit="alerts/s",
        baseline=round(base),
        baseline_name="a task per alert with queries, EmailMessage and connection of its own",
        ratio=round(alerts / took / base, 2),
        mails_per_second=round(users / took),
        building_ms=round(sum(one["building"] for one in said) / users * 1000, 2),
        delivering_ms=round(sum(one["delivering"] for one in said) / users * 1000, 2),
        connections=accepted.connections,
        calibration_ms=round(loop, 1),
    )


def drained_each(sink: Sink, tasks: list[list[str]]) -> float:
    """Alerts a second of the baseline, which are due again afterwards."""
    stood = list(Alert.objects.order_by("pk")[: EACH * WORKERS])
    connection.close()
    took = seconds_of_workers(sink, *tasks)
    assert sink.counts().mails == EACH * WORKERS
    Alert.objects.bulk_update(stood, ["cursor", "mailed_at", "slot"])
    connection.close()
    return EACH * WORKERS / took


def slow() -> None:
    """Queued mails to a server that answers after 20 ms, with and without PIPELINING."""
    migrate_databases()
    for pipelining in (True, False):
        with running_sink(DELAY_MS, pipelining=pipelining) as sink:
            queue_mails(SLOW_MAILS)
            connection.close()
            took = seconds_of_workers(sink, ["mails"])
            accepted = sink.counts()
            assert accepted.mails == SLOW_MAILS, accepted
            base_took = seconds_of_workers(sink, ["connect"])
            base = SLOW_BASE / base_took
        say(
            name=f"digest.drain slow {DATABASE}: {SLOW_MAILS:,} mails, answers after {DELAY_MS} ms,"
            f" {'with' if pipelining else 'without'} PIPELINING",
            value=round(SLOW_MAILS / took),
            unit="mails/s",
            baseline=round(base, 1),
            baseline_name="a connection a mail",
            ratio=round(SLOW_MAILS / took / base, 1),
            connections=accepted.connections,
        )


def queue_mails(count: int) -> None:
    now = datetime.now(UTC) - timedelta(seconds=1)
    text, html = "A bottle of wine, $12.90\n" * 60, "<p>A bottle of wine, $12.90</p>\n" * 200
    drafts = [
        Draft(f"bench-{uuid4()}", "alerts", f"user{n}@example.com", "5 new for wine", text, html)
        for n in range(count)
    ]
    queue_messages(drafts, now)


def connect() -> None:
    for number in range(SLOW_BASE):
        mail = EmailMessage()
        mail["From"], mail["To"] = "alerts@example.org", f"user{number}@example.com"
        mail["Subject"] = "5 new for wine"
        mail.set_content("A bottle of wine, $12.90\n" * 60)
        send(mail)


def deliver_all() -> None:
    while deliver_alerts():
        pass


def say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


ROLES = {
    "work": work,
    "mails": deliver_all,
    "connect": connect,
    "each": lambda: each(int(sys.argv[3])),
}

if __name__ == "__main__":
    role = sys.argv[2]
    if role == "drain":
        drain(int(sys.argv[3]))
    elif role == "slow":
        slow()
    else:
        Alert.objects.first()  # connects
        alert_page(1)  # loads all pages
        say(ready=True)
        sys.stdin.readline()
        ROLES[role]()
