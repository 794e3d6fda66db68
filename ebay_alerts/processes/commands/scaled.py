"""`ebay-alerts worker` and `ebay-alerts scheduler`."""

import importlib
import signal
from threading import Event
from types import FrameType
from typing import Any

import click
from django.conf import settings

from ebay_alerts.kit import queue
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.tasks import QUEUES, TASKS


@click.command()
@click.option("--queues", "-Q", default=",".join(QUEUES), show_default=True, help="Which queues.")
@click.option("--concurrency", "-c", default=2, show_default=True, help="Tasks at a time.")
def worker(queues: str, concurrency: int) -> None:
    """Run the tasks of some queues, as hinted over the broker."""
    unknown = set(queues.split(",")) - set(QUEUES)
    if unknown:
        raise Refusal(f"no queue {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    app = use_celery()
    # Workers have nothing to tell each other: what there is to do stands in the database.
    quiet = ["--without-gossip", "--without-mingle"]
    threads = ["-P", "threads", "-c", str(concurrency)]
    _scaled().run_worker(app, ["worker", "-Q", queues, *threads, "-l", "WARNING", *quiet])


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
    _scaled().run_scheduler(TASKS, _scaled().CeleryQueue(app, TASKS), stopping)


def use_celery() -> Any:
    """Have hints go over the broker from now on. Refuses without one, or without Celery."""
    if not settings.BROKER_URL:
        raise Refusal("set BROKER_URL, such as redis://localhost:6379/0; `up` needs no broker")
    app = _scaled().celery_app(settings.BROKER_URL, TASKS)
    queue.use(_scaled().CeleryQueue(app, TASKS))
    return app


def probe_broker() -> str:
    """Words about the broker. Raises Refusal, without the broker's address: it holds a password."""
    try:
        _scaled().probe_broker(settings.BROKER_URL)
    except Refusal:
        raise
    except Exception as error:
        reason = type(error).__name__
        raise Refusal(f"it cannot be reached ({reason}); check BROKER_URL") from error
    return "it answers"


def _scaled() -> Any:
    """Celery is an extra, and imported only by who uses it."""
    try:
        return importlib.import_module("ebay_alerts.processes.scaled")
    except ModuleNotFoundError as error:
        raise Refusal(f"install ebay-alerts[scaled]: there is no {error.name}") from error
