"""Server-sent events for open pages: that something changed, so that they ask for their parts anew.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from ebay_alerts.alerts.services.live import Hub, Standing, hub, standings

# A proxy that hears nothing for a minute would end the connection.
HEARTBEAT_SECONDS = 20.0
HEARTBEATS = 15  # then the browser comes again: some five minutes
RETRY_MILLISECONDS, FULL_MILLISECONDS = 5000, 60_000


@require_safe
def live(request: HttpRequest) -> HttpResponseBase:
    """204, after which a browser does not come again, where there is nobody or no event loop; 503
    where there are too many connections."""
    if not (request.user.is_authenticated and isinstance(request, ASGIRequest)):
        return HttpResponse(status=204)
    user_id = request.user.pk
    if not hub.has_room(user_id):
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    seen = standings([user_id]).get(user_id, ())
    # The request's thread waits as long as the page is open; its connections need not.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    return StreamingHttpResponse(
        events(hub, user_id, seen),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def events(hub: Hub, user_id: int, seen: Standing) -> AsyncIterator[str]:
    """What is sent; of the standing that the page began with, whatever differs is news."""
    subscription = hub.subscribe(user_id, seen)
    if subscription is None:
        yield f"retry: {FULL_MILLISECONDS}\n\n"
        return
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        for _ in range(HEARTBEATS):
            while await subscription.wait(HEARTBEAT_SECONDS):
                if subscription.closing:
                    return
                yield "event: news\ndata: 1\n\n"
            yield ": still here\n\n"
    finally:
        hub.leave(subscription)
