"""The months that price points are kept in on PostgreSQL; SQLite keeps them in one table."""

from collections.abc import Iterable
from datetime import date

from django.db import connections

from ebay_alerts.analytics.day_figures import start_of
from ebay_alerts.analytics.routing import ANALYTICS

_TABLE = "analytics_pricepoint"
_PREFIX = f"{_TABLE}_"


def ensure_months(days: Iterable[int]) -> None:
    """Make the partitions that rows of these days go into, where there are none yet."""
    connection = connections[ANALYTICS]
    if connection.vendor != "postgresql":
        return
    months = {(on.year, on.month) for on in map(date.fromordinal, days)}
    with connection.cursor() as cursor:
        for year, month in sorted(months):
            first = start_of(date(year, month, 1).toordinal())
            after = start_of(_next_month(year, month).toordinal())
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {_PREFIX}{year:04}_{month:02} PARTITION OF {_TABLE}"
                f" FOR VALUES FROM ({first}) TO ({after})"
            )


def drop_months_before(day: date) -> int:
    """Drop the partitions that end before a day; returns how many."""
    dropped = 0
    with connections[ANALYTICS].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [_TABLE],
        )
        for (name,) in cursor.fetchall():
            year, month = map(int, name.removeprefix(_PREFIX).split("_"))
            if _next_month(year, month) <= day:
                cursor.execute(f"DROP TABLE {connections[ANALYTICS].ops.quote_name(name)}")
                dropped += 1
    return dropped


def _next_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
