"""Lists over the API: in portions as JSON, or whole as CSV."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Annotated, Any, Generic, Literal

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Schema
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel

from ebay_alerts.alerts.columns import columns_of
from ebay_alerts.alerts.portions import Key, Row, portion
from ebay_alerts.kit.csv_rows import csv_text

USUAL, LARGEST = 100, 500
# So many rows of a CSV file are read, held and sent at once.
ROWS_AT_ONCE = 2000
JSON, CSV = "application/json", "text/csv"
# What an operation that answers a table adds to its description.
ALSO_CSV = {"responses": {200: {"content": {CSV: {"schema": {"type": "string"}}}}}}

_EXAMPLE = "MTc4NTUwMDQzMDAwMDAwMHw0Mg"
Next = Annotated[
    str | None,
    Field(description="The `cursor` of what follows; null at the end.", examples=[_EXAMPLE]),
]


class Part(Schema):
    """Which part of a list is asked for."""

    limit: int = Field(
        USUAL, ge=1, le=LARGEST, description="At most so many rows.", examples=[USUAL]
    )
    cursor: str | None = Field(
        None,
        description="The `next` of the answer before, from which this one goes on.",
        examples=[_EXAMPLE],
    )


class Format(Schema):
    """In which format an answer is asked for."""

    format: Literal["json", "csv"] | None = Field(
        None, description="json or csv; goes before the header `Accept`.", examples=["csv"]
    )


class TablePart(Part, Format):
    """Which part of a table is asked for, and in which format."""

    limit: int | None = Field(  # type: ignore[assignment]  # wider than that of other lists
        None,
        ge=1,
        le=LARGEST,
        description=f"At most so many rows; by default {USUAL} as JSON, and all of them as CSV.",
        examples=[USUAL],
    )


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A list that is answered as JSON or as CSV.

    `rows` are read in the order of `key`; `fields` gives a row in the shape of `item`, with values
    of its types; `name` is the file's, without its ending.
    """

    name: str
    item: type[BaseModel]
    rows: QuerySet[Any, Row]
    key: Key
    fields: Callable[[Row], dict[str, Any]]


def answer_table(
    request: HttpRequest, table: Table[Row], asked: TablePart
) -> dict[str, Any] | StreamingHttpResponse:
    """One portion as JSON; as CSV all behind the cursor, or one portion if a limit is given.

    Raises BadCursor.
    """
    if wants_csv(request, asked):
        return _csv_answer(request, table, asked.cursor, asked.limit)
    found, following = portion(table.rows, table.key, asked.cursor, asked.limit or USUAL)
    return {"items": [table.fields(row) for row in found], "next": following}


def wants_csv(request: HttpRequest, asked: Format) -> bool:
    if asked.format:
        return asked.format == "csv"
    return request.get_preferred_type([JSON, CSV]) == CSV


def answer_file(request: HttpRequest, table: Table[Row], asked: Format) -> StreamingHttpResponse:
    """All rows as a file, sent as it is read: CSV, or `{"items": [...]}` with a row a line."""
    if wants_csv(request, asked):
        return _csv_answer(request, table)
    return stream(request, file_text(table, as_csv=False), JSON, f"{table.name}.json")


def file_text(table: Table[Row], *, as_csv: bool) -> Iterator[str]:
    """All rows as the text of a file, read while it is taken."""
    if as_csv:
        header, cells_of = columns_of(table.item)
        return csv_text(header, (map(cells_of, rows) for rows in portions_of(table)))
    return chain(["{"], json_list("items", portions_of(table)), ["}\n"])


def portions_of(table: Table[Row]) -> Iterator[Iterable[dict[str, Any]]]:
    """All rows, in their shape."""
    first, following = portion(table.rows, table.key, None, ROWS_AT_ONCE)
    for rows in chain([first], _portions(table, following)):
        yield map(table.fields, rows)


def json_list(name: str, portions: Iterable[Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """`"name": [...]` with a row on each line, a text for each portion."""
    yield f'"{name}": ['
    lead = "\n"
    for rows in portions:
        lines = [
            json.dumps(row, cls=NinjaJSONEncoder, ensure_ascii=False, check_circular=False)
            for row in rows
        ]
        if lines:
            yield lead + ",\n".join(lines)
            lead = ",\n"
    yield "\n]"


def stream(
    request: HttpRequest, text: Iterator[str], content_type: str, name: str
) -> StreamingHttpResponse:
    """A file that is sent while it is made."""
    text = _idle_between(text)
    return StreamingHttpResponse(
        _from_a_thread(text) if isinstance(request, ASGIRequest) else text,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_answer(
    request: HttpRequest, table: Table[Row], cursor: str | None = None, limit: int | None = None
) -> StreamingHttpResponse:
    # Read before the answer begins, so that a refusal can still be one.
    first, following = portion(table.rows, table.key, cursor, limit or ROWS_AT_ONCE)
    later = _portions(table, None if limit else following)
    portions = (map(table.fields, rows) for rows in chain([first], later))
    answer = csv_answer(request, table.name, table.item, portions)
    if limit and following:
        answer["Link"] = _link(request, following)
    return answer


def csv_answer(
    request: HttpRequest,
    name: str,
    item: type[BaseModel],
    portions: Iterable[Iterable[Mapping[str, Any]]],
) -> StreamingHttpResponse:
    """A file of rows in the shape of `item`; `name` is without its ending."""
    header, cells_of = columns_of(item)
    text = csv_text(header, (map(cells_of, rows) for rows in portions))
    return stream(request, text, f"{CSV}; charset=utf-8; header=present", f"{name}.csv")


def _portions(table: Table[Row], cursor: str | None) -> Iterator[list[Row]]:
    while cursor:
        found, cursor = portion(table.rows, table.key, cursor, ROWS_AT_ONCE)
        yield found


def _idle_between(text: Iterator[str]) -> Iterator[str]:
    """No database connection is held while a slow reader takes a portion; one in a transaction is
    left to whoever began that."""
    for part in text:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
        yield part


async def _from_a_thread(text: Iterator[str]) -> AsyncIterator[str]:
    """The database is read on the request's thread, never on the event loop."""
    take = sync_to_async(partial(next, text, None))
    while (part := await take()) is not None:
        yield part


def _link(request: HttpRequest, following: str) -> str:
    """The next portion's address (RFC 8288): CSV has no other place for its cursor."""
    query = request.GET.copy()
    query["cursor"] = following
    return f'<{request.path}?{query.urlencode()}>; rel="next"'
