"""Writing many rows at once: one statement for all of them, without a model instance for each.

PostgreSQL takes new rows by COPY and others as arrays, a column each, so that a statement is parsed
and planned once however many rows it writes; very many others go by COPY into a temporary table
first. SQLite runs one prepared statement for each row.
Django's bulk_create compiles every value, its bulk_update a CASE for each field and row.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
# So many rows are worth a temporary table.
STAGED = 2_000
_Field: TypeAlias = "models.Field[Any, Any]"


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Collection[Row]) -> None:
    """Insert rows whose values stand in the order of `names`; the columns left out are null."""
    if not rows:
        return
    connection = _connection(model)
    fields = [_field(model, name) for name in names]
    rows = _with_json(fields, rows, connection)
    table, listed = _table(model, connection), ", ".join(_quoted(fields, connection))
    if connection.vendor == "postgresql":
        _copy(f"{table} ({listed})", fields, rows, connection)
        return
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {table} ({listed}) VALUES ({places})"  # noqa: S608 - our own names
    _execute_for_each(statement, fields, rows, connection)


def upsert_rows(
    model: type[models.Model], names: Sequence[str], rows: Collection[Row], on_conflict: str
) -> None:
    """Insert rows or do what `on_conflict` says, such as "(id) DO UPDATE SET at = excluded.at"."""
    if not rows:
        return
    connection = _connection(model)
    fields = [_field(model, name) for name in names]
    rows = _with_json(fields, rows, connection)
    listed = ", ".join(_quoted(fields, connection))
    start = f"INSERT INTO {_table(model, connection)} ({listed})"
    end = f"ON CONFLICT {on_conflict}"
    if connection.vendor == "postgresql":
        insert = f"{start} SELECT * FROM {{rows}} {end}"  # noqa: S608 - our own names
        write = _execute_with_staged if len(rows) >= STAGED else _execute_with_arrays
        write(insert, fields, rows, connection)
        return
    places = ", ".join(["%s"] * len(fields))
    _execute_for_each(f"{start} VALUES ({places}) {end}", fields, rows, connection)


def insert_instances(instances: Sequence[models.Model]) -> None:
    """Insert new instances of one model, which do not learn their ids. Another row that is there
    already by some unique key stays, and its instance is left out."""
    if not instances:
        return
    model = type(instances[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values_of = attrgetter(*(field.attname for field in fields))
    names = [field.name for field in fields]
    upsert_rows(model, names, list(map(values_of, instances)), "DO NOTHING")


def update_rows(model: type[models.Model], names: Sequence[str], rows: Collection[Row]) -> None:
    """Write the values of `names` by primary key, which is the first value of each row."""
    if not rows:
        return
    connection = _connection(model)
    fields = [_field(model, name) for name in ("pk", *names)]
    rows = _with_json(fields, rows, connection)
    key, *others = _quoted(fields, connection)
    start = f"UPDATE {_table(model, connection)} AS old SET "  # noqa: S608 - our own names
    if connection.vendor == "postgresql":
        start += ", ".join(f"{name} = new.{name}" for name in others)
        listed = ", ".join((key, *others))
        where = f"WHERE old.{key} = new.{key}"
        statement = f"{start} FROM {{rows}} AS new ({listed}) {where}"
        _execute_with_arrays(statement, fields, rows, connection)
        return
    start += ", ".join(f"{name} = %s" for name in others)
    moved = [(*values, pk) for pk, *values in rows]
    _execute_for_each(f"{start} WHERE {key} = %s", [*fields[1:], fields[0]], moved, connection)


def _connection(model: type[models.Model]) -> BaseDatabaseWrapper:
    return connections[router.db_for_write(model)]


def _with_json(
    fields: Sequence[_Field], rows: Collection[Row], connection: BaseDatabaseWrapper
) -> Collection[Row]:
    """The rows with what stands in JSON columns as the database takes it."""
    places = {place for place, field in enumerate(fields) if isinstance(field, models.JSONField)}
    if not places:
        return rows
    adapted = connection.ops.adapt_json_value
    return [
        tuple(
            adapted(value, None) if place in places and value is not None else value
            for place, value in enumerate(row)
        )
        for row in rows
    ]


def _copy(
    place: str,
    fields: Sequence[_Field],
    rows: Iterable[Row],
    connection: BaseDatabaseWrapper,
) -> None:
    # Django wraps the errors of what it executes itself alone.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {place} FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types([_type(field, connection) for field in fields])
        write = copy.write_row
        for row in rows:
            write(row)


def _execute_with_staged(
    statement: str,
    fields: Sequence[_Field],
    rows: Collection[Row],
    connection: BaseDatabaseWrapper,
) -> None:
    """`{rows}` in the statement becomes the rows as a temporary table."""
    columns = (
        f"{name} {field.db_type(connection)}"
        for name, field in zip(_quoted(fields, connection), fields, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({', '.join(columns)})")
        _copy("staged", fields, rows, connection)
        cursor.execute(statement.format(rows="staged"))
        cursor.execute("DROP TABLE staged")


def _execute_with_arrays(
    statement: str,
    fields: Sequence[_Field],
    rows: Collection[Row],
    connection: BaseDatabaseWrapper,
) -> None:
    """`{rows}` in the statement becomes the rows as a relation."""
    arrays = ", ".join(f"%s::{_type(field, connection)}[]" for field in fields)
    columns = [_array(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=f"unnest({arrays})"), columns)


def _execute_for_each(
    statement: str,
    fields: Sequence[_Field],
    rows: Collection[Row],
    connection: BaseDatabaseWrapper,
) -> None:
    if any(isinstance(field, models.DateTimeField) for field in fields):
        adapted = connection.ops.adapt_datetimefield_value
        rows = [
            tuple(adapted(value) if value.__class__ is datetime else value for value in row)
            for row in rows
        ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def _array(values: Sequence[Any]) -> Any:
    """A column for PostgreSQL; of numbers its literal, for the driver adapts value by value."""
    if all(value is None or value.__class__ is int for value in values):
        return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"
    return list(values)


def _type(field: _Field, connection: BaseDatabaseWrapper) -> str:
    """The column's type without its length: a cast to varchar(n) would cut silently."""
    return (field.db_type(connection) or "").split("(")[0]


def _field(model: type[models.Model], name: str) -> _Field:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, models.Field), f"{name} is a column"
    return field


def _table(model: type[models.Model], connection: BaseDatabaseWrapper) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quoted(fields: Iterable[_Field], connection: BaseDatabaseWrapper) -> list[str]:
    columns = [field.column for field in fields]
    assert all(columns), "a stored field has a column"
    return [connection.ops.quote_name(column) for column in columns if column]
