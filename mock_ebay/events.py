"""The event log: read by sequence at `/events`, told as it happens over Socket.IO.

Socket.IO emits `product_created`, `product_updated` and `product_deleted`, each with the object
that `/events` lists, and on connecting `stream` with `stream_id`, `oldest` and `head`.
"""

import asyncio
import json
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_ebay.answers import whole_number
from mock_ebay.calls import host_of
from mock_ebay.clock import iso
from mock_ebay.mock import mock_of
from mock_ebay.store import Event, Store
from mock_ebay.wire import with_host

_MOST_AT_ONCE = 1000


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


async def events(request: Request) -> Response:
    """Events after a sequence number, oldest first, at most 1,000; `head` tells if more wait."""
    mock = mock_of(request)
    mock.market.expire()
    store, host = mock.market.store, host_of(request)
    after = whole_number(request, "after", 0, 10**15)
    limit = whole_number(request, "limit", 200, _MOST_AT_ONCE)
    wires = [event_wire(event, host) for event in store.events(after, limit)]
    return JSONResponse(stream_wire(store) | {"events": wires})


class Broadcaster:
    """Tells events over Socket.IO in their order, to each client with the host it came by."""

    def __init__(self) -> None:
        self._server: Any = None
        self._hosts: Counter[str] = Counter()
        self._host_of: dict[str, str] = {}
        self._waiting: asyncio.Queue[Event] = asyncio.Queue()
        self.store: Store | None = None

    def serve_with(self, server: Any) -> None:
        """From now on clients come by this Socket.IO server; before, there are none to tell."""
        self._server = server
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)

    def hear(self, event: Event) -> None:
        if self._hosts:
            self._waiting.put_nowait(event)

    async def run(self) -> None:
        while True:
            event = await self._waiting.get()
            for host in tuple(self._hosts):
                await self._server.emit(event.type, event_wire(event, host), room=host)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        host = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
        self._host_of[sid] = host
        self._hosts[host] += 1
        await self._server.enter_room(sid, host)
        if self.store is not None:
            await self._server.emit("stream", stream_wire(self.store), to=sid)

    async def _disconnect(self, sid: str, *_: Any) -> None:
        host = self._host_of.pop(sid, "")
        self._hosts[host] -= 1
        self._hosts += Counter()  # forget hosts that nobody came by


ROUTES = [Route("/events", events)]
