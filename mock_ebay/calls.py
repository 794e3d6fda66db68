"""Wraps what imitates eBay's API: counting, disturbances, tokens, quota and error bodies."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from mock_ebay.control import Control
from mock_ebay.errors import EbayError, detail
from mock_ebay.mock import Mock, mock_of
from mock_ebay.money import CURRENCIES
from mock_ebay.oauth import API_SCOPE, TOKEN_PATH
from mock_ebay.wire import View

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[[Request, Mock], Awaitable[Response]]

_ACCESS_DENIED = """<HTML><HEAD>
<TITLE>Access Denied</TITLE>
</HEAD><BODY>
<H1>Access Denied</H1>
You don't have permission to access this resource on this server.<P>
Reference&#32;&#35;18&#46;0&#46;0&#46;0
</BODY>
</HTML>
"""
_TOKEN_ERRORS = {
    400: (
        "invalid_scope",
        "The requested scope is invalid, unknown, malformed, or exceeds the scope",
    ),
    401: ("invalid_client", "client authentication failed"),
}
_NUMBERS = {401: 1001, 403: 1100, 404: 2002, 429: 2001}


class EdgeRefusalError(Exception):
    """A call without any token never reaches the API: a bare 403."""


def oauth_call(name: str, answer: Answer) -> Endpoint:
    """The token endpoint: disturbed like the rest, but open to all and outside the quota."""

    async def endpoint(request: Request) -> Response:
        mock = mock_of(request)
        mock.control.counts[name] += 1
        refusal = await _disturbance(request, mock)
        return refusal or _cut(request, mock, await answer(request, mock))

    return endpoint


def api_call(
    name: str, answer: Answer, scope: str = API_SCOPE, *, is_metered: bool = True
) -> Endpoint:
    """A call of the API: needs a token with the scope and, where metered, takes from the quota."""

    async def endpoint(request: Request) -> Response:
        mock = mock_of(request)
        mock.control.counts[name] += 1
        refusal = await _disturbance(request, mock)
        return refusal or _cut(request, mock, await _answered(request, mock))

    async def _answered(request: Request, mock: Mock) -> Response:
        try:
            _authorise(request, mock, scope)
            if is_metered and not mock.control.spend():
                raise EbayError(2001)
            return await answer(request, mock)
        except EdgeRefusalError:
            return Response(status_code=403)
        except EbayError as error:
            if error.number == 2001:
                return _failure(request, error.status, mock.control)
            return JSONResponse(error.body(), error.status)

    return endpoint


async def _disturbance(request: Request, mock: Mock) -> Response | None:
    """What a call meets is decided when it comes, however long it is held up."""
    control = mock.control
    if not control.concerns(request.url.path):
        return None
    refusal = _refusal(request, control)
    await asyncio.sleep(control.delay_seconds())
    return refusal


def _refusal(request: Request, control: Control) -> Response | None:
    if control.take("html_403_next"):
        return HTMLResponse(_ACCESS_DENIED, 403)
    if control.take("answer_next"):
        return JSONResponse(control.answer)
    if control.take("fail_next"):
        return _failure(request, control.status, control)
    return None


def _failure(request: Request, status: int, control: Control) -> Response:
    """eBay's error body; the token service has one of its own (RFC 6749, section 5.2)."""
    headers = {"Retry-After": control.retry_after} if _is_told_when(status, control) else {}
    if request.url.path == TOKEN_PATH:
        name, words = _TOKEN_ERRORS.get(
            status, ("server_error", "the token service is out of order")
        )
        return JSONResponse({"error": name, "error_description": words}, status, headers)
    number = _NUMBERS.get(status, 12000)
    return JSONResponse({"errors": [detail(number)]}, status, headers)


def _is_told_when(status: int, control: Control) -> bool:
    return status == 429 and bool(control.retry_after)


def _cut(request: Request, mock: Mock, response: Response) -> Response:
    """Under `malformed_next`, the same answer broken off in the middle."""
    if not mock.control.concerns(request.url.path) or not mock.control.take("malformed_next"):
        return response
    body = bytes(response.body)
    return Response(body[: max(1, len(body) // 2)], 200, media_type="application/json")


def _authorise(request: Request, mock: Mock, scope: str) -> None:
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise EdgeRefusalError
    kind, _, token = authorization.partition(" ")
    scopes = mock.tokens.scopes_of(token.strip()) if kind.lower() == "bearer" else None
    if scopes is None:
        raise EbayError(1001)
    if scope not in scopes:
        raise EbayError(1100)


def view_of(request: Request) -> View:
    """The marketplace, EBAY_US where missing or unknown, and the end user's country if said."""
    marketplace = request.headers.get("x-ebay-c-marketplace-id", "")
    known = marketplace if marketplace in CURRENCIES else "EBAY_US"
    return View(known, _country(request.headers.get("x-ebay-c-enduserctx", "")))


def _country(context: str) -> str | None:
    """The country in `contextualLocation=country%3DUS%2Czip%3D19406,...`."""
    for part in context.split(","):
        name, _, value = part.strip().partition("=")
        if name == "contextualLocation":
            place = dict(p.split("=", 1) for p in unquote(value).split(",") if "=" in p)
            country = place.get("country", "").strip().upper()
            return country if len(country) == 2 and country.isalpha() else None
    return None


def host_of(request: Request) -> str:
    """Where the caller reached this server, for absolute links."""
    return str(request.base_url).rstrip("/")
