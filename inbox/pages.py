"""The web inbox: list, mail, attachments, live updates."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


async def show_health(request: Request) -> Response:
    """`GET /healthz`: both servers answer once this does."""
    return PlainTextResponse("ok\n")


ROUTES = [Route("/healthz", show_health)]
