"""The condition that a number is one of many, in one parameter however many there are."""

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, F, Func


class Among(Func):
    """`filter(Among("listing_id", ids))`, where Django's `__in` takes a parameter for each.

    SQLite limits the parameters of a statement (32,766 unless it was built otherwise) and its
    length (1 MB), and adapting them one by one takes longer than to find the rows.
    """

    output_field = BooleanField()

    def __init__(self, column: str, numbers: Collection[int], **extra: Any) -> None:
        super().__init__(F(column), **extra)
        self._listed = ",".join(map(str, sorted(numbers)))

    def as_postgresql(self, compiler: Any, *_: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = compiler.compile(self.source_expressions[0])
        return f"{column} = ANY(%s::bigint[])", (*values, f"{{{self._listed}}}")

    def as_sqlite(self, compiler: Any, *_: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = compiler.compile(self.source_expressions[0])
        rows = "SELECT value FROM json_each(%s)"
        return f"{column} IN ({rows})", (*values, f"[{self._listed}]")
