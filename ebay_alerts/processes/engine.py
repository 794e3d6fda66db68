"""The embedded engine: the same task functions as scaled out, on threads of this process.

One thread per queue, so that no queue waits for another. `step()` runs everything that is due in
the calling thread instead, for tests with a clock of their own.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from threading import Event, Lock, Thread

import structlog
from django.db import close_old_connections

from ebay_alerts.kit import queue
from ebay_alerts.kit.queue import Task
from ebay_alerts.processes.runs import run_task

# How long a thread that computes keeps the interpreter from one that has heard from the network: a
# mail takes five answers of its server, each of which would wait Python's 5 ms for rendering.
SWITCH_SECONDS = 0.0005

log = structlog.get_logger(__name__)


class Engine:
    """Runs tasks until it is stopped, and takes hints about them (`kit.queue`)."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        names = dict.fromkeys(task.queue for task in tasks)
        self._workers = [
            _Worker(name, [task for task in tasks if task.queue == name]) for name in names
        ]

    def enqueue(self, name: str) -> None:
        for worker in self._workers:
            worker.hint(name)

    def trouble(self) -> str:
        dead = [worker.name for worker in self._workers if not worker.is_alive()]
        if dead:
            return f"the threads of {', '.join(dead)} are gone"
        failing = [words for worker in self._workers for words in worker.failing()]
        return "; ".join(failing)

    def start(self) -> None:
        queue.use(self)
        sys.setswitchinterval(SWITCH_SECONDS)
        for worker in self._workers:
            worker.start()

    def stop(self, timeout: float) -> bool:
        """Let running tasks end; False if one did not within `timeout` seconds."""
        queue.use(None)
        for worker in self._workers:
            worker.stop()
        end = time.monotonic() + timeout
        for worker in self._workers:
            worker.join(max(end - time.monotonic(), 0))
        return not any(worker.is_alive() for worker in self._workers)

    def step(self, rounds: int = 100) -> None:
        """Run every task until a whole round finds nothing to do."""
        for _ in range(rounds):
            if sum(run_task(task) for task in self._tasks) == 0:
                return
        raise RuntimeError(f"there still is work after {rounds} rounds")


class _Worker(Thread):
    """Runs the tasks of one queue, each when its time has come or when hinted."""

    def __init__(self, name: str, tasks: Iterable[Task]) -> None:
        super().__init__(name=name, daemon=True)
        self._tasks = {task.name: task for task in tasks}
        self._due = dict.fromkeys(self._tasks, 0.0)
        # From when on a hint may have a task run.
        self._rested = dict.fromkeys(self._tasks, 0.0)
        # Why the last run of a task failed, by name; those whose last run did well are not here.
        self._failures: dict[str, str] = {}
        self._guard = Lock()
        self._woken = Event()
        self._stopping = False

    def hint(self, name: str) -> None:
        with self._guard:
            if name not in self._due:
                return
            self._due[name] = min(self._due[name], self._rested[name])
        self._woken.set()

    def failing(self) -> list[str]:
        """Of each task that failed when it ran last, its name and the error's."""
        with self._guard:
            return [f"{name} fails ({error})" for name, error in self._failures.items()]

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            for task in self._take_due():
                if self._stopping:
                    break
                self._run(task)
            self._woken.wait(self._seconds_to_next())
        close_old_connections()

    def _take_due(self) -> list[Task]:
        """The tasks whose time has come; their next time is set before they run."""
        now = time.monotonic()
        with self._guard:
            due = [task for name, task in self._tasks.items() if self._due[name] <= now]
            for task in due:
                self._due[task.name] = now + task.every.total_seconds()
        return due

    def _seconds_to_next(self) -> float:
        with self._guard:
            return max(min(self._due.values()) - time.monotonic(), 0)

    def _run(self, task: Task) -> None:
        close_old_connections()
        began = time.monotonic()
        try:
            found = run_task(task)
        except Exception as error:  # whatever one run met, the loop goes on with the next
            log.exception("task failed", task=task.name)
            with self._guard:
                self._failures[task.name] = type(error).__name__
            return
        ended = time.monotonic()
        with self._guard:
            self._failures.pop(task.name, None)
            if found >= task.batch:
                # Where it wants rest it leaves the others half of the time.
                self._due[task.name] = ended + (ended - began if task.rest else 0)
                return
            self._rested[task.name] = ended + task.rest.total_seconds()
            self._due[task.name] = max(self._due[task.name], self._rested[task.name])
