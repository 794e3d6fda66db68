"""The ASGI application: pages, MailHog's JSON and the control, with the SMTP server beside them."""

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from inbox import api, pages
from inbox.events import Hub
from inbox.guard import Guard
from inbox.running import running_inbox
from inbox.settings import InboxSettings

_STATIC = Path(__file__).parent / "static"


def create_app(settings: InboxSettings, smtp_listener: socket.socket | None = None) -> Starlette:
    """The inbox as one application; nothing is bound or opened before its lifespan starts.

    The lifespan runs the SMTP server on the same event loop: on `smtp_listener` where one is
    given, otherwise on the settings' host and port (`inbox.listening.PortTaken` when it is taken).
    While it runs, `app.state.smtp_port` is the real port, also for port 0, and `app.state.inbox`
    the running inbox. `app.state.hub.close()` ends the open event streams: call it when the web
    server is told to stop, because it waits for them before the lifespan ends.
    """
    hub = Hub()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running_inbox(settings, smtp_listener, hub) as inbox:
            app.state.inbox = inbox
            app.state.smtp_port = inbox.smtp_port
            yield

    app = Starlette(
        routes=[*pages.ROUTES, *api.ROUTES, Mount("/static", StaticFiles(directory=_STATIC))],
        middleware=[Middleware(Guard, bound=settings.host, allowed=settings.allow_hosts)],
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app
