"""The mock under the name that people know it by, where callers reach it by another."""

from typing import Any
from urllib.parse import urlsplit


class UnderName:
    """An ASGI application whose absolute links all begin with `url`, whatever the caller wrote."""

    def __init__(self, app: Any, url: str) -> None:
        parts = urlsplit(url)
        self._app = app
        self._scheme = parts.scheme
        self._host = parts.netloc.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope = scope | {
                "scheme": self._scheme,
                "headers": [(b"host", self._host), *others],
            }
        await self._app(scope, receive, send)
