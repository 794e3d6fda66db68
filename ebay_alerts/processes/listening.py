"""Following the marketplace's event stream, in a thread of `up` or as `ebay-alerts listener`."""

from datetime import timedelta
from threading import Event, Thread

import structlog
from django.db import close_old_connections

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.market.services.listening import Listener, hang_bell

log = structlog.get_logger(__name__)

# The log is read this often without being rung for: while the socket is down, and for safety.
READ_EVERY = timedelta(seconds=5)


class ListenerThread(Thread):
    """Reads the event log when it rings, and every few seconds in any case."""

    def __init__(self, url: str, listener: Listener) -> None:
        super().__init__(name="listener", daemon=True)
        self._listener = listener
        self._rung = Event()
        self._stopping = False
        self._url = url
        self._connector = Thread(target=self._connect, name="listener socket", daemon=True)
        self._stopped = Event()

    def start(self) -> None:
        self._connector.start()
        super().start()

    def stop(self) -> None:
        self._stopping = True
        self._stopped.set()
        self._rung.set()

    def run(self) -> None:
        while not self._stopping:
            self._rung.clear()
            close_old_connections()
            try:
                self._listener.catch_up()
            except Exception:  # whatever one reading met, the stream is read again
                log.exception("event log not applied")
            self._rung.wait(READ_EVERY.total_seconds())
        self._listener.close()
        close_old_connections()

    def _connect(self) -> None:
        """Connect for the first time; from then on the client reconnects by itself."""
        bell = hang_bell(self._url, self._rung.set)
        failures = 0
        while not self._stopped.is_set() and not bell.is_connected:
            bell.connect()
            failures += 1
            delay = retry_delay(failures, base=timedelta(seconds=1), cap=timedelta(seconds=30))
            self._stopped.wait(0 if bell.is_connected else delay.total_seconds())
        self._stopped.wait()
        bell.close()
