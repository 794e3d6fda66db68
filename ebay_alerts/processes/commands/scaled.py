"""`ebay-alerts worker` and `ebay-alerts scheduler`."""

import signal
from threading import Event
from types import FrameType

import click
from celery import Celery  # type: ignore[import-untyped]  # it ships no types
from django.conf import settings

from ebay_alerts.kit import queue
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.scaled import CeleryQueue, celery_app, run_scheduler
from ebay_alerts.processes.tasks import QUEUES, TASKS


@click.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Which queues.")
@click.option("--concurrency", default=2, show_default=True)
def worker(queues: str, concurrency: int) -> None:
    """Run the tasks of some queues, as hinted over the broker."""
    unknown = set(queues.split(",")) - set(QUEUES)
    if unknown:
        raise Refusal(f"no queue {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    app = use_celery()
    app.worker_main(
        ["worker", "-Q", queues, "-P", "threads", "-c", str(concurrency), "-l", "WARNING"]
    )


@click.command()
def scheduler() -> None:
    """Hint at due work over the broker; the work itself is in the database."""
    app = use_celery()
    stopping = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    click.echo("ready: scheduler")
    run_scheduler(TASKS, CeleryQueue(app, TASKS), stopping)


def use_celery() -> Celery:
    """Have hints go over the broker from now on. Refuses without one."""
    if not settings.BROKER_URL:
        raise Refusal("set BROKER_URL, such as redis://localhost:6379/0; `up` needs no broker")
    app = celery_app(settings.BROKER_URL, TASKS)
    queue.use(CeleryQueue(app, TASKS))
    return app
