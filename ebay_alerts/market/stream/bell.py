"""The socket of the event stream, which says "there is more"."""

from collections.abc import Callable
from typing import Any

import socketio  # type: ignore[import-untyped]  # it ships no types
import structlog

log = structlog.get_logger(__name__)

EVENT_NAMES = ("product_created", "product_updated", "product_deleted")


class Bell:
    """A Socket.IO connection that rings whenever an event comes, and whenever it connects.

    What an event says is read from the log, so that order and gaps need no second thought: the
    socket only says when to read. It reconnects by itself, with back-off and jitter.
    """

    def __init__(self, url: str, ring: Callable[[], None]) -> None:
        self._url = url
        self._ring = ring
        self._client = socketio.Client(
            reconnection_delay=1, reconnection_delay_max=30, handle_sigint=False
        )
        self._client.on("connect", self._hear)
        for name in EVENT_NAMES:
            self._client.on(name, self._hear)

    @property
    def is_connected(self) -> bool:
        return bool(self._client.connected)

    def connect(self) -> None:
        """Try to connect once; once connected it reconnects by itself."""
        try:
            self._client.connect(self._url, wait_timeout=5)
        except (socketio.exceptions.ConnectionError, ValueError) as error:
            log.info("event stream not reached", reason=str(error)[:200])

    def close(self) -> None:
        self._client.disconnect()

    def _hear(self, *_: Any) -> None:
        self._ring()
