"""The scaled-out processes: the scheduler hints over Celery, workers run the same tasks."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import structlog
from celery import Celery  # type: ignore[import-untyped]  # it ships no types
from celery.worker import state  # type: ignore[import-untyped]

from ebay_alerts.kit.queue import Task
from ebay_alerts.processes.runs import run_task

log = structlog.get_logger(__name__)

# A hint that is older says nothing: the scheduler has repeated it meanwhile.
EXPIRES_S = 60
# A queue holds at most about so many hints, however long its workers are away.
MOST_HINTS = 1000
# How long the broker's word about the length of a queue is believed.
_LOOK_EVERY_S = 1.0
# Before a worker that has given up begins anew.
_BEGIN_ANEW_AFTER_S = 1.0
# Longer than most tasks take. A hint that comes back while its task still runs finds no due rows.
_VISIBILITY_TIMEOUT_S = 600


class CeleryQueue:
    """`kit.queue` over Celery. A hint that cannot be sent, since the broker is away or the queue is
    full, is dropped: the next tick repeats it."""

    def __init__(self, app: Celery, tasks: tuple[Task, ...]) -> None:
        self._app = app
        self._queues = {task.name: task.queue for task in tasks}
        self._lengths: dict[str, tuple[float, int]] = {}

    def enqueue(self, name: str) -> None:
        queue = self._queues[name]
        try:
            if self._is_full(queue):
                return
            self._app.send_task(name, queue=queue, expires=EXPIRES_S, retry=False)
        except Exception as error:  # noqa: BLE001 - any broker's error: a lost hint loses nothing
            log.warning("hint not sent", task=name, reason=type(error).__name__)

    def trouble(self) -> str:
        """Without the broker's address, which holds a password."""
        try:
            queue_length(self._app, next(iter(self._queues.values())))
        except Exception as error:  # noqa: BLE001 - any broker's error
            return f"it cannot be reached ({type(error).__name__})"
        return ""

    def _is_full(self, queue: str) -> bool:
        """Counts what this process adds between two looks at the broker."""
        looked_at, length = self._lengths.get(queue, (-_LOOK_EVERY_S, 0))
        now = time.monotonic()
        if now - looked_at >= _LOOK_EVERY_S:
            looked_at, length = now, queue_length(self._app, queue)
            if length >= MOST_HINTS:
                log.warning("queue is full: are its workers there?", queue=queue, hints=length)
        self._lengths[queue] = looked_at, length + 1
        return length >= MOST_HINTS


def queue_length(app: Celery, queue: str) -> int:
    """How many hints wait in a queue, which is made where there is none. Raises the broker's."""
    with app.pool.acquire(block=True) as connection:
        declared = connection.default_channel.queue_declare(
            queue, durable=True, exclusive=False, auto_delete=False
        )
    return int(declared.message_count)


def celery_app(broker_url: str, tasks: tuple[Task, ...]) -> Celery:
    """The Celery application with every task on its queue."""
    app = Celery("ebay_alerts", broker=broker_url)
    app.conf.update(
        task_ignore_result=True,
        # A hint is taken off only when its task is done, so that a worker holds no hint that an
        # idle one could have.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # A worker waits for its broker however long; a hint is given up at once, for the next
        # tick repeats it and a request of the site may be waiting.
        broker_connection_max_retries=None,
        broker_transport_options={
            "max_retries": 0,
            "socket_connect_timeout": 2,
            "visibility_timeout": _VISIBILITY_TIMEOUT_S,
            # What a killed worker held comes back at the first look, every 10 s.
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        },
        task_routes={task.name: {"queue": task.queue} for task in tasks},
    )
    for task in tasks:
        app.task(name=task.name)(_repeating(task, app))
    return app


def run_worker(app: Celery, arguments: Sequence[str]) -> None:
    """Work until told to stop.

    Celery gives up, as if told, where the broker vanishes in the middle of an acknowledgement: its
    client then finds no connection to speak of. This process then begins anew in its own place;
    a task that it was at is found by its due rows.
    """
    app.worker_main(list(arguments))
    if state.should_stop is None and state.should_terminate is None:
        log.error("the worker gave up and begins anew")
        time.sleep(_BEGIN_ANEW_AFTER_S)
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the command that this process is


def probe_broker(broker_url: str) -> None:
    """Connect once. Raises whatever the broker's client does."""
    with Celery("ebay_alerts", broker=broker_url).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=3, interval_start=0)


def _repeating(task: Task, app: Celery) -> Callable[[], int]:
    """The task, which hints itself again while it finds as much as it takes in one go."""

    def run() -> int:
        found = run_task(task)
        if found >= task.batch:
            app.send_task(task.name, queue=task.queue, expires=EXPIRES_S, retry=False)
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
