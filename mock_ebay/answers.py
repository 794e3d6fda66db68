"""Reading JSON bodies and answering errors for the mock's own endpoints."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_ebay.product_form import parse_json

MAX_BODY = 1_000_000


class RefusedError(Exception):
    """A request is refused with this status; the message goes into the answer."""

    def __init__(self, status: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.more = more


async def read_json(request: Request) -> Any:
    """The body as JSON. Raises RefusedError 413 when it is too long, 400 when it is no JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RefusedError(413, f"the body is longer than {MAX_BODY:,} bytes")
    try:
        return parse_json(bytes(body))
    except ValueError as error:
        raise RefusedError(400, f"the body is not JSON: {error}") from None


async def refused(request: Request, error: Exception) -> Response:
    """The exception handler: `{"error": message, ...}`."""
    if not isinstance(error, RefusedError):
        raise error
    return JSONResponse({"error": str(error), **error.more}, error.status)


def whole_number(request: Request, name: str, default: int, most: int) -> int:
    """A query parameter from 0 to `most`. Raises RefusedError 400."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise RefusedError(400, f"{name} must be a whole number")
    return min(int(text), most)
