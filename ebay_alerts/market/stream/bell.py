"""The socket of the event stream, which says "there is more"."""

import contextlib
from collections.abc import Callable
from threading import Event
from typing import Any

import requests  # Socket.IO's client speaks by it
import socketio  # type: ignore[import-untyped]  # it ships no types
import structlog

log = structlog.get_logger(__name__)

EVENT_NAMES = ("product_created", "product_updated", "product_deleted")
# A server that takes the connection and then says nothing is given up.
OPENS_WITHIN_S = 5


class Bell:
    """A Socket.IO connection that rings whenever an event comes, and whenever it connects.

    What an event says is read from the log, so that order and gaps need no second thought: the
    socket only says when to read. Whoever hangs it connects it again when it is lost: the client's
    own reconnecting gives up for good when a server says good-bye, and outlives a closing.
    """

    def __init__(self, url: str, ring: Callable[[], None]) -> None:
        self._url = url
        self._ring = ring
        self._client: Any = None
        self._session = requests.Session()
        self._opened, self._lost = Event(), Event()

    @property
    def is_connected(self) -> bool:
        """Asked of the transport as well: a connection lost while it opened still says it is."""
        client = self._client
        return client is not None and client.connected and client.eio.state == "connected"

    def connect(self) -> bool:
        """Try once, by a client without a past; whether it is connected now."""
        self.close()
        self._opened.clear()
        self._lost.clear()
        self._client = self._new_client()
        try:
            # The client's own waiting would miss a good-bye that comes while it waits.
            self._client.connect(self._url, wait=False)
        except (socketio.exceptions.ConnectionError, ValueError) as error:
            log.info("event stream not reached", reason=str(error)[:200])
        else:
            if not self._opened.wait(OPENS_WITHIN_S):
                self.close()
        return self.is_connected

    def wait_for_loss(self, seconds: float) -> None:
        """Return early when the connection is lost; `is_connected` says whether it is."""
        self._lost.wait(seconds)

    def close(self) -> None:
        """Let go of the connection, its threads and what the client leaves open when it is lost."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                client.disconnect()
            _tidy(client.eio)
        self._session.close()

    def _new_client(self) -> Any:
        client = socketio.Client(
            reconnection=False, handle_sigint=False, http_session=self._session
        )
        client.on("connect", self._open)
        client.on("disconnect", self._lose)
        for name in EVENT_NAMES:
            client.on(name, self._hear)
        return client

    def _open(self) -> None:
        self._opened.set()
        self._ring()

    def _hear(self, *_: Any) -> None:
        self._ring()

    def _lose(self, *_: Any) -> None:
        self._lost.set()


def _tidy(transport: Any) -> None:
    """End what the client forgets: its socket, and a writer that missed that it is over."""
    if transport.ws is not None:
        transport.ws.shutdown()
    if transport.queue is not None:
        transport.queue.put(None)
