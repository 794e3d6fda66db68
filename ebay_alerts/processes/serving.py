"""ASGI applications served from threads of this process, each on a socket bound beforehand."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from threading import Thread
from typing import Any

import uvicorn


class PortTaken(Exception):
    """A port that is needed is taken; the text names it and the variable that changes it."""


class StartFailed(Exception):
    """A server did not come up; its own log says why."""


def bind(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without IPPROTO_TCP asyncio leaves Nagle on, which costs every answer some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Port {port} on {host} cannot be used ({error.strerror}); set {variable} to another."
        ) from error
    return listener


def proxy_options(trusted: Sequence[IPv4Network | IPv6Network]) -> dict[str, Any]:
    """uvicorn's options by which these alone are believed whom they speak for
    (`X-Forwarded-For`) and how they were asked (`X-Forwarded-Proto`)."""
    networks = ",".join(map(str, trusted))
    return {"proxy_headers": bool(networks), "forwarded_allow_ips": networks}


class ServerThread:
    """One application on one socket. `before_stop` is called when it is told to stop."""

    def __init__(
        self,
        name: str,
        app: Any,
        listener: socket.socket,
        before_stop: Callable[[], None] = lambda: None,
        lifespan: str = "auto",
        trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            lifespan=lifespan,  # type: ignore[arg-type]  # uvicorn's own literal type
            ws="wsproto",
            **proxy_options(trusted_proxies),
        )
        self.name = name
        self._server = uvicorn.Server(config)
        self._before_stop = before_stop
        self._thread = Thread(target=self._server.run, args=([listener],), name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait_until_started(self, timeout: float = 30) -> None:
        """Raises StartFailed."""
        end = time.monotonic() + timeout
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise StartFailed(f"{self.name} did not start")
            self._thread.join(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._before_stop()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)


@contextlib.contextmanager
def running(servers: list[ServerThread], stop_timeout: float = 1.5) -> Iterator[None]:
    """All of them serve while it is open. Raises StartFailed."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait_until_started()
        yield
    finally:
        for server in servers:
            server.stop()
        end = time.monotonic() + stop_timeout
        for server in servers:
            server.join(max(end - time.monotonic(), 0))
