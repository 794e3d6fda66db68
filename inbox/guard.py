"""Keeping other web sites out: by the Host header, and by where a change was asked from."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def refusal(method: str, headers: Headers, bound: str, allowed: frozenset[str]) -> str | None:
    """Why a request is refused, or None.

    A foreign name in Host is a page whose name was made to point here (DNS rebinding), so it may
    not even read. A changing request must not come from another site.
    """
    host = host_of(f"//{headers.get('host', '')}")
    if not _is_ours(host, bound, allowed):
        return f"This inbox does not answer to {host or 'no host'}; start it with --allow-host."
    if method in _SAFE_METHODS:
        return None
    site = headers.get("sec-fetch-site")
    if site == "cross-site":
        return "Another web site may not change this inbox."
    origin = headers.get("origin")
    if site is None and origin is not None and not _is_ours(host_of(origin), bound, allowed):
        return "Another web site may not change this inbox."
    return None


def host_of(url: str) -> str:
    """The host name in a URL, folded, without port and brackets; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_ours(host: str, bound: str, allowed: frozenset[str]) -> bool:
    if host in _LOCAL or host in allowed:
        return True
    if bound in _WILDCARDS:
        return _is_address(host)  # rebinding needs a name, an address cannot be rebound
    return bool(host) and host == bound.lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses with 403, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, bound: str, allowed: frozenset[str]) -> None:
        self._app = app
        self._bound = bound
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reason = refusal(scope["method"], Headers(scope=scope), self._bound, self._allowed)
        if reason:
            await JSONResponse({"error": reason}, 403, _HEADERS)(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
