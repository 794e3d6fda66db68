"""Costs among as many alerts as are given: of passing over, of a digest, of each idle task."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _inside import DATABASE

# Django is set up by the line above.
from _calibration import calibration_ms  # isort: skip
from _due_alerts import ALERTS_EACH, keep_due_alerts  # isort: skip
from _many_alerts import keep_quiet_alerts  # isort: skip
from _server_time import processor_seconds  # isort: skip
from django.db import connection  # isort: skip
from ebay_alerts.alerts.models import Alert  # isort: skip
from ebay_alerts.alerts.services.cursors import skip_quiet  # isort: skip
from ebay_alerts.alerts.services.digests import build_due  # isort: skip
from ebay_alerts.kit import clock  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip
from ebay_alerts.processes.tasks import TASKS  # isort: skip

DUE = 5_000
USERS = 200
ROUNDS = 10


def main(count: int) -> None:
    migrate_databases()
    # Their slots come an hour from now, when this is over.
    began = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    keep_quiet_alerts(count, began)
    idle = idle_milliseconds()
    passing = passing_microseconds(count)
    keep_due_alerts(USERS, 50)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    digests = digest_microseconds()
    report = {"passing": passing, "digest": digests, "calibration_ms": calibration_ms()}
    report_file = Path(sys.argv[3])
    report_file.write_text(json.dumps(report | {"idle": idle, "database": DATABASE}))


def idle_milliseconds() -> dict[str, float]:
    """By task, of a run that finds nothing to do, once what it does first is done."""
    spent = {}
    for task in TASKS:
        for _ in range(20):
            if not task.run():
                break
        spent[task.name] = min(_milliseconds(task.run) for _ in range(ROUNDS))
    return spent


def _milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return round((time.perf_counter() - began) * 1000, 2)


def passing_microseconds(count: int) -> float:
    """Of the processor, for each of `DUE` due alerts without news."""
    now = clock.now()
    step = max(count // DUE, 1)
    rounds = []
    for number in range(ROUNDS):
        chosen = range(1 + number, count + 1, step)[:DUE]
        due = Alert.objects.filter(pk__in=chosen).update(slot=int(now.timestamp()) - 60)
        spent = processor_seconds()
        assert skip_quiet(now) == due
        rounds.append((processor_seconds() - spent) / due * 1e6)
    return round(min(rounds), 1)


def digest_microseconds() -> float:
    """Of the processor, for each due alert of some users, from the slot to the outbox."""
    spent = processor_seconds()
    now = clock.now()
    while build_due(now):
        pass
    assert not Alert.objects.filter(slot__lte=now.timestamp()).exists()
    return round((processor_seconds() - spent) / (USERS * ALERTS_EACH) * 1e6, 1)


if __name__ == "__main__":
    main(int(sys.argv[2]))
