"""Rows of very many alerts with nothing to tell, copied inside the database from one of each."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.management.color import no_style
from django.db import connection, models

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.market.models import Fetch, Search

INTERVAL_MINUTES = 60
ALERTS_EACH = 10
_HEAD = 5


def keep_quiet_alerts(count: int, began: datetime) -> None:
    """So many active alerts at their searches' heads, `ALERTS_EACH` a user and a search; their
    slots are spread over the interval that begins at `began`."""
    users = searches = max(count // ALERTS_EACH, 1)
    second, spread = int(began.timestamp()), INTERVAL_MINUTES * 60
    first = _first_rows(began)
    _copy(User, users, {"id": "i", "email": "'quiet' || i || '@example.com'"})
    _copy(Fetch, searches, {"id": "i", "keywords": "'quiet ' || i"})
    _copy(Search, searches, {"id": "i", "fetch_id": "i", "query": "'quiet ' || i"})
    first.save()
    place = {
        "id": "i",
        "user_id": f"1 + i % {users}",
        "search_id": f"1 + (i / {ALERTS_EACH}) % {searches}",
        "filters": "'' || i",
        "phase": f"i % {spread}",
        "slot": f"{second} + i % {spread}",
    }
    _copy(Alert, count, place)
    _set_sequences(User, Fetch, Search, Alert)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _first_rows(began: datetime) -> Alert:
    created = began - timedelta(days=30)
    user = User.objects.create(
        id=1, email="quiet1@example.com", confirmed_at=created, created_at=created
    )
    place = {"marketplace": "EBAY_US", "deliver_to": "US", "refresh_seconds": 3600}
    fetch = Fetch.objects.create(
        id=1,
        keywords="quiet 1",
        asked_at=began,
        is_complete=True,
        covered=1,
        total=1,
        due_at=began + timedelta(days=1),
        swept_at=began,
        cheapest_at=began,
        **place,
    )
    search = Search.objects.create(
        id=1, fetch=fetch, query="quiet 1", head=_HEAD, filled_at=created, created_at=created,
        **place,
    )  # fmt: skip
    times = dict.fromkeys(
        ("cursor_at", "started_at", "welcomed_at", "created_at", "updated_at"), created
    )
    return Alert(
        id=1, user=user, search=search, name="wine", keywords="wine", filters="",
        interval_minutes=INTERVAL_MINUTES, currency="USD", state="active", phase=0, cursor=_HEAD,
        slot=int(began.timestamp()), **times,
    )  # fmt: skip


def _copy(model: type[models.Model], count: int, changed: Mapping[str, str]) -> None:
    """Rows 2 to `count` as the first one but for these columns, by the row's number `i`."""
    columns = [field.column for field in model._meta.local_concrete_fields]
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    values = ", ".join(changed.get(column, f"t.{quote(column)}") for column in columns)
    table = quote(model._meta.db_table)
    rows = f"SELECT {values} FROM n, {table} t WHERE t.id = 1 AND i <= {count}"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {_numbers(count)} {rows}")


def _numbers(last: int) -> str:
    return f"WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < {last})"  # noqa: S608


def _set_sequences(*tables: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
