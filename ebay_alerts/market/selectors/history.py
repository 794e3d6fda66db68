"""Reading history in the order in which it was recorded, for whoever keeps a copy of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import OperationalError, connections, models, router, transaction
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Concat
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.market.models import Listing, Membership, PricePoint, Search, SearchChange
from ebay_alerts.market.selectors.among import Among

# How long a barrier waits for a table at each try. All who would write wait behind it meanwhile,
# so it gives up before PostgreSQL looks for deadlocks (1 s); the last tries wait longer, since a
# vacuum at work is only then sent away.
_SHORT_MS, _LONG_MS, _SHORT_TRIES, _TRIES = 200, 3000, 6, 10


# A price point as it was recorded: id, moment in Unix seconds, listing, kind, and the seller's own
# price in minor units and its currency where the marketplace converts. A plain tuple: there are
# millions.
RecordedPrice = tuple[int, int, int, str, int, str]


class RecordedChange(NamedTuple):
    """An entry of a search's log, in the order in which all searches' entries were made.

    `at` is in Unix seconds.
    """

    pk: int
    search_id: int
    listing_id: int
    kind: str
    at: int


class CurrentMembership(NamedTuple):
    """A listing that a search finds now, and since when in Unix seconds."""

    search_id: int
    listing_id: int
    since: int


def committed_mark(model: type[models.Model]) -> int:
    """The last id given out, where no row up to it is still to be committed; 0 before the first.

    It never falls in the life of a database. Ids are given out before their rows commit, so the
    largest that can be seen says nothing of the ones before it. On PostgreSQL every writer of the
    table is waited for; SQLite has but one. Raises OperationalError where writers do not end.
    """
    if connections[router.db_for_read(model)].vendor == "postgresql":
        return _mark_behind_barrier(model)
    return _last_id(model, "SELECT seq FROM sqlite_sequence WHERE name = %s")


def _mark_behind_barrier(model: type[models.Model]) -> int:
    tries = iter(range(_TRIES))
    again = retry(
        retry=retry_if_exception_type(OperationalError),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random(0, 0.2),
        reraise=True,
    )
    return again(lambda: _mark_once(model, _SHORT_MS if next(tries) < _SHORT_TRIES else _LONG_MS))()


def _mark_once(model: type[models.Model], patience_ms: int) -> int:
    """One table a transaction: who waits for several could be waited for by a writer of theirs."""
    alias = router.db_for_read(model)
    connection = connections[alias]
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {patience_ms}")
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        return _last_id(model, "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id'))")


def _last_id(model: type[models.Model], statement: str) -> int:
    with connections[router.db_for_read(model)].cursor() as cursor:
        cursor.execute(statement, [model._meta.db_table])
        row = cursor.fetchone()
    return (row and row[0]) or 0


# Whole seconds of a time; SQLite would round up the last half of a millisecond, even into the next
# day. Statements are written out here, since a datetime made of each row's
# time, or a conversion of each number, costs more than all the rest of copying it.
_SECONDS = {
    "sqlite": "CAST(strftime('%%s', substr({column}, 1, 19)) AS INTEGER)",
    "postgresql": "FLOOR(EXTRACT(EPOCH FROM {column}))::bigint",
}
_PRICES = """
SELECT id, {seconds}, listing_id, kind, COALESCE(own_minor, minor),
    CASE WHEN own_minor IS NULL THEN currency ELSE own_currency END
FROM market_pricepoint WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"""
_ARRIVALS = """
SELECT id, search_id, listing_id, kind, {seconds}
FROM market_searchchange WHERE id > %s AND id <= %s AND kind <> %s ORDER BY id LIMIT %s"""
_MEMBERSHIPS = """
SELECT search_id, listing_id, {seconds} FROM market_membership
WHERE search_id IN ({listed}) ORDER BY search_id, listing_id"""


def price_points_after(pk: int, mark: int, limit: int) -> list[RecordedPrice]:
    """The next price points up to a mark, in the order of their ids."""
    return _read(_PRICES, "at", [pk, mark, limit])


def arrivals_after(pk: int, mark: int, limit: int) -> list[RecordedChange]:
    """The next search changes up to a mark by which listings come or go, in the order of ids."""
    values = [pk, mark, SearchChange.Kind.REPRICED.value, limit]
    return list(map(RecordedChange._make, _read(_ARRIVALS, "at", values)))


def memberships_of(search_ids: Collection[int]) -> list[CurrentMembership]:
    """What these searches find now."""
    listed = ", ".join(map(str, search_ids)) or "NULL"
    statement = _MEMBERSHIPS.replace("{listed}", listed)
    return list(map(CurrentMembership._make, _read(statement, "since", [])))


def _read(statement: str, column: str, values: list[Any]) -> list[Any]:
    connection = connections[router.db_for_read(PricePoint)]
    seconds = _SECONDS[connection.vendor].format(column=column)
    with connection.cursor() as cursor, paused_collector():  # rows hold no cycles
        cursor.execute(statement.format(seconds=seconds), values)
        rows: list[Any] = cursor.fetchall()
    return rows


def search_ids_after(pk: int, limit: int) -> list[int]:
    return list(
        Search.objects.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True)[:limit]
    )


def oldest_change() -> int:
    """The id of the oldest search change that is kept; 0 where there is none."""
    return SearchChange.objects.order_by("pk").values_list("pk", flat=True).first() or 0


def first_point_since(at: datetime) -> int | None:
    """The smallest id of the price points recorded for a moment or later; None where none is."""
    return PricePoint.objects.filter(at__gte=at).order_by("pk").values_list("pk", flat=True).first()


def listings_in(pks: Collection[int], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """These fields of listings as they are, in the order of their ids."""
    return list(Listing.objects.filter(Among("id", pks)).order_by("pk").values_list(*names))


class ListingOnOffer(NamedTuple):
    """A fixed price as it stands: in the marketplace's currency, and the seller's own."""

    minor: int
    currency: str
    own_minor: int
    own_currency: str
    is_from_price: bool
    has_bid: bool
    country: str
    condition_group: str = ""
    seller: str = ""
    words: str = ""


def on_offer(pks: Collection[int]) -> dict[int, ListingOnOffer]:
    """Those of these listings that have not ended and have a fixed price now."""
    rows = Listing.objects.filter(Among("id", pks), ended_at=None).values_list(
        *("pk", "price_minor", "currency", "own_minor", "own_currency", "is_from_price"),
        *("bid_minor", "country", "condition_group", "seller", "words"),
    )
    found: dict[int, ListingOnOffer] = {}
    for pk, minor, currency, own_minor, own_currency, is_from_price, bid_minor, *more in rows:
        if minor is not None:
            own = (minor, currency) if own_minor is None else (own_minor, own_currency)
            has_bid = bid_minor is not None
            found[pk] = ListingOnOffer(minor, currency, *own, is_from_price, has_bid, *more)
    return found


def shipping_of(
    search_ids: Collection[int], listing_ids: Collection[int]
) -> dict[tuple[int, int], tuple[str, int | None]]:
    """By search and listing, how it is sent and what that costs in minor units."""
    rows = Membership.objects.filter(
        Among("search_id", search_ids), Among("listing_id", listing_ids)
    ).values_list("search", "listing", "shipping", "shipping_minor")
    return {(search, listing): (kind, cost) for search, listing, kind, cost in rows}


def searches_in(pks: Collection[int], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """These fields of searches, in the order of their ids; the query of one listing names it."""
    searches = Search.objects.filter(Among("id", pks)).order_by("pk")
    wanted = [_QUERY if name == "query" else name for name in names]
    return list(searches.values_list(*wanted))


_QUERY = Case(
    When(query="", then=Concat(Value("listing "), F("legacy_id"))),
    default=F("query"),
    output_field=TextField(),
)
