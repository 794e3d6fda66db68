"""Socket.IO beside the mock's pages and API, loaded when the first client asks for it.

Importing it takes a large part of a second and some 40 MB, which a mock that nobody listens to
does not need, and which would hold up the start of every one.
"""

import asyncio
import importlib
from typing import Any

_PREFIX = "/socket.io/"


class SocketIoBeside:
    """An ASGI application: what is asked below /socket.io/ goes there, everything else to `app`."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loading = asyncio.Lock()
        self._server: Any = None
        self._socket_io: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(_PREFIX):
            await (await self._loaded())(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def shutdown(self) -> None:
        """Says good-bye to the clients, where there are any."""
        if self._server is not None:
            await self._server.shutdown()

    async def _loaded(self) -> Any:
        async with self._loading:
            if self._socket_io is None:
                socketio = await asyncio.to_thread(importlib.import_module, "socketio")
                self._server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
                self._app.state.mock.broadcaster.serve_with(self._server)
                self._socket_io = socketio.ASGIApp(self._server)
        return self._socket_io
