"""HTTP for channels: every connection goes to an address that was checked, and is over in time."""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx

from ebay_alerts.mail.guarding import Guard, is_disguised

Resolver = Callable[[str, int], Sequence[str]]
# Seconds: to connect, between two bytes, and for all of a request.
CONNECTING, WAITING, ALTOGETHER = 5.0, 10.0, 15.0
# What is read of an answer; only its beginning is kept, for the log.
LARGEST_ANSWER = 16_384
LONGEST_URL = 2000
_SCHEMES = {"https": 443, "http": 80}


class AddressRefused(httpcore.ConnectError):
    """No channel may connect there."""


class BadUrl(ValueError):
    """The text is no address that a webhook may have; it says why."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system says. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_url(text: str, guard: Guard, resolver: Resolver = resolve) -> str:
    """The URL as it is called, if a webhook may have it now. Raises BadUrl.

    Its host may move later: each connection is checked again.
    """
    url = _parsed(text, guard)
    port = url.port or _SCHEMES[url.scheme]
    try:
        addresses = resolver(url.host, port)
    except (OSError, UnicodeError) as error:
        raise BadUrl(f"the host {url.host} cannot be found") from error
    for address in addresses:
        if reason := guard.reason(address, port):
            raise BadUrl(f"{reason}; ask the operator to allow it")
    if not addresses:
        raise BadUrl(f"the host {url.host} cannot be found")
    return str(url)


def _parsed(text: str, guard: Guard) -> httpx.URL:
    if len(text) > LONGEST_URL:
        raise BadUrl(f"it has more than {LONGEST_URL} characters")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise BadUrl("that is no address of the web") from error
    if url.scheme not in _SCHEMES or not url.host:
        raise BadUrl("it has to begin with https:// and a host")
    if url.scheme == "http" and not guard.allows_http:
        raise BadUrl("it has to begin with https://")
    if url.userinfo:
        raise BadUrl("leave out user name and password; the signature says who calls")
    if is_disguised(url.host):
        raise BadUrl("write the host by its name")
    return url.copy_with(fragment=None)


class GuardedTransport(httpx.HTTPTransport):
    """A transport whose connections are checked when they are made, by the address that they go
    to: a name that points elsewhere since it was checked leads nowhere. No proxy stands between.

    Each connection serves one request and is over after so many `seconds`, whatever it says.
    """

    def __init__(
        self,
        guard: Guard,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        seconds: float = ALTOGETHER,
    ) -> None:
        context = tls or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx passes no backend on; the pool that it made has opened nothing yet.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_keepalive_connections=0,
            network_backend=_GuardedBackend(guard, resolver, seconds),
        )


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, guard: Guard, resolver: Resolver, seconds: float) -> None:
        self._guard, self._resolver, self._seconds = guard, resolver, seconds
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        over_at = time.monotonic() + self._seconds
        failure: Exception = httpcore.ConnectError(f"the host {host} cannot be found")
        for address in self._addresses(host, port):
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(over_at, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, over_at)
        raise failure

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        """All of them may be connected to, or none is."""
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the host {host} cannot be found") from error
        for address in addresses:
            if reason := self._guard.reason(address, port):
                raise AddressRefused(reason)
        return addresses

    def connect_unix_socket(self, *given: Any, **named: Any) -> httpcore.NetworkStream:
        raise AddressRefused("no channel leads to a socket of this machine")


class _TimedStream(httpcore.NetworkStream):
    """A stream that is over at a moment, however slowly its bytes come."""

    def __init__(self, inner: httpcore.NetworkStream, over_at: float) -> None:
        self._inner, self._over_at = inner, over_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._over_at, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._over_at, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._over_at, timeout)
        return _TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._over_at
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(
    over_at: float,
    timeout: float | None,
    error: type[Exception] = httpcore.ConnectTimeout,
) -> float:
    left = over_at - time.monotonic()
    if left <= 0:
        raise error("not done in time")
    return left if timeout is None else min(left, timeout)
