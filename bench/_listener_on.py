"""The benchmark of the listener on the database that the environment names; run by listener.py."""

import json
import sys
from collections.abc import Iterable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import httpx
from _corpus import SPARSE, queries
from _inside import DATABASE  # it sets Django up, before models are imported
from _market_events import STARTED_AT, Events
from _row_by_row import save_row_by_row
from django.core.management import call_command
from django.db import connection, models, transaction

from ebay_alerts.kit import clock
from ebay_alerts.market.keyword_query import parse
from ebay_alerts.market.models import Fetch, Search, SearchChange
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.bulk import insert_rows
from ebay_alerts.market.services.listening import Listener
from ebay_alerts.market.stream.source import HttpEventLog

COUNT = 100_000 if "--quick" in sys.argv else 1_000_000
BLOCK, BLOCKS = 2_000, 10
PAGE = 1_000
SAVED_BY_ROW = 300
# Events whose titles one search wants on average, and twenty.
NARROW, WIDE = Events(range(1, 2), flatness=200), Events(range(8, 15))


def main() -> None:
    call_command("migrate", verbosity=0)
    make_searches()
    registry = SearchRegistry()
    registry.sync(clock.now())
    report("listener.ingest", "events/s", NARROW, registry, lambda blocks: blocks.events)
    report("listener.ingest_wide", "changes/s", WIDE, registry, lambda blocks: blocks.changes)


class Stream:
    """An event log that grows by a block at a time, over HTTP but for the wire."""

    def __init__(self, name: str, events: Events) -> None:
        self._name = name
        self._events = events
        self._log: list[bytes] = []
        self.source = HttpEventLog("http://stream", httpx.MockTransport(self._answer))

    def grow(self, count: int) -> None:
        self._log += self._events.log(count)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        events = b",".join(self._log[after : after + PAGE])
        head = f'{{"stream_id":"{self._name}","oldest":1,"head":{len(self._log)},"events":['
        return httpx.Response(200, content=head.encode() + events + b"]}")


def make_searches() -> None:
    """Each with a fetch of its own, filled and wanted."""
    place = {"marketplace": "EBAY_US", "deliver_to": "US", "refresh_seconds": 300}
    times = dict.fromkeys(("filled_at", "created_at"), STARTED_AT)
    texts = [str(parse(text)) for text in queries(COUNT, SPARSE)]
    with transaction.atomic():
        insert_like(Fetch(**place), ("keywords",), ((str(pk),) for pk in range(1, COUNT + 1)))
        insert_like(Search(**place, **times), ("fetch", "query"), enumerate(texts, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def insert_like(row: models.Model, names: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Rows with ids from 1 that are like this one but for the values of these fields."""
    others = [field.name for field in row._meta.concrete_fields if field.name not in ("id", *names)]
    like = tuple(getattr(row, name) for name in others)
    rows = [(pk, *some, *like) for pk, some in enumerate(values, 1)]
    insert_rows(type(row), ("pk", *names, *others), rows)


class Blocks:
    """Seconds that blocks of events took, and the search changes that each made."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, int, int]] = []

    def add(self, seconds: float, events: int, changes: int) -> None:
        self._rows.append((seconds, events, changes))

    @property
    def events(self) -> list[float]:
        return [events / seconds for seconds, events, _ in self._rows]

    @property
    def changes(self) -> list[float]:
        return [changes / seconds for seconds, _, changes in self._rows]


def report(name: str, unit: str, events: Events, registry: SearchRegistry, speeds: Any) -> None:
    stream = Stream(name, events)
    listener = Listener(f"http://{name}", stream.source, registry)
    listener.catch_up()  # it follows from the head
    stream.grow(BLOCK)
    listener.catch_up()
    blocks = Blocks()
    for _ in range(BLOCKS):
        stream.grow(BLOCK)
        add_block(blocks, BLOCK, listener.catch_up)
    baseline = Blocks()
    stream.grow(SAVED_BY_ROW)
    add_block(
        baseline,
        SAVED_BY_ROW,
        lambda: save_row_by_row(stream.source, registry, (BLOCKS + 1) * BLOCK),
    )
    value, base = median(speeds(blocks)), speeds(baseline)[0]
    first, last = median(speeds(blocks)[:3]), median(speeds(blocks)[-3:])
    line = {
        "name": name,
        "database": DATABASE,
        "searches": COUNT,
        "value": round(value),
        "unit": unit,
        "baseline": round(base),
        "baseline_name": "row-by-row ORM saves",
        "ratio": round(value / base, 1),
        "last_to_first": round(last / first, 2),
        "changes_an_event": round(median(blocks.changes) / median(blocks.events), 1),
    }
    print(json.dumps(line), flush=True)  # noqa: T201 - the result is what this prints


def add_block(blocks: Blocks, events: int, run: Any) -> None:
    before, started = SearchChange.objects.count(), perf_counter()
    run()
    seconds = perf_counter() - started
    blocks.add(seconds, events, SearchChange.objects.count() - before)


if __name__ == "__main__":
    main()
