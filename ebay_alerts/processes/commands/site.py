"""`ebay-alerts web`."""

import signal
from types import FrameType

import click
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application

from ebay_alerts.alerts.services.live import hub
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.commands.scaled import use_celery
from ebay_alerts.processes.serving import PortTaken, bind, proxy_options


@click.command()
def web() -> None:
    """Serve the site and the API alone."""
    try:
        listener = bind(settings.HOST, settings.PORT, "EBAY_ALERTS_PORT")
    except PortTaken as error:
        raise Refusal(str(error)) from error
    if settings.BROKER_URL:
        use_celery()
    config = uvicorn.Config(
        get_asgi_application(),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
        **proxy_options(settings.TRUSTED_PROXIES),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    click.echo(f"ready: web {settings.PUBLIC_URL}")
    _Site(config).run([listener])


class _Site(uvicorn.Server):
    """Pages that wait for news are let go as soon as it is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        hub.close()
        super().handle_exit(sig, frame)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """uvicorn passes the signal on after its clean stop."""
    raise SystemExit(0)
