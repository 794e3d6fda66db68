"""Claiming due alerts on one database, of as many alerts as are given."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from _inside import DATABASE

# Django is set up by the line above.
from _calibration import calibration_ms  # isort: skip
from _job_store import DueJobs  # isort: skip
from _many_alerts import INTERVAL_MINUTES, keep_quiet_alerts  # isort: skip
from _server_time import processor_seconds  # isort: skip
from ebay_alerts.alerts.models import Alert  # isort: skip
from ebay_alerts.alerts.services.cursors import PORTION, skip_quiet  # isort: skip
from ebay_alerts.alerts.services.digests import build_due  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

TICKS = 300
JOBS = 3000


def main(count: int) -> None:
    migrate_databases()
    began = datetime.now(UTC).replace(microsecond=0)
    keep_quiet_alerts(count, began)
    jobs = DueJobs(JOBS, began)
    loop = calibration_ms()
    idle = median_seconds(lambda: build_due(began - timedelta(seconds=1)))
    idle_jobs = median_seconds(lambda: jobs.next_due(began - timedelta(hours=1)))
    claim(count, began, jobs, loop)
    say(
        name=f"due.idle {DATABASE}: a tick with nothing due among {count:,} alerts",
        value=round(idle * 1000, 2),
        unit="ms",
        baseline=round(idle_jobs * 1000, 2),
        baseline_name=f"APScheduler's SQLAlchemy job store looks among {JOBS:,} jobs",
        ratio=round(idle_jobs / idle, 2),
        calibration_ms=loop,
    )


def claim(count: int, began: datetime, jobs: DueJobs, loop: float) -> None:
    """All alerts are due, as after an outage; half of the baseline before and half after."""
    end = began + timedelta(minutes=INTERVAL_MINUTES)
    before = jobs.moved_a_second(end)
    spent, at = processor_seconds(), time.perf_counter()
    assert skip_quiet(end) == count
    took, worked = time.perf_counter() - at, processor_seconds() - spent
    assert not Alert.objects.filter(slot__lte=end.timestamp()).exists()
    base = (before + jobs.moved_a_second(end + timedelta(minutes=INTERVAL_MINUTES))) / 2
    say(
        name=f"due.claim {DATABASE}: {count:,} due alerts, {PORTION:,} a portion",
        value=round(count / took),
        unit="alerts/s",
        baseline=round(base),
        baseline_name=f"APScheduler's SQLAlchemy job store, {JOBS:,} due jobs",
        ratio=round(count / took / base, 1),
        per_processor_second=round(count / worked),
        calibration_ms=round((loop + calibration_ms()) / 2, 1),
    )


def median_seconds(tick: Callable[[], object]) -> float:
    times = []
    for _ in range(TICKS):
        at = time.perf_counter()
        tick()
        times.append(time.perf_counter() - at)
    return statistics.median(times)


def say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[2]))
