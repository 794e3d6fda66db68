"""`ebay-alerts listener` and `ebay-alerts events`."""

import signal

import click
from django.conf import settings

from ebay_alerts.market.selectors import dead_events
from ebay_alerts.market.services.listening import listen_to, retry_dead
from ebay_alerts.market.tasks import search_registry
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.listening import ListenerThread

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.option(
    "--shard",
    default="1/1",
    show_default=True,
    metavar="N/M",
    help="The part of the stream to follow, where M listeners share it.",
)
def listener(shard: str) -> None:
    """Follow the marketplace's event stream alone; `up` does so by itself."""
    url = settings.EVENT_STREAM_URL
    if not url:
        raise Refusal("set EVENT_STREAM_URL; the real eBay has no stream, its searches are polled")
    try:
        listening = listen_to(url, search_registry(), shard)
    except ValueError as error:
        raise Refusal(str(error)) from error
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    thread = ListenerThread(url, listening)
    thread.start()
    click.echo(f"ready: listener to {url}")
    signal.sigwait(_STOP_SIGNALS)
    thread.stop()
    thread.join(1.5)


@click.command()
@click.argument("action", type=click.Choice(["dead", "retry"]))
def events(action: str) -> None:
    """List the events that could not be read (`dead`), or try them again (`retry`)."""
    if action == "retry":
        applied, dead = retry_dead(search_registry())
        click.echo(f"{applied} applied, {dead} still cannot be read")
        return
    for event in dead_events():
        click.echo(f"{event.at:%Y-%m-%d %H:%M:%S} {event.sequence or '-'} {event.reason}")
