"""What `ebay-alerts` can be told to do."""

import hashlib
import signal
from pathlib import Path
from threading import Event
from types import FrameType
from typing import IO, Any

import click
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command

from ebay_alerts import __version__
from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.kit import clock, queue
from ebay_alerts.processes.embedded import EmbeddedSettings, run_embedded
from ebay_alerts.processes.logs import set_up_logging
from ebay_alerts.processes.scaled import CeleryQueue, celery_app, run_scheduler
from ebay_alerts.processes.serving import PortTaken, StartFailed, bind
from ebay_alerts.processes.tasks import QUEUES, TASKS


class _Refusal(click.ClickException):
    """One line that says what is wrong; exit code 2, as for wrong usage."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"ebay-alerts: {self.format_message()}", err=True, file=file)


@click.group(name="ebay-alerts")
@click.version_option(__version__)
def commands() -> None:
    """Keyword alerts for eBay listings, by mail."""
    set_up_logging(settings.LOG_LEVEL)


@commands.command()
@click.option("--mock/--no-mock", default=None, help="Run the mock eBay in this process.")
@click.option("--inbox/--no-inbox", default=None, help="Run the mail inbox in this process.")
def up(mock: bool | None, inbox: bool | None) -> None:
    """Run the whole system in this process until Ctrl-C.

    The mock and the inbox run unless an eBay keyset and a mail server are given.
    """
    chosen = EmbeddedSettings(
        host=settings.HOST,
        port=settings.PORT,
        with_mock=settings.MOCK_IS_EBAY if mock is None else mock,
        mock_port=settings.MOCK_EBAY_PORT,
        mock_catalogue=_catalogue(),
        mock_live=settings.MOCK_EBAY_LIVE,
        mock_state=_mock_state(),
        with_inbox=settings.INBOX_IS_MAIL_SERVER if inbox is None else inbox,
        inbox_smtp_port=settings.INBOX_SMTP_PORT,
        inbox_http_port=settings.INBOX_HTTP_PORT,
        inbox_store=settings.HOME / "inbox.sqlite3",
    )
    try:
        run_embedded(chosen)
    except (PortTaken, StartFailed) as error:
        raise _Refusal(str(error)) from error


def _catalogue() -> Path | None:
    given = settings.MOCK_EBAY_CATALOGUE
    if given and not Path(given).is_file():
        raise _Refusal(f"MOCK_EBAY_CATALOGUE names {given}, which is no file")
    return Path(given).absolute() if given else None


def _mock_state() -> Path:
    """Each catalogue has a state of its own: an existing state wins over a catalogue."""
    if settings.MOCK_EBAY_STATE:
        return Path(settings.MOCK_EBAY_STATE)
    catalogue = _catalogue()
    suffix = f"-{hashlib.sha256(str(catalogue).encode()).hexdigest()[:8]}" if catalogue else ""
    return Path(settings.HOME / f"mock-ebay{suffix}.sqlite3")


@commands.command()
def web() -> None:
    """Serve the site and the API alone."""
    try:
        listener = bind(settings.HOST, settings.PORT, "EBAY_ALERTS_PORT")
    except PortTaken as error:
        raise _Refusal(str(error)) from error
    if settings.BROKER_URL:
        _use_celery()
    config = uvicorn.Config(
        get_asgi_application(), log_level="warning", access_log=False, lifespan="off"
    )
    click.echo(f"ready: web {settings.PUBLIC_URL}")
    uvicorn.Server(config).run([listener])


@commands.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Which queues.")
@click.option("--concurrency", default=2, show_default=True)
def worker(queues: str, concurrency: int) -> None:
    """Run the tasks of some queues, as hinted over the broker."""
    unknown = set(queues.split(",")) - set(QUEUES)
    if unknown:
        raise _Refusal(f"no queue {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    app = _use_celery()
    app.worker_main(
        ["worker", "-Q", queues, "-P", "threads", "-c", str(concurrency), "-l", "WARNING"]
    )


@commands.command()
def scheduler() -> None:
    """Hint at due work over the broker; the work itself is in the database."""
    app = _use_celery()
    stopping = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    click.echo("ready: scheduler")
    run_scheduler(TASKS, CeleryQueue(app, TASKS), stopping)


def _use_celery() -> Any:
    if not settings.BROKER_URL:
        raise _Refusal("set BROKER_URL, such as redis://localhost:6379/0; `up` needs no broker")
    app = celery_app(settings.BROKER_URL, TASKS)
    queue.use(CeleryQueue(app, TASKS))
    return app


@commands.command()
def migrate() -> None:
    """Bring the database up to this version."""
    call_command("migrate", verbosity=1, interactive=False)


@commands.command()
@click.argument("email")
def token(email: str) -> None:
    """Print a new API token for EMAIL, who becomes a confirmed user if unknown.

    The token is shown this once; only its hash is kept.
    """
    call_command("migrate", verbosity=0, interactive=False)
    now = clock.now()
    try:
        user = ensure_user(email, now)
    except InvalidAddress as error:
        raise _Refusal(str(error)) from error
    click.echo(issue_token(user, now))
