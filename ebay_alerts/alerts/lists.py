"""Lists over the API: in portions, as JSON or as CSV."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from typing import Annotated, Any, Generic, Literal, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Schema
from ninja.responses import NinjaJSONEncoder

from ebay_alerts.kit.csv_rows import csv_text
from ebay_alerts.kit.paging import decode_cursor, encode_cursor

USUAL, LARGEST = 100, 500
Limit = Annotated[int, Query(ge=1, le=LARGEST)]
JSON, CSV = "application/json", "text/csv"
# What an operation that answers a table adds to its description.
ALSO_CSV = {"responses": {200: {"content": {CSV: {"schema": {"type": "string"}}}}}}
_ENCODER = NinjaJSONEncoder()

M = TypeVar("M", bound=Model)


class Asked(Schema):
    """Which part of a table is asked for, and in which format."""

    limit: int | None = Field(
        None,
        ge=1,
        le=LARGEST,
        description=f"By default {USUAL} rows as JSON, and all of them as CSV.",
    )
    cursor: str | None = None
    format: Literal["json", "csv"] | None = Field(
        None, description="Goes before the header `Accept`."
    )


@dataclass(frozen=True)
class Table(Generic[M]):
    """A list that is answered as JSON or as CSV.

    `rows` are read in the order of `by`, a unique field of whole numbers; `fields` gives a row in
    the shape of `item`; `name` is the file's, without its ending.
    """

    name: str
    item: type[Schema]
    rows: QuerySet[M]
    by: str
    fields: Callable[[M], dict[str, Any]]


def portion(
    rows: QuerySet[M], by: str, cursor: str | None, limit: int
) -> tuple[list[M], str | None]:
    """Up to `limit` rows after the cursor, by a unique field of whole numbers, and the cursor of
    what follows or None. Raises BadCursor."""
    if cursor:
        (after,) = decode_cursor(cursor, 1)
        rows = rows.filter(**{f"{by}__gt": after})
    found = list(rows.order_by(by)[: limit + 1])
    has_more = len(found) > limit
    return found[:limit], encode_cursor(getattr(found[limit - 1], by)) if has_more else None


def answer_table(
    request: HttpRequest, table: Table[M], asked: Asked
) -> dict[str, Any] | StreamingHttpResponse:
    """One portion as JSON; as CSV all that follows the cursor, or one portion if a limit is given.

    Raises BadCursor.
    """
    if _format(request, asked) == "csv":
        return _csv_answer(request, table, asked)
    found, following = portion(table.rows, table.by, asked.cursor, asked.limit or USUAL)
    return {"items": [table.fields(row) for row in found], "next": following}


def _format(request: HttpRequest, asked: Asked) -> str:
    if asked.format:
        return asked.format
    return "csv" if request.get_preferred_type([JSON, CSV]) == CSV else "json"


def _csv_answer(request: HttpRequest, table: Table[M], asked: Asked) -> StreamingHttpResponse:
    # Read before the answer begins, so that a refusal can still be one.
    first, following = portion(table.rows, table.by, asked.cursor, asked.limit or LARGEST)
    later = _portions(table, None if asked.limit else following)
    cells = ([_cells(table, row) for row in rows] for rows in chain([first], later))
    text = _idle_between(csv_text([*table.item.model_fields], cells))
    answer = StreamingHttpResponse(
        _from_a_thread(text) if isinstance(request, ASGIRequest) else text,
        content_type=f"{CSV}; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
    )
    if asked.limit and following:
        answer["Link"] = _link(request, following)
    return answer


def _portions(table: Table[M], cursor: str | None) -> Iterator[list[M]]:
    while cursor:
        found, cursor = portion(table.rows, table.by, cursor, LARGEST)
        yield found


def _cells(table: Table[M], row: M) -> list[Any]:
    """A row's values as its JSON has them, but numbers as numbers."""
    fields = table.item.model_validate(table.fields(row)).model_dump()
    return [_ENCODER.default(one) if isinstance(one, date) else one for one in fields.values()]


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
