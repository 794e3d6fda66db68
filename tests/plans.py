"""How the database would read rows, were the tables as large as in use."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def planned_as_if_large(alias: str = "default") -> Iterator[None]:
    """PostgreSQL would read so small a table whole; within this it takes an index that serves."""
    connection = connections[alias]
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        yield
        if connection.vendor == "postgresql":  # the transaction may be a test's, and go on
            with connection.cursor() as cursor:
                cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
