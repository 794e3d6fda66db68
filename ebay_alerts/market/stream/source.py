"""Where events come from: the stream's log, read by sequence."""

from typing import Protocol

import httpx

from ebay_alerts.market.errors import Malformed, Unavailable
from ebay_alerts.market.stream.events import EventPage, read_page

PAGE_SIZE = 1000


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
        try:
            answer = self._http.get("/events", params={"after": sequence, "limit": PAGE_SIZE})
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise Unavailable(f"the event log answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the event log could not be reached ({type(error).__name__})"
            ) from error
        try:
            return read_page(answer.json())
        except (ValueError, RecursionError) as error:
            raise Malformed("the event log's answer is no JSON") from error

    def close(self) -> None:
        self._http.close()
