"""The baseline of claiming: a job store as APScheduler brings it, in the database of the run."""

import os
import time
from datetime import datetime, timedelta

from _many_alerts import INTERVAL_MINUTES
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

TABLE = "bench_jobs"


def tell(alert: int) -> None:
    """What a job would do is no part of the figure."""


class DueJobs:
    """Jobs with slots spread over an interval, as the alerts of the run."""

    def __init__(self, count: int, began: datetime) -> None:
        url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
        self.store = SQLAlchemyJobStore(url, tablename=TABLE)
        # Not started: jobs are moved here as its loop does it.
        self._scheduler = BackgroundScheduler(jobstores={"default": self.store})
        self._scheduler.start(paused=True)
        every = timedelta(minutes=INTERVAL_MINUTES)
        for number in range(count):
            start = began + every * number / count
            self._scheduler.add_job(
                tell,
                IntervalTrigger(minutes=INTERVAL_MINUTES, start_date=start),
                args=[number],
                id=str(number),
            )

    def next_due(self, now: datetime) -> int:
        return len(self.store.get_due_jobs(now))

    def moved_a_second(self, now: datetime) -> float:
        """As `BaseScheduler._process_jobs`: each due job gets its next time and is saved."""
        began, moved = time.perf_counter(), 0
        for job in self.store.get_due_jobs(now):
            job._modify(next_run_time=job.trigger.get_next_fire_time(now, now))
            self.store.update_job(job)
            moved += 1
        return moved / (time.perf_counter() - began)
