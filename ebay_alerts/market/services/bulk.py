"""Updating many rows with different values in one go."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models.options import Options


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of `rows` by primary key: one prepared statement, run for all of them.

    Django's bulk_update builds a CASE per field and row, which is quadratic work for both sides.
    """
    if not rows:
        return
    meta = rows[0]._meta
    key, *columns = [_column(meta, name) for name in ("pk", *fields)]
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(_name(column))} = %s" for column in columns)
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {assignments}"  # noqa: S608 - names of our own models
        f" WHERE {quote(_name(key))} = %s"
    )
    values = [[_stored(column, row) for column in columns] + [_stored(key, row)] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _column(meta: "Options[models.Model]", name: str) -> "models.Field[Any, Any]":
    column = meta.pk if name == "pk" else meta.get_field(name)
    assert isinstance(column, models.Field), f"{name} is a column"
    return column


def _name(column: "models.Field[Any, Any]") -> str:
    assert column.column is not None, "a stored field has a column"
    return column.column


def _stored(column: "models.Field[Any, Any]", row: models.Model) -> Any:
    return column.get_db_prep_save(getattr(row, column.attname), connection)
