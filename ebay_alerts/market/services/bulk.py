"""Writing many rows at once: one statement for all of them, without a model instance for each.

PostgreSQL takes new rows by COPY and others as arrays, a column each, so that a statement is parsed
and planned once however many rows it writes. SQLite runs one prepared statement for each row.
Django's bulk_create compiles every value, its bulk_update a CASE for each field and row.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db import connection, models

Row = tuple[Any, ...]
_Field: TypeAlias = "models.Field[Any, Any]"


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Collection[Row]) -> None:
    """Insert rows whose values stand in the order of `names`; the columns left out are null."""
    if not rows:
        return
    fields = [_field(model, name) for name in names]
    table, listed = _table(model), ", ".join(map(_quoted, fields))
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({listed}) FROM STDIN", rows)
        return
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {table} ({listed}) VALUES ({places})"  # noqa: S608 - our own names
    _execute_for_each(statement, rows)


def upsert_rows(
    model: type[models.Model], names: Sequence[str], rows: Collection[Row], on_conflict: str
) -> None:
    """Insert rows or do what `on_conflict` says, such as "(id) DO UPDATE SET at = excluded.at"."""
    if not rows:
        return
    fields = [_field(model, name) for name in names]
    start = f"INSERT INTO {_table(model)} ({', '.join(map(_quoted, fields))})"
    end = f"ON CONFLICT {on_conflict}"
    if connection.vendor == "postgresql":
        insert = f"{start} SELECT * FROM {{rows}} {end}"  # noqa: S608 - our own names
        _execute_with_arrays(insert, fields, rows)
        return
    _execute_for_each(f"{start} VALUES ({', '.join(['%s'] * len(fields))}) {end}", rows)


def update_rows(model: type[models.Model], names: Sequence[str], rows: Collection[Row]) -> None:
    """Write the values of `names` by primary key, which is the first value of each row."""
    if not rows:
        return
    fields = [_field(model, name) for name in ("pk", *names)]
    key, *others = map(_quoted, fields)
    start = f"UPDATE {_table(model)} AS old SET "  # noqa: S608 - our own names
    if connection.vendor == "postgresql":
        start += ", ".join(f"{name} = new.{name}" for name in others)
        listed = ", ".join((key, *others))
        where = f"WHERE old.{key} = new.{key}"
        _execute_with_arrays(f"{start} FROM {{rows}} AS new ({listed}) {where}", fields, rows)
        return
    start += ", ".join(f"{name} = %s" for name in others)
    _execute_for_each(f"{start} WHERE {key} = %s", [(*values, pk) for pk, *values in rows])


def _copy(statement: str, rows: Iterable[Row]) -> None:
    # Django wraps the errors of what it executes itself alone.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _execute_with_arrays(statement: str, fields: Sequence[_Field], rows: Collection[Row]) -> None:
    """`{rows}` in the statement becomes the rows as a relation."""
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    columns = [_array(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=f"unnest({arrays})"), columns)


def _execute_for_each(statement: str, rows: Collection[Row]) -> None:
    stored = [tuple(map(_stored, row)) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, stored)


def _stored(value: Any) -> Any:
    if value.__class__ is datetime:
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _array(values: Sequence[Any]) -> Any:
    """A column for PostgreSQL; of numbers its literal, for the driver adapts value by value."""
    if all(value is None or value.__class__ is int for value in values):
        return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    return list(values)


def _type(field: _Field) -> str:
    """The column's type without its length: a cast to varchar(n) would cut silently."""
    return (field.db_type(connection) or "").split("(")[0]


def _field(model: type[models.Model], name: str) -> _Field:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, models.Field), f"{name} is a column"
    return field


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quoted(field: _Field) -> str:
    assert field.column is not None, "a stored field has a column"
    return connection.ops.quote_name(field.column)
