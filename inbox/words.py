"""Making mails searchable in quiet moments, so that a search after a flood need not wait."""

import asyncio

from inbox.store import Store

QUIET_SECONDS = 0.3


class WordReader:
    """Lives on one event loop. A search itself reads what this has not come to yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._timer: asyncio.TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_quiet = False

    def mails_came(self) -> None:
        """Stops reading until no mail has come for a moment."""
        self._is_quiet = False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._start)

    async def close(self) -> None:
        self._is_quiet = False
        if self._timer is not None:
            self._timer.cancel()
        if self._reading is not None:
            await self._reading

    def _start(self) -> None:
        self._is_quiet = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while self._is_quiet and await asyncio.to_thread(self._store.read_some_words):
            pass
