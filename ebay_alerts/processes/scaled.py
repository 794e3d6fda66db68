"""The scaled-out processes: the scheduler hints over Celery, workers run the same tasks."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

import structlog
from celery import Celery  # type: ignore[import-untyped]  # it ships no types

from ebay_alerts.kit.queue import Task

log = structlog.get_logger(__name__)


class CeleryQueue:
    """`kit.queue` over Celery. A broker that is away costs a hint, which the next tick repeats."""

    def __init__(self, app: Celery, tasks: tuple[Task, ...]) -> None:
        self._app = app
        self._queues = {task.name: task.queue for task in tasks}

    def enqueue(self, name: str) -> None:
        try:
            self._app.send_task(name, queue=self._queues[name], expires=60, retry=False)
        except Exception as error:  # noqa: BLE001 - any broker's error: a lost hint loses nothing
            log.warning("hint not sent", task=name, reason=type(error).__name__)


def celery_app(broker_url: str, tasks: tuple[Task, ...]) -> Celery:
    """The Celery application with every task on its queue."""
    app = Celery("ebay_alerts", broker=broker_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # A worker waits for its broker however long; a hint is given up at once, for the next
        # tick repeats it and a request of the site may be waiting.
        broker_connection_max_retries=None,
        broker_transport_options={"max_retries": 0, "socket_connect_timeout": 2},
        task_routes={task.name: {"queue": task.queue} for task in tasks},
    )
    for task in tasks:
        app.task(name=task.name)(_repeating(task, app))
    return app


def probe_broker(broker_url: str) -> None:
    """Connect once. Raises whatever the broker's client does."""
    with Celery("ebay_alerts", broker=broker_url).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=3, interval_start=0)


def _repeating(task: Task, app: Celery) -> Callable[[], int]:
    """The task, which hints itself again while it finds as much as it takes in one go."""

    def run() -> int:
        found = task.run()
        if found >= task.batch:
            app.send_task(task.name, queue=task.queue, expires=60, retry=False)
        return found

    return run


def run_scheduler(tasks: tuple[Task, ...], queue: Any, stopping: Event) -> None:
    """Hint at every task whenever its time has come, until told to stop."""
    due = dict.fromkeys(tasks, 0.0)
    while not stopping.is_set():
        now = time.monotonic()
        for task in tasks:
            if due[task] <= now:
                queue.enqueue(task.name)
                due[task] = now + task.every.total_seconds()
        stopping.wait(max(min(due.values()) - time.monotonic(), 0))
