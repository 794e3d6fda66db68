"""How PostgreSQL keeps the tables whose rows are changed all the time."""

import pytest
from django.db import connection
from django.db.models import F

from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.keeping import create_alert
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.market.models import Fetch, Search

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite changes rows in place"),
]

MUCH_CHANGED = (
    "alerts_alert",
    "mail_message",
    "mail_posting",
    "market_fetch",
    "market_listing",
    "market_search",
    "market_searchnews",
)


def _told(statement: str, *values: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _updates_in_place(table: str) -> int:
    """Those of this transaction that needed no entry in any index."""
    [(count,)] = _told("SELECT pg_stat_get_xact_tuples_hot_updated(%s::regclass)", table)
    return int(str(count))


@pytest.mark.parametrize("table", MUCH_CHANGED)
def test_pages_keep_room_and_are_vacuumed_before_a_fifth_is_old(table: str) -> None:
    [(options,)] = _told("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", table)
    kept = dict(option.split("=") for option in options)  # type: ignore[attr-defined]
    assert int(kept["fillfactor"]) < 100
    assert float(kept["autovacuum_vacuum_scale_factor"]) <= 0.02


def test_heads_leases_and_cursors_move_without_writing_an_index() -> None:
    now = clock.now()
    alert = create_alert(
        ensure_user("ann@example.com", now),
        read_wish({"keywords": "wine", "interval_minutes": 15}),
        now,
    )
    in_place = {name: _updates_in_place(name) for name in MUCH_CHANGED}
    Search.objects.update(head=F("head") + 1)
    Fetch.objects.update(lease_until=now, asked_at=now)
    Alert.objects.filter(pk=alert.pk).update(cursor=1, cursor_at=now, mailed_at=now)
    for name in ("market_search", "market_fetch", "alerts_alert"):
        assert _updates_in_place(name) == in_place[name] + 1


def test_a_moved_slot_writes_few_indexes() -> None:
    """It is in the index of due alerts, so PostgreSQL has every whole index have an entry, too."""
    indexes = _told(
        "SELECT indexrelid::regclass::text FROM pg_index"
        " WHERE indrelid = 'alerts_alert'::regclass AND indpred IS NULL"
    )
    assert len(indexes) == 3, "its id, its search, and its user with its search"
