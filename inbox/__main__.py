"""`python -m inbox`: the inbox as a process of its own."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click
import uvicorn

from inbox.app import create_app
from inbox.listening import PortTaken, bind
from inbox.settings import InboxSettings

STOP_SECONDS = 1
_DEFAULTS = InboxSettings()


class _Server(uvicorn.Server):
    """uvicorn, which would wait for open event streams when told to stop."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        asyncio.get_running_loop().call_soon_threadsafe(self._end_streams)


@click.command(context_settings={"show_default": True})
@click.option("--host", default=_DEFAULTS.host, envvar="INBOX_HOST", help="Address to listen on.")
@click.option("--smtp-port", default=_DEFAULTS.smtp_port, envvar="INBOX_SMTP_PORT")
@click.option("--http-port", default=_DEFAULTS.http_port, envvar="INBOX_HTTP_PORT")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="INBOX_STORE",
    help="File that keeps the mails; without it they live in memory.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=_DEFAULTS.keep,
    envvar="INBOX_KEEP",
    help="How many mails to keep, the newest.",
)
@click.option(
    "--size-limit",
    type=click.IntRange(1),
    default=_DEFAULTS.size_limit,
    envvar="INBOX_SIZE_LIMIT",
    help="Bytes of the largest mail taken.",
)
@click.option(
    "--commit-limit",
    type=click.IntRange(1),
    default=_DEFAULTS.commit_limit,
    help="How many mails may share one commit.",
)
@click.option(
    "--allow-host",
    multiple=True,
    envvar="INBOX_ALLOW_HOSTS",
    help="Another name that this inbox may be reached by in a browser; may be repeated.",
)
@click.option("--access-log/--no-access-log", default=False)
def main(
    host: str,
    smtp_port: int,
    http_port: int,
    store: Path | None,
    keep: int,
    size_limit: int,
    commit_limit: int,
    allow_host: tuple[str, ...],
    access_log: bool,
) -> None:
    """A mail server for development: takes every mail, delivers none, shows all on a page."""
    hosts = frozenset(allow_host)
    settings = InboxSettings(
        host, smtp_port, http_port, store, keep, size_limit, commit_limit, hosts
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        smtp_listener = bind(host, smtp_port, "INBOX_SMTP_PORT")
        http_listener = bind(host, http_port, "INBOX_HTTP_PORT")
    except PortTaken as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    asyncio.run(_serve(settings, smtp_listener, http_listener, access_log))


async def _serve(
    settings: InboxSettings,
    smtp_listener: socket.socket,
    http_listener: socket.socket,
    access_log: bool,
) -> None:
    app = create_app(settings, smtp_listener)
    config = uvicorn.Config(
        app,
        log_level="info" if access_log else "warning",
        access_log=access_log,
        lifespan="on",
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    click.echo(
        f"Inbox: http://{_shown(http_listener)} takes mail by SMTP on {_shown(smtp_listener)}"
    )
    await _Server(config, app.state.hub.close).serve(sockets=[http_listener])


def _shown(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _leave(number: int, frame: FrameType | None) -> None:
    """Before uvicorn has taken over, and when it passes the signal on after its clean stop."""
    raise SystemExit(0)


if __name__ == "__main__":
    main()
