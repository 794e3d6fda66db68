"""`python -m mock_ebay`: the mock as a server of its own."""

import gc
import logging
import signal
import socket
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click
import uvicorn

from mock_ebay.app import create_app
from mock_ebay.catalogue_file import CatalogueError
from mock_ebay.listening import listening_socket
from mock_ebay.mock import Mock, open_mock
from mock_ebay.settings import MockSettings
from mock_ebay.store import UnusableStateError

_GRACE_SECONDS = 1


class Refusal(click.ClickException):
    """One line on standard error and exit code 2."""

    exit_code = 2


class AnnouncingServer(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            click.echo(self._announcement)


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port",
    envvar="MOCK_EBAY_PORT",
    type=click.IntRange(0, 65_535),
    default=5001,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--catalogue",
    envvar="MOCK_EBAY_CATALOGUE",
    type=click.Path(path_type=Path),
    help="A JSON file of products in place of the generated catalogue.",
)
@click.option(
    "--state",
    envvar="MOCK_EBAY_STATE",
    type=click.Path(path_type=Path),
    help="A file that keeps listings and events over restarts; it wins over a catalogue.",
)
@click.option(
    "--live",
    envvar="MOCK_EBAY_LIVE",
    type=click.FloatRange(0, 60_000),
    default=0.0,
    help="Market moves a minute.",
)
@click.option("--seed", type=int, default=1, help="Another number makes another catalogue.")
@click.option("--size", type=click.IntRange(0, 1_000_000), default=20_000, help="Listings to make.")
@click.option(
    "--daily-quota", type=click.IntRange(0), default=5_000_000, help="Browse calls a day."
)
@click.option(
    "--public-url",
    envvar="MOCK_EBAY_PUBLIC_URL",
    default="",
    help="What links begin with, where callers reach it by another name than browsers.",
)
def main(
    host: str,
    port: int,
    catalogue: Path | None,
    state: Path | None,
    live: float,
    seed: int,
    size: int,
    daily_quota: int,
    public_url: str,
) -> None:
    """An imitation of eBay for development and tests. It is not eBay."""
    settings = MockSettings(
        host=host,
        port=port,
        catalogue=catalogue,
        state=state,
        live=live,
        seed=seed,
        size=size,
        daily_quota=daily_quota,
        public_url=_web_address(public_url),
    )
    with _listen(settings) as listening:
        serve(settings, _opened(settings), listening)


def serve(settings: MockSettings, mock: Mock, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, which end the process with exit code 0."""
    # The market stays: left out of garbage collection, no search is held up by a walk through it.
    gc.freeze()
    logging.basicConfig(level=logging.WARNING, format="mock eBay: %(message)s")
    config = uvicorn.Config(
        create_app(settings, mock),
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    host, port = listening.getsockname()[:2]
    size = len(mock.market.index.everything)
    text = f"mock eBay ready on http://{host}:{port} with {size:,} listings"
    # uvicorn stops in peace and then raises the signal again, under the handler that it found.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    AnnouncingServer(config, text).run(sockets=[listening])


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen(settings: MockSettings) -> socket.socket:
    try:
        return listening_socket(settings.host, settings.port)
    except OSError as error:
        raise Refusal(
            f"port {settings.port} on {settings.host} cannot be used ({error.strerror});"
            " free it or set MOCK_EBAY_PORT to another one"
        ) from None


def _web_address(url: str) -> str:
    if url and not (url.startswith(("http://", "https://")) and urlsplit(url).hostname):
        raise Refusal(f"the public address {url!r} must be like http://localhost:5001")
    return url.rstrip("/")


def _opened(settings: MockSettings) -> Mock:
    try:
        return open_mock(settings)
    except (CatalogueError, UnusableStateError) as error:
        raise Refusal(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m mock_ebay")
