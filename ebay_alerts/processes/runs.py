"""One run of a task, wherever it happens: every line that is logged and every span names it."""

import structlog

from ebay_alerts.kit.queue import Task
from ebay_alerts.kit.tracing import span


def run_task(task: Task) -> int:
    """How many rows it dealt with. Raises whatever the task does."""
    with (
        structlog.contextvars.bound_contextvars(task=task.name),
        span(f"task {task.name}", **{"task.name": task.name, "task.queue": task.queue}) as work,
    ):
        found = task.run()
        work.note("task.rows", found)
    return found
