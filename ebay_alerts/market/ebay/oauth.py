"""eBay's application token: the OAuth 2.0 client-credentials grant (RFC 6749, section 4.4)."""

from collections.abc import Generator
from datetime import datetime, timedelta
from threading import Lock

import httpx

from ebay_alerts.kit import clock
from ebay_alerts.market.errors import Malformed, Rejected

TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - a path
SCOPE = "https://api.ebay.com/oauth/api_scope"
# eBay's tokens live two hours; one is renewed this long before it ends.
RENEW_BEFORE = timedelta(minutes=5)


class ApplicationToken(httpx.Auth):
    """Puts a bearer token on every request: kept until shortly before it ends, renewed after a 401.

    Raises Rejected when eBay refuses the keyset and Malformed when its answer holds no token.
    """

    requires_response_body = True

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._url = base_url.rstrip("/") + TOKEN_PATH
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._token = ""
        self._renew_at: datetime | None = None
        self._lock = Lock()

    def ask(self, http: httpx.Client) -> timedelta:
        """How long a token lives that is asked for now; it is not kept."""
        _, lifetime = _read(http.send(self._request(), auth=None))
        return lifetime

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token, is_kept = yield from self._current()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401 and is_kept:
            with self._lock:
                if self._token == token:  # else another thread has renewed it meanwhile
                    self._renew_at = None
            token, _ = yield from self._current()
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _current(self) -> Generator[httpx.Request, httpx.Response, tuple[str, bool]]:
        """The token, and whether it is an older one that eBay may have revoked meanwhile."""
        with self._lock:
            if self._renew_at is not None and clock.now() < self._renew_at:
                return self._token, True
        asked_at = clock.now()
        response = yield self._request()
        token, lifetime = _read(response)
        with self._lock:
            self._token = token
            self._renew_at = asked_at + max(lifetime - RENEW_BEFORE, lifetime / 2)
        return token, False

    def _request(self) -> httpx.Request:
        request = httpx.Request(
            "POST", self._url, data={"grant_type": "client_credentials", "scope": SCOPE}
        )
        return next(self._basic.auth_flow(request))


def _read(response: httpx.Response) -> tuple[str, timedelta]:
    if response.status_code in (400, 401):
        raise Rejected(
            "eBay refuses the client id and secret; check EBAY_CLIENT_ID and EBAY_CLIENT_SECRET,"
            " and that eBay has enabled the keyset"
        )
    response.raise_for_status()
    try:
        body = response.json()
        token, lifetime = body["access_token"], timedelta(seconds=int(body["expires_in"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Malformed("eBay's token answer holds no token") from error
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
        raise Malformed("eBay's token answer holds no token")
    return token, lifetime
