"""Telling open pages that the mails have changed, by server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

KEEP_ALIVE_SECONDS = 15.0
# A flood of mails becomes a few events a second for each page.
REST_SECONDS = 0.25


class Hub:
    """Lives on one event loop."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Event] = set()
        self._is_open = True

    def publish(self) -> None:
        """Something has changed. Many calls in short order are one event."""
        for changed in self._streams:
            changed.set()

    def close(self) -> None:
        """Ends every stream, so that a server can stop at once."""
        self._is_open = False
        self.publish()

    async def stream(self, state: Callable[[], dict[str, int]]) -> AsyncIterator[str]:
        """Events with the state as their JSON: one at the start, then one for each change."""
        changed = asyncio.Event()
        self._streams.add(changed)
        try:
            while self._is_open:
                yield f"event: mails\ndata: {json.dumps(state())}\n\n"
                await asyncio.sleep(REST_SECONDS)
                while not await _is_set(changed):
                    yield ": still here\n\n"
                changed.clear()
        finally:
            self._streams.discard(changed)


async def _is_set(changed: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(changed.wait(), KEEP_ALIVE_SECONDS)
    except TimeoutError:
        return False
    return True
