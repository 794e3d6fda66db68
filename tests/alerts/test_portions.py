"""Portions of a query's rows: each row once, whatever happens meanwhile, and each by an index."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model, QuerySet
from django.test.utils import CaptureQueriesContext

from ebay_alerts.alerts.models import AlertChange
from ebay_alerts.alerts.portions import Key, portion
from ebay_alerts.alerts.selectors import history_of
from ebay_alerts.analytics.models import SearchDay
from ebay_alerts.analytics.selectors import search_days
from ebay_alerts.kit.paging import BadCursor, encode_cursor
from ebay_alerts.market.models import Listing, PricePoint
from tests.alerts.conftest import Desk
from tests.plans import planned_as_if_large

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
BOTH = ["default", "analytics"]
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def listing(desk: Desk) -> Listing:
    desk.keep(desk.user())
    desk.put("a", 10)
    desk.put("b", 10)
    PricePoint.objects.all().delete()
    return desk.listing("a")


def keep_points(listing: Listing, moments: Sequence[float]) -> None:
    """A point at each of these seconds, in this order of recording, which its price tells."""
    PricePoint.objects.bulk_create(
        PricePoint(
            listing=listing,
            at=BEGINNING + timedelta(seconds=second),
            kind="price",
            minor=number,
            currency="USD",
        )
        for number, second in enumerate(moments)
    )


def walk(
    rows: QuerySet[PricePoint],
    key: Key,
    limit: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        part, cursor = portion(rows, key, cursor, limit)
        assert len(part) <= limit
        found += [point.minor for point in part]
        if cursor is None:
            return found
        meanwhile()


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("key", "order"),
    [
        (("at", "pk"), [1, 0, 2, 4, 6, 7, 3, 5]),
        (("-at", "-pk"), [5, 3, 7, 6, 4, 2, 0, 1]),
        (("-at", "pk"), [5, 3, 4, 6, 7, 2, 0, 1]),
        (("-pk",), [7, 6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_every_row_comes_once_and_in_order(
    listing: Listing, limit: int, key: Key, order: list[int]
) -> None:
    keep_points(listing, [1, 0.5, 1.000001, 9, 4, 12, 4, 4])
    assert walk(listing.price_points.all(), key, limit) == order


def test_what_comes_and_goes_meanwhile_neither_repeats_nor_hides_a_row(listing: Listing) -> None:
    keep_points(listing, range(10, 20))
    points = listing.price_points.all()

    def shift() -> None:
        """The oldest point goes, also the one that the cursor stands at, and older ones come."""
        oldest = points.order_by("at", "pk")[0]
        if oldest.minor < 100:
            oldest.delete()
        PricePoint.objects.create(
            listing=listing, at=BEGINNING, kind="price", minor=100, currency="USD"
        )

    assert walk(points, ("at", "pk"), 1, shift) == list(range(10))


def test_a_cursor_beyond_the_calendar_is_refused(listing: Listing) -> None:
    for microseconds in (2**63 - 1, -(2**62)):
        with pytest.raises(BadCursor):
            portion(listing.price_points.all(), ("at", "pk"), encode_cursor(microseconds, 1), 5)


@pytest.mark.parametrize(("year", "found"), [(1, [0, 1]), (9999, [])], ids=["beginning", "end"])
def test_the_ends_of_the_calendar_are_places_in_a_list(
    listing: Listing, year: int, found: list[int]
) -> None:
    keep_points(listing, [1, 2])
    since = datetime(year, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    cursor = encode_cursor(since // timedelta(microseconds=1), 1)
    part, following = portion(listing.price_points.all(), ("at", "pk"), cursor, 5)
    assert ([point.minor for point in part], following) == (found, None)


def plan(alias: str, rows: QuerySet[Any], key: Key) -> str:
    """How the database reads the second portion of a list."""
    _, cursor = portion(rows, key, None, 2)
    connection = connections[alias]
    with CaptureQueriesContext(connection) as queries:
        portion(rows, key, cursor, 2)
    with planned_as_if_large(alias), connection.cursor() as explaining:
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        explaining.execute(f"{explain} {queries.captured_queries[-1]['sql']}")
        return " ".join(str(row[-1]).replace('"', "") for row in explaining.fetchall())


def begins(words: str, table: type[Model], columns: str) -> bool:
    """Whether a plan goes to that place of the list at once and sorts nothing but equal times."""
    alias = "default" if table is not SearchDay else "analytics"
    if connections[alias].vendor == "sqlite":
        return f"({columns})" in words and "TEMP B-TREE" not in words
    condition = words.partition("Index Cond: ")[2].partition(" Filter:")[0]
    names = [part.rstrip("=?<>") for part in columns.split(" AND ")]
    is_sorted = "Sort" not in words or "Presorted Key: at" in words
    return is_sorted and all(f"{name} " in condition for name in names)


def test_a_portion_of_prices_begins_where_the_one_before_ended(listing: Listing) -> None:
    keep_points(listing, range(300))
    words = plan("default", listing.price_points.all(), ("at", "pk"))
    assert begins(words, PricePoint, "listing_id=? AND at>?"), words


def test_a_portion_of_a_history_begins_where_the_one_before_ended(desk: Desk) -> None:
    user = desk.user()
    AlertChange.objects.bulk_create(
        AlertChange(alert_id=number % 100, user_id=user.pk, at=desk.now, kind="changed")
        for number in range(3000)
    )
    with connections["default"].cursor() as cursor:  # as a table that is in use is known
        cursor.execute(f"ANALYZE {AlertChange._meta.db_table}")
    words = plan("default", history_of(user.pk, 1), ("-pk",))
    assert begins(words, AlertChange, "user_id=? AND alert_id=? AND id<?"), words


@pytest.mark.django_db(databases=BOTH)
def test_a_portion_of_a_trend_begins_where_the_one_before_ended() -> None:
    SearchDay.objects.bulk_create(
        SearchDay(search_id=number % 3, day=number, live=1, appeared=1, gone=0, priced=0)
        for number in range(1, 300)
    )
    words = plan("analytics", search_days(1, None, None), ("day",))
    assert begins(words, SearchDay, "search_id=? AND day>?"), words
