"""The event log: read by sequence at `/events`, told as it happens over Socket.IO.

Socket.IO emits `product_created`, `product_updated` and `product_deleted`, each with the object
that `/events` lists, and on connecting `stream` with `stream_id`, `oldest` and `head`.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_ebay.answers import whole_number
from mock_ebay.broadcaster import event_wire, stream_wire
from mock_ebay.calls import host_of
from mock_ebay.mock import mock_of

_MOST_AT_ONCE = 1000


async def events(request: Request) -> Response:
    """Events after a sequence number, oldest first, at most 1,000; `head` tells if more wait."""
    mock = mock_of(request)
    mock.market.expire()
    store, host = mock.market.store, host_of(request)
    after = whole_number(request, "after", 0, 10**15)
    limit = whole_number(request, "limit", 200, _MOST_AT_ONCE)
    wires = [event_wire(event, host) for event in store.events(after, limit)]
    return JSONResponse(stream_wire(store) | {"events": wires})


ROUTES = [Route("/events", events)]
