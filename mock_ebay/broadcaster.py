"""The broadcaster: tells events over Socket.IO as they happen."""

import asyncio
import json
from collections import Counter
from typing import Any

from mock_ebay.clock import iso
from mock_ebay.store import Event, Store
from mock_ebay.wire import with_host


def event_wire(event: Event, host: str) -> dict[str, Any]:
    """An event as it is told; its item's URLs lead to `host`."""
    product = json.loads(event.product)
    return {
        "sequence": event.sequence,
        "type": event.type,
        "at": iso(event.at),
        "product": product | {"item": with_host(product["item"], host)},
    }


def stream_wire(store: Store) -> dict[str, Any]:
    return {"stream_id": store.stream_id, "oldest": store.oldest, "head": store.head}


# Under which scheme a page is that opened a socket.
_HTTP = {"ws": "http", "wss": "https"}


class Broadcaster:
    """Tells events over Socket.IO in their order, to each client with the host it came by."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._server: Any = None
        self._hosts: Counter[str] = Counter()
        self._host_of: dict[str, str] = {}
        self._waiting: asyncio.Queue[Event] = asyncio.Queue()
        self._connects = 0
        self._partings: set[asyncio.Task[None]] = set()

    def serve_with(self, server: Any) -> None:
        """From now on clients come by this Socket.IO server; before, there are none to tell."""
        self._server = server
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)

    def hear(self, event: Event) -> None:
        if self._hosts:
            self._waiting.put_nowait(event)

    def sockets(self) -> dict[str, int]:
        """How many clients listen now, and how many ever came."""
        return {"listeners": len(self._host_of), "connects": self._connects}

    def drop(self) -> int:
        """Send every client away, as a server does that is about to end; returns how many."""
        clients = tuple(self._host_of)
        for sid in clients:
            parting = asyncio.ensure_future(self._server.disconnect(sid))
            self._partings.add(parting)
            parting.add_done_callback(self._partings.discard)
        return len(clients)

    async def run(self) -> None:
        while True:
            event = await self._waiting.get()
            for host in tuple(self._hosts):
                await self._server.emit(event.type, event_wire(event, host), room=host)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        scheme = environ["asgi.scope"]["scheme"]
        host = f"{_HTTP.get(scheme, scheme)}://{environ.get('HTTP_HOST', '')}"
        self._host_of[sid] = host
        self._connects += 1
        self._hosts[host] += 1
        await self._server.enter_room(sid, host)
        await self._server.emit("stream", stream_wire(self._store), to=sid)

    async def _disconnect(self, sid: str, *_: Any) -> None:
        host = self._host_of.pop(sid, "")
        self._hosts[host] -= 1
        self._hosts += Counter()  # forget hosts that nobody came by
