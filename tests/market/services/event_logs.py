"""Event logs as the marketplace answers them, for listeners to read."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from ebay_alerts.kit import clock

URL = "http://log.test"
Json = dict[str, Any]


def event(sequence: int, id_: str = "", **changes: Any) -> Json:
    id_ = id_ or f"w{sequence}"
    item = {
        "itemId": f"v1|{id_}|0",
        "legacyItemId": id_,
        "title": f"Wine {id_}",
        "price": {"value": "10.00", "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE"],
        "itemCreationDate": clock.now().isoformat(),
    }
    told = {
        "sequence": sequence,
        "type": "product_created",
        "at": clock.now().isoformat(),
        "product": {"id": id_, "marketplace": "EBAY_US", "item": item},
    }
    return told | changes


def page(*events: Any, head: int | None = None, **changes: Any) -> Json:
    numbers = [e["sequence"] for e in events if isinstance(e, dict) and "sequence" in e]
    top = max([0, *(number for number in numbers if type(number) is int)])
    return {"stream_id": "s", "oldest": 1, "head": head or top, "events": list(events)} | changes


def log_of(*events: Json) -> Callable[[httpx.Request], httpx.Response]:
    """A log that holds these events, whatever they are, one a number from 1."""

    def answer(request: httpx.Request) -> httpx.Response:
        after, limit = int(request.url.params["after"]), int(request.url.params["limit"])
        told = page(*events[after:][:limit], head=len(events))
        return httpx.Response(200, content=json.dumps(told).encode())

    return answer
