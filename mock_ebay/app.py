"""Puts the mock together as one ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette

from mock_ebay import browse, control_endpoint, events, notifications, pages, products
from mock_ebay.answers import RefusedError, refused
from mock_ebay.mock import Mock, open_mock
from mock_ebay.public_name import UnderName
from mock_ebay.settings import MockSettings
from mock_ebay.socket_io import SocketIoBeside


def create_app(settings: MockSettings, opened: Mock | None = None) -> Any:
    """The mock as an ASGI app, Socket.IO included. It opens its market when its lifespan starts
    and closes it when that ends; `opened` hands over one that is open already."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        mock = opened or open_mock(settings)
        app.state.mock = mock
        tasks = [
            asyncio.create_task(mock.live.run(settings.live)),
            asyncio.create_task(mock.broadcaster.run()),
        ]
        try:
            yield
        finally:
            await _stop(tasks)
            await socket_io.shutdown()
            mock.close()

    app = Starlette(
        routes=[
            *browse.ROUTES,
            *notifications.ROUTES,
            *products.ROUTES,
            *events.ROUTES,
            *control_endpoint.ROUTES,
            *pages.ROUTES,
        ],
        exception_handlers={RefusedError: refused},
        lifespan=lifespan,
    )
    socket_io = SocketIoBeside(app)
    return UnderName(socket_io, settings.public_url) if settings.public_url else socket_io


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
