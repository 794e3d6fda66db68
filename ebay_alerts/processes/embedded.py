"""The whole system in one process: web and loops, and for trying out mock and inbox."""

import importlib
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.asgi import get_asgi_application

from ebay_alerts.accounts.selectors import find_only_user, has_users
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.accounts.sign_in_links import VALID_FOR, make_sign_in_link
from ebay_alerts.alerts.services.live import hub
from ebay_alerts.kit import clock
from ebay_alerts.market.services.listening import listen_to
from ebay_alerts.market.tasks import search_registry
from ebay_alerts.processes.databases import migrate_databases
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.listening import ListenerThread
from ebay_alerts.processes.serving import ServerThread, bind, running
from ebay_alerts.processes.tasks import TASKS
from inbox.settings import InboxSettings
from mock_ebay.settings import MockSettings

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class EmbeddedSettings:
    """What `ebay-alerts up` starts besides the site and its loops."""

    host: str
    port: int
    with_mock: bool
    mock_port: int
    mock_catalogue: Path | None
    mock_live: float
    mock_state: Path
    with_inbox: bool
    inbox_smtp_port: int
    inbox_http_port: int
    inbox_store: Path


def run_embedded(chosen: EmbeddedSettings) -> None:
    """Serve until SIGINT or SIGTERM. Raises PortTaken and StartFailed."""
    # Blocked here, they are blocked in every thread that starts from here: a signal that another
    # thread took would not wake this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    servers = _servers(chosen)
    migrate_databases()
    engine = Engine(TASKS)
    with running(servers):
        engine.start()
        listener = _listener()
        if line := _sign_in_line(chosen):
            click.echo(line)
        click.echo(_ready(chosen))
        signal.sigwait(_STOP_SIGNALS)
        if listener:
            listener.stop()
        engine.stop(timeout=1.5)


def _listener() -> ListenerThread | None:
    """Follows the event stream, where there is one."""
    if not settings.EVENT_STREAM_URL:
        return None
    url = settings.EVENT_STREAM_URL
    thread = ListenerThread(url, listen_to(url, search_registry()))
    thread.start()
    return thread


def _servers(chosen: EmbeddedSettings) -> list[ServerThread]:
    """Every port is bound before anything starts, so a taken one stops it all with one line."""
    web = bind(chosen.host, chosen.port, "EBAY_ALERTS_PORT")
    trusted = settings.TRUSTED_PROXIES
    site = get_asgi_application()
    servers = [
        ServerThread(
            "web", site, web, before_stop=hub.close, lifespan="off", trusted_proxies=trusted
        )
    ]
    if chosen.with_mock:
        servers.append(_mock(chosen))
    if chosen.with_inbox:
        servers.append(_inbox(chosen))
    return servers


def _mock(chosen: EmbeddedSettings) -> ServerThread:
    # Imported only where it runs: it is a third of the start, and the real eBay needs none.
    create_mock = importlib.import_module("mock_ebay.app").create_app
    listener = bind(chosen.host, chosen.mock_port, "MOCK_EBAY_PORT")
    app = create_mock(
        MockSettings(
            host=chosen.host,
            port=chosen.mock_port,
            catalogue=chosen.mock_catalogue,
            state=chosen.mock_state,
            live=chosen.mock_live,
        )
    )
    return ServerThread("mock eBay", app, listener)


def _inbox(chosen: EmbeddedSettings) -> ServerThread:
    create_inbox = importlib.import_module("inbox.app").create_app
    smtp = bind(chosen.host, chosen.inbox_smtp_port, "INBOX_SMTP_PORT")
    http = bind(chosen.host, chosen.inbox_http_port, "INBOX_HTTP_PORT")
    app: Any = create_inbox(
        InboxSettings(
            host=chosen.host,
            smtp_port=chosen.inbox_smtp_port,
            http_port=chosen.inbox_http_port,
            store=chosen.inbox_store,
        ),
        smtp,
    )
    return ServerThread("inbox", app, http, before_stop=app.state.hub.close)


# Whom a new system belongs to, where every mail ends in its inbox.
_FIRST_USER = "you@example.com"


def _sign_in_line(chosen: EmbeddedSettings) -> str:
    """A link that signs the one user in, once; empty where there are several, or nobody is known to
    whom mails could go."""
    now = clock.now()
    user = find_only_user()
    if user is None and chosen.with_inbox and not has_users():
        user = ensure_user(_FIRST_USER, now)
    if user is None:
        return ""
    minutes = VALID_FOR // timedelta(minutes=1)
    link = make_sign_in_link(user, now)
    return f"sign in as {user.email}, once, on this machine, within {minutes} minutes: {link}"


def _ready(chosen: EmbeddedSettings) -> str:
    """The last line of start-up: where everything is and how to sign in."""
    parts = [
        f"web {settings.PUBLIC_URL}",
        f"API {settings.PUBLIC_URL}/swagger",
        f"inbox http://localhost:{chosen.inbox_http_port} (SMTP {chosen.inbox_smtp_port})"
        if chosen.with_inbox
        else "",
        f"mock eBay http://localhost:{chosen.mock_port}" if chosen.with_mock else "",
        "sign in with a token from: ebay-alerts token you@example.com",
    ]
    return "ready: " + ", ".join(part for part in parts if part)
