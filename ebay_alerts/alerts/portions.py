"""Portions of a query's rows: each begins behind the last row of the one before, found by its key.

So all portions cost the same where an index holds what the rows are chosen by and then the key, and
what comes or goes meanwhile neither repeats nor hides a row.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet

from ebay_alerts.kit.paging import BadCursor, decode_cursor, encode_cursor

# Names of whole numbers or times that together are unique; with `-` in front, the largest first.
Key = tuple[str, ...]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# A model, or a named row of some of its columns, the key among them.
Row = TypeVar("Row")


def portion(
    rows: QuerySet[Any, Row], key: Key, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """Up to `limit` rows behind the cursor in the order of `key`, and the cursor of what follows
    or None. Raises BadCursor."""
    if cursor:
        rows = rows.filter(_behind(key, _read(rows.model, key, cursor)))
    found = list(rows.order_by(*key)[: limit + 1])
    has_more = len(found) > limit
    return found[:limit], _cursor_of(found[limit - 1], key) if has_more else None


def _behind(key: Key, values: Sequence[Any]) -> Q:
    """The rows behind one whose key has these values.

    The first part has a condition of its own, though the second one implies it: PostgreSQL begins
    there in an index, and at no condition with an "or".
    """
    name, step = key[0].lstrip("-"), "lt" if key[0].startswith("-") else "gt"
    further = Q(**{f"{name}__{step}": values[0]})
    if len(key) == 1:
        return further
    return Q(**{f"{name}__{step}e": values[0]}) & (further | _behind(key[1:], values[1:]))


def _cursor_of(row: Any, key: Key) -> str:
    values = [getattr(row, name.lstrip("-")) for name in key]
    return encode_cursor(
        *((one - _EPOCH) // _MICROSECOND if isinstance(one, datetime) else one for one in values)
    )


def _read(model: type[Model], key: Key, cursor: str) -> list[Any]:
    times = {field.name for field in model._meta.fields if isinstance(field, DateTimeField)}
    numbers = decode_cursor(cursor, len(key))
    return [
        _moment(number) if name.lstrip("-") in times else number
        for name, number in zip(key, numbers, strict=True)
    ]


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + microseconds * _MICROSECOND
    except OverflowError as error:
        raise BadCursor("This cursor is not one of ours; leave it out to begin.") from error
