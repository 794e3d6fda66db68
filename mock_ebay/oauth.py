"""Application tokens: the client credentials grant with RFC 6749's error bodies."""

import base64
import binascii
import secrets
import time
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - a path
LIFETIME_SECONDS = 7200
API_SCOPE = "https://api.ebay.com/oauth/api_scope"
BULK_SCOPE = f"{API_SCOPE}/buy.item.bulk"
_CLOCK_SLACK = 60
_MAX_BODY = 16_384


class OAuthError(Exception):
    """A token is refused; `code` is one of RFC 6749's (section 5.2)."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": code, "error_description": description}


class Tokens:
    """The tokens given out since the start; a restart forgets them, as clients must expect."""

    def __init__(self) -> None:
        self._granted: dict[str, tuple[float, frozenset[str]]] = {}

    def grant(self, scopes: frozenset[str]) -> str:
        now = time.monotonic()
        self._granted = {t: grant for t, grant in self._granted.items() if grant[0] > now}
        token = f"v^1.1#i^1#{secrets.token_urlsafe(48)}"
        self._granted[token] = (now + LIFETIME_SECONDS + _CLOCK_SLACK, scopes)
        return token

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """None for a token that was never given out or has run out."""
        expires_at, scopes = self._granted.get(token, (0.0, frozenset()))
        return scopes if expires_at > time.monotonic() else None

    def revoke_all(self) -> None:
        self._granted.clear()


async def token_endpoint(request: Request, tokens: Tokens) -> Response:
    try:
        client_id = _client_of(request.headers.get("authorization", ""))
        scopes = _asked_scopes(client_id, await _form(request))
    except OAuthError as refusal:
        return JSONResponse(refusal.body, refusal.status)
    answer = {
        "access_token": tokens.grant(scopes),
        "expires_in": LIFETIME_SECONDS,
        "token_type": "Application Access Token",
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body())[:_MAX_BODY]
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _client_of(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    client_id, _, secret = text.partition(":")
    is_bad = client_id.startswith("bad") or secret.startswith("bad")
    if scheme.lower() != "basic" or not client_id or not secret or is_bad:
        raise OAuthError(401, "invalid_client", "client authentication failed")
    return client_id


def _asked_scopes(client_id: str, form: dict[str, str]) -> frozenset[str]:
    """Item bulk is a limited release: only client ids that start with `bulk` have it."""
    if form.get("grant_type") != "client_credentials":
        raise OAuthError(400, "unsupported_grant_type", "grant type in request is not supported")
    asked = frozenset(form.get("scope", API_SCOPE).split())
    granted = {API_SCOPE, BULK_SCOPE} if client_id.startswith("bulk") else {API_SCOPE}
    if not asked <= granted:
        raise OAuthError(
            400,
            "invalid_scope",
            "The requested scope is invalid, unknown, malformed, or exceeds the scope granted"
            " to the client",
        )
    return asked
