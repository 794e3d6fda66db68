"""Following the marketplace's event stream, in a thread of `up` or as `ebay-alerts listener`."""

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import structlog
from django.db import close_old_connections

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.market.services.listening import Listener, hang_bell

log = structlog.get_logger(__name__)

# The log is read this often without being rung for: while the socket is down, and for safety.
READ_EVERY = timedelta(seconds=5)
# It is not read again sooner than this: many events that ring one by one are applied together.
REST = timedelta(milliseconds=100)
# A lost socket says so, mostly; so often it is asked.
LOOK_EVERY = timedelta(seconds=0.5)
# Closing a socket waits for its server, though not for one that does not answer.
CLOSING_S = 5


@dataclass(frozen=True)
class Patience:
    """How long to wait before the nth try in a row: from `first`, doubling, up to `longest`."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=30)


class ListenerThread(Thread):
    """Reads the event log when it rings, and every few seconds in any case."""

    def __init__(
        self,
        url: str,
        listener: Listener,
        patience: Patience | None = None,
        read_every: timedelta = READ_EVERY,
    ) -> None:
        super().__init__(name="listener", daemon=True)
        self._listener = listener
        self._rung = Event()
        self._url = url
        self._patience = patience or Patience()
        self._read_every = read_every
        self._connector = Thread(target=self._connect, name="listener socket", daemon=True)
        self._stopped = Event()

    def start(self) -> None:
        self._connector.start()
        super().start()

    def stop(self) -> None:
        """Ask it to end; `join` waits until it has, its socket included."""
        self._stopped.set()
        self._rung.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            self._rung.clear()
            close_old_connections()
            try:
                self._listener.catch_up()
            except Exception:  # whatever one reading met, the stream is read again
                log.exception("event log not applied")
            self._stopped.wait(REST.total_seconds())
            if not self._stopped.is_set():
                self._rung.wait(self._read_every.total_seconds())
        self._listener.close()
        close_old_connections()
        self._connector.join(CLOSING_S)

    def _connect(self) -> None:
        """Keep the bell connected, after a failure or a loss ever more patiently.

        A connection counts as a success once it has lasted as long as the longest wait: a server
        that takes clients and drops them is not stormed.
        """
        bell = hang_bell(self._url, self._rung.set)
        failures = 0
        while not self._stopped.is_set():
            began_at = time.monotonic()
            self._hold(bell)
            lasted = time.monotonic() - began_at
            failures = 1 if lasted > self._patience.longest.total_seconds() else failures + 1
            delay = retry_delay(failures, base=self._patience.first, cap=self._patience.longest)
            self._stopped.wait(delay.total_seconds())
        bell.close()

    def _hold(self, bell: Any) -> None:
        """Connect, and return when the connection is lost."""
        try:
            bell.connect()
        except Exception:  # whatever answers at the address, it is tried again
            log.exception("event stream not reached")
        while bell.is_connected and not self._stopped.is_set():
            bell.wait_for_loss(LOOK_EVERY.total_seconds())
