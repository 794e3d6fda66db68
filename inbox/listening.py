"""The port on which mail comes in, and the sessions that are open there."""

import asyncio
import logging
import socket
import weakref
from typing import Any

from aiosmtpd.smtp import AuthResult

from inbox.smtp import Handler, InboxSMTP

IDLE_SECONDS = 300
_BACKLOG = 1024


class PortTaken(OSError):
    """The sentence says which port, and which variable moves it."""


def bind(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket; raises `PortTaken` with one sentence to print."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PortTaken(
            f"Cannot listen on {host} port {port} ({reason}). Set {variable} to another port."
        ) from error


class Sessions:
    """Every SMTP session of one server."""

    def __init__(self, handler: Handler, size_limit: int) -> None:
        self._handler = handler
        self._size_limit = size_limit
        self._open: weakref.WeakSet[InboxSMTP] = weakref.WeakSet()

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Answers on this socket until the server is closed."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        return await asyncio.get_running_loop().create_server(
            self._session, sock=listener, backlog=_BACKLOG
        )

    def close(self) -> None:
        """Hangs up on whoever is still connected."""
        for session in list(self._open):
            if session.transport is not None:
                session.transport.close()

    def _session(self) -> InboxSMTP:
        session = InboxSMTP(
            self._handler,
            data_size_limit=self._size_limit,
            enable_SMTPUTF8=True,
            hostname="inbox.localhost",
            ident="ESMTP inbox",
            auth_require_tls=False,
            authenticator=_accept,
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._open.add(session)
        return session


def _accept(*_: Any) -> AuthResult:
    return AuthResult(success=True)
