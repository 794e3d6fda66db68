"""Where events come from: the stream's log, read by sequence."""

import contextlib
import json
from dataclasses import replace
from typing import Protocol

import httpx

from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.market.errors import Malformed, Unavailable
from ebay_alerts.market.stream.events import EventPage, read_page, unreadable

PAGE_SIZE = 1000
_MOST_DIGITS = 100


class EventLog(Protocol):
    def after(self, sequence: int) -> EventPage:
        """Up to `PAGE_SIZE` events after a sequence. Raises Unavailable and Malformed."""

    def close(self) -> None:
        """Let go of what it holds."""


class HttpEventLog:
    """The log over HTTP: `GET /events?after=SEQUENCE&limit=`."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=url, timeout=15, transport=transport)

    def after(self, sequence: int) -> EventPage:
        """An answer that nests too deeply is read in ever smaller pieces: one event in it is to
        blame, and the others are good."""
        for limit in (PAGE_SIZE, 100, 10, 1):
            with contextlib.suppress(RecursionError):
                return self._page(sequence, limit)
        try:
            page = self._page(sequence, 0)
        except RecursionError as error:
            raise Malformed("the event log's answer is nested too deeply") from error
        number = max(sequence + 1, page.oldest)
        return replace(page, events=[unreadable(number, "it is nested too deeply to be read")])

    def _page(self, sequence: int, limit: int) -> EventPage:
        """Raises RecursionError as well."""
        try:
            answer = self._http.get("/events", params={"after": sequence, "limit": limit})
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise Unavailable(f"the event log answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the event log could not be reached ({type(error).__name__})"
            ) from error
        try:
            with paused_collector():
                return read_page(json.loads(answer.content, parse_int=_number))
        except ValueError as error:
            raise Malformed("the event log's answer is no JSON") from error

    def close(self) -> None:
        self._http.close()


def _number(digits: str) -> int | str:
    """A number too long for Python to read is none for us either, and must not spoil its page."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
