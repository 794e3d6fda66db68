"""The way to the event log, on which everything goes wrong that can: a transport for tests."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import httpx

Json = dict[str, Any]
_LONG_TEXT = 5000


def malformed_shapes(event: Json) -> dict[str, Any]:
    """What an event becomes that nobody can read, by name; the sequence number stays usable."""
    product, item = event["product"], event["product"].get("item") or {}

    def with_product(**changes: Any) -> Json:
        return event | {"product": product | changes}

    def with_item(**changes: Any) -> Json:
        return with_product(item=item | changes)

    def with_price(value: Any, currency: Any = "USD") -> Json:
        price = {"value": value, "currency": currency}
        return with_item(price=price, currentBidPrice=None, buyingOptions=["FIXED_PRICE"])

    def without(name: str) -> Json:
        return {key: value for key, value in event.items() if key != name}

    return {
        "no type": without("type"),
        "no time": without("at"),
        "no product": without("product"),
        "product is a list": event | {"product": [product]},
        "product is null": event | {"product": None},
        "type is a number": event | {"type": 7},
        "type is unknown": event | {"type": "product_exploded"},
        "time without a zone": event | {"at": "2026-01-01T00:00:00"},
        "time is text": event | {"at": "yesterday"},
        "time is huge": event | {"at": 1e300},
        "time before all years": event | {"at": "0001-01-01T00:00:00+14:00"},
        "time after all years": event | {"at": "9999-12-31T23:59:59-14:00"},
        "id is empty": with_product(id=""),
        "id is null": with_product(id=None),
        "id is too long": with_product(id="9" * 65, item=None),
        "id has a NUL": with_product(id="a\x00b", item=None),
        "id has a lone surrogate": with_product(id="a\ud800b", item=None),
        "deleted id has a NUL": event | {"type": "product_deleted", "product": {"id": "a\x00b"}},
        "deleted id has a lone surrogate": event
        | {"type": "product_deleted", "product": {"id": "a\ud800b"}},
        "deleted id has a line break": event
        | {"type": "product_deleted", "product": {"id": "a\nb"}},
        "item id has a NUL": with_item(legacyItemId="a\x00b"),
        "item is a text": with_product(item="wine"),
        "item without title": with_item(title=""),
        "title of NULs": with_item(title="\x00" * 4),
        "title is an object": with_item(title={"en": "Wine"}),
        "marketplace is unknown": with_product(marketplace="EBAY_MARS"),
        "marketplace is a number": with_product(marketplace=7.5),
        "marketplace is null": with_product(marketplace=None),
        "price is NaN": with_price(float("nan")),
        "price is NaN in text": with_price("NaN"),
        "price is infinite": with_price("Infinity"),
        "price is 1e400": with_price("1e400"),
        "price is minus one": with_price("-1"),
        "price is huge": with_price("9" * _LONG_TEXT),
        "price is a text": with_price("a bargain"),
        "price is missing": with_item(price=None, currentBidPrice=None),
        "price is an object": with_price({"amount": 1}),
        "price is true": with_price(True),
        "currency is unknown": with_price("12.50", "QQQ"),
        "currency is a word": with_price("12.50", "dollars"),
        "currency is null": with_price("12.50", None),
        "two currencies": with_item(
            price={"value": "1", "currency": "USD"},
            currentBidPrice={"value": "1", "currency": "EUR"},
            buyingOptions=["FIXED_PRICE", "AUCTION"],
        ),
        "plain price of nine decimals below zero": with_product(item=None, price=-0.123456789),
        "plain price is infinite": with_product(item=None, price=float("inf")),
        "plain product without a name": with_product(item=None, product_name=""),
        "bids beyond counting": with_item(bidCount=2**63),
        "options are a text": with_item(buyingOptions="FIXED_PRICE"),
        "end after all years": with_item(itemEndDate="9999-12-31T23:59:59.999Z"),
        "deeply nested": with_product(id={"a": _nested(200)}),
        "a list": [event],
        "a text": "event",
        "a number": 7,
        "null": None,
        "sequence is a text": event | {"sequence": str(event["sequence"])},
        "sequence is a float": event | {"sequence": float(event["sequence"])},
        "sequence is true": event | {"sequence": True},
        "sequence is below zero": event | {"sequence": -event["sequence"]},
        "sequence is huge": event | {"sequence": 2**63 - 1},
        "sequence is beyond all columns": event | {"sequence": 2**200},
        "sequence is missing": without("sequence"),
    }


def odd_but_readable(event: Json) -> dict[str, Json]:
    """What looks strange and can be read."""
    product, item = event["product"], event["product"].get("item") or {}

    def with_item(**changes: Any) -> Json:
        return event | {"product": product | {"item": item | changes}}

    return {
        "title with a NUL and a surrogate": with_item(title="Odd \x00\ud800 wine"),
        "absurdly long title": with_item(title="Odd wine " * 10_000),
        "price of nine decimals": with_item(
            price={"value": "12.345678912", "currency": "USD"},
            currentBidPrice=None,
            buyingOptions=["FIXED_PRICE"],
        ),
        "more fields than anybody asked for": with_item(more=_nested(100), nothing=None),
        "links that lead nowhere": with_item(itemWebUrl="javascript:x", image={"imageUrl": 7}),
    }


def _nested(depth: int) -> Any:
    nest: Any = []
    for _ in range(depth):
        nest = [nest]
    return nest


class FaultyLog(httpx.BaseTransport):
    """Real HTTP, and in between whatever `chance` draws while `is_faulty`.

    What it holds back comes later, behind younger events; what it breaks comes whole another time,
    beside its broken copy. So everything that happened is told in the end, but while it `is_torn`:
    pages claim now and then that the log begins too late, or ends before its reader.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._real = httpx.HTTPTransport()
        self._lock = Lock()
        self._held: list[Json] = []
        self._stream = ""
        self.is_faulty = False
        self.is_torn = False
        self.counts: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.numbered: set[tuple[str, int]] = set()
        self.unnumbered = 0
        self.overtaken: set[str] = set()

    @property
    def holds_back(self) -> bool:
        return bool(self._held)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            answer = self._real.handle_request(request)
            answer.read()
            if answer.status_code != 200:
                return answer
            page = json.loads(answer.content)
            if self._is_of_another_log(request, page):
                return self._told(page)  # it is not read, only where it stands
            if not self.is_faulty:
                return self._told(page | {"events": self._with_held(page["events"])})
            return self._faulty(request, page)

    def close(self) -> None:
        self._real.close()

    def _is_of_another_log(self, request: httpx.Request, page: Json) -> bool:
        is_new = page["stream_id"] != self._stream
        if is_new:
            self._stream, self._held = page["stream_id"], []
        return is_new or int(request.url.params["after"]) > page["head"]

    def _faulty(self, request: httpx.Request, page: Json) -> httpx.Response:
        if self._chance.random() < 0.25:
            kind = self._chance.choice(list(ANSWERS))
            self.counts[kind] += 1
            return ANSWERS[kind](page)
        if self.is_torn and self._chance.random() < 0.02:
            return self._told(self._torn(request, page))
        for change in (self._hold_back, self._repeat, self._shuffle, self._break):
            if page["events"] and self._chance.random() < 0.3:
                page = page | {"events": change(page["events"])}
        if self._chance.random() < 0.3:
            page = page | {"events": self._with_held(page["events"])}
        return self._told(page)

    def _torn(self, request: httpx.Request, page: Json) -> Json:
        """A log that begins too late, or that ends before where its reader stands."""
        after = int(request.url.params["after"])
        if self._chance.random() < 0.5:
            self.counts["log begins too late"] += 1
            return page | {"oldest": after + 2, "head": max(page["head"], after + 1)}
        self.counts["sequence goes backwards"] += 1
        return page | {"head": max(0, after - 40), "events": []}

    def _hold_back(self, events: list[Json]) -> list[Json]:
        held = [event for event in events[:-1] if self._chance.random() < 0.3]
        self._held += held
        self._note_overtaken(held)
        self.counts["held back"] += len(held)
        return [event for event in events if event not in held]

    def _with_held(self, events: list[Json]) -> list[Json]:
        """Late events come behind a younger one."""
        if not events:
            return events
        held, self._held = self._held, []
        return events + held

    def _repeat(self, events: list[Json]) -> list[Json]:
        again = [event for event in events if self._chance.random() < 0.3]
        self.counts["repeated"] += len(again)
        return events + again

    def _shuffle(self, events: list[Json]) -> list[Json]:
        self.counts["shuffled"] += len(events)
        return self._chance.sample(events, len(events))

    def _break(self, events: list[Json]) -> list[Json]:
        """Broken events between the whole ones, under numbers that the log never gives twice."""
        told: list[Any] = []
        for event in events:
            if not _is_end(event) and self._chance.random() < 0.05:
                shapes = malformed_shapes(event)
                name = self._chance.choice(list(shapes))
                self.broken[name] += 1
                self._note(shapes[name])
                told.append(shapes[name])
            told.append(event)
        return told

    def _note_overtaken(self, events: list[Json]) -> None:
        """Whose beginning or end may come behind what came later."""
        self.overtaken |= {
            event["product"]["id"]
            for event in events
            if event["type"] == "product_created" or _is_end(event)
        }

    def _note(self, body: Any) -> None:
        number = body.get("sequence") if isinstance(body, dict) else None
        if type(number) is int and 0 < number < 2**60:
            self.numbered.add((self._stream, number))
        else:
            self.unnumbered += 1

    def note_a_restart(self) -> None:
        """Its reader forgets which listings nobody wanted: late events may bring them."""
        with self._lock:
            self.overtaken |= {event["product"]["id"] for event in self._held}

    def _told(self, page: Json) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(page).encode())


def _is_end(event: Json) -> bool:
    """Of an end only the id is read, whatever else is broken; one may come with its end time."""
    over_at = event["product"]["ended_at"] or event["product"]["ends_at"]
    return event["type"] == "product_deleted" or bool(over_at and over_at <= event["at"])


def _cut_off(page: Json) -> httpx.Response:
    def pieces() -> Iterator[bytes]:
        yield json.dumps(page).encode()[:40]
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message")

    return httpx.Response(200, content=pieces())


def _lost(page: Json) -> httpx.Response:
    raise httpx.ReadError("connection reset by peer")


def _json(body: Any) -> Callable[[Json], httpx.Response]:
    return lambda page: httpx.Response(200, content=json.dumps(body).encode())


ANSWERS: dict[str, Callable[[Json], httpx.Response]] = {
    "500": lambda page: httpx.Response(500, text="oops"),
    "429": lambda page: httpx.Response(429, headers={"Retry-After": "1"}),
    "page of HTML": lambda page: httpx.Response(200, html="<h1>Access Denied</h1>"),
    "nothing": lambda page: httpx.Response(200, content=b""),
    "half a JSON": lambda page: httpx.Response(200, content=json.dumps(page).encode()[:-9]),
    "no text at all": lambda page: httpx.Response(200, content=b"\xff\xfe\x00\xd8" * 9),
    "connection cut": _cut_off,
    "connection lost": _lost,
    "JSON without an end": lambda page: httpx.Response(200, content=b"[" * 200_000),
    "far too much": lambda page: httpx.Response(200, content=b" " * 3_000_000),
    "null": _json(None),
    "a list": _json([]),
    "no events": lambda page: _json({k: v for k, v in page.items() if k != "events"})(page),
    "events are null": lambda page: _json(page | {"events": None})(page),
    "events are an object": lambda page: _json(page | {"events": {"a": 1}})(page),
    "head below zero": lambda page: _json(page | {"head": -5})(page),
    "head is infinite": lambda page: _json(page | {"head": float("inf")})(page),
    "no stream": lambda page: _json(page | {"stream_id": None})(page),
    "stream with a NUL": lambda page: _json(page | {"stream_id": "a\x00b"})(page),
}
