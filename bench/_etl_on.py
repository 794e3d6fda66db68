"""The ETL on one database: a full run, one with nothing new, and row by row beside it."""

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from _inside import DATABASE

# Django is set up by the line above.
from django.db import connections, transaction  # isort: skip
from ebay_alerts.analytics import models as analytics  # isort: skip
from ebay_alerts.analytics.services.etl import run_etl  # isort: skip
from ebay_alerts.kit import clock  # isort: skip
from ebay_alerts.market.models import (  # isort: skip
    Fetch,
    Listing,
    Membership,
    PricePoint,
    Search,
    SearchChange,
)
from ebay_alerts.market.services.bulk import insert_rows  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

LISTINGS, POINTS, DAYS, SEARCHES = 100_000, 1_000_000, 60, 2_000
BY_ROW = 3_000
CHUNK = 50_000
END = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = END - timedelta(days=DAYS)


def fill() -> None:
    """A market of 60 days: listings appear, their prices move."""
    chance = random.Random(4)  # noqa: S311 - no secret
    fetch = Fetch.objects.create(marketplace="EBAY_US", keywords="wine", deliver_to="US")
    searches = [
        Search(
            fetch=fetch,
            marketplace="EBAY_US",
            query=f"wine {number}",
            deliver_to="US",
            created_at=START,
        )
        for number in range(SEARCHES)
    ]
    Search.objects.bulk_create(searches)
    moments = sorted(chance.uniform(0, DAYS * 86_400) for _ in range(POINTS))
    prices: list[int] = []
    homes: list[int] = []
    listings, points, changes, members = [], [], [], []
    revisions = [0] * SEARCHES
    base = searches[0].pk
    for moment in moments:
        at = START + timedelta(seconds=moment)
        is_new = len(prices) < LISTINGS and chance.random() < max(0.3, 1 - moment / 86_400)
        if is_new or not prices:
            number = len(prices)
            prices.append(chance.randrange(500, 500_000))
            homes.append(chance.randrange(SEARCHES))
            listings.append(
                ("EBAY_US", f"w{number}", f"v1|{number}|0", f"Wine {number}", "https://e/i", "USD",
                 prices[-1], "", False, "", "", "", "", "", at, at)
            )  # fmt: skip
            kind = "appeared"
        else:
            number = chance.randrange(len(prices))
            prices[number] = max(prices[number] * chance.randrange(85, 112) // 100, 100)
            kind = "repriced"
        home = homes[number]
        revisions[home] += 1
        points.append((number + 1, at, "price", prices[number], "USD", None, ""))
        change = (base + home, revisions[home], number + 1, kind, at, prices[number], "USD")
        changes.append(change)
        if kind == "appeared":
            members.append((base + home, number + 1, "unknown", None, at))
    write = (
        (Listing, ("marketplace", "legacy_id", "reference", "title", "url", "currency",
         "price_minor", "image_url", "is_from_price", "own_currency", "condition",
         "seller_percent", "country", "categories", "first_seen_at", "observed_at"), listings),
        (Membership, ("search", "listing", "shipping", "shipping_minor", "since"), members),
        (SearchChange, ("search", "revision", "listing", "kind", "at", "price_minor", "currency"),
         changes),
        (PricePoint, ("listing", "at", "kind", "minor", "currency", "own_minor", "own_currency"),
         points),
    )  # fmt: skip
    for model, names, rows in write:
        for first in range(0, len(rows), CHUNK):
            with transaction.atomic():
                insert_rows(model, names, rows[first : first + CHUNK])
    if DATABASE == "postgresql":
        with connections["default"].cursor() as cursor:
            cursor.execute("ANALYZE")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row_by_row() -> float:
    """Points a second where each is saved by itself, and merged into its day by itself."""
    points = list(PricePoint.objects.order_by("pk")[:BY_ROW])
    return BY_ROW / timed(lambda: [_save(point) for point in points])


def _save(point: PricePoint) -> None:
    with transaction.atomic(using="analytics"):
        analytics.PricePoint.objects.create(
            id=point.pk,
            at=int(point.at.timestamp()),
            listing_id=point.listing_id,
            kind=point.kind,
            minor=point.minor,
            currency=point.currency,
        )
        day, is_new = analytics.ListingDay.objects.get_or_create(
            listing_id=point.listing_id,
            kind=point.kind,
            day=point.at.toordinal(),
            defaults={
                "currency": point.currency,
                "open": point.minor,
                "close": point.minor,
                "low": point.minor,
                "high": point.minor,
            },
        )
        if not is_new:
            day.close = point.minor
            day.low, day.high = min(day.low, point.minor), max(day.high, point.minor)
            day.save()


def say(name: str, value: float, unit: str, baseline: float | None, beside: str) -> None:
    ratio = round(baseline / value, 2) if baseline else None
    line = {
        "name": f"{name} {DATABASE}",
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2) if baseline else None,
        "baseline_name": beside,
        "ratio": ratio,
    }
    print(json.dumps(line), flush=True)  # noqa: T201 - what a benchmark is for


def main() -> None:
    migrate_databases()
    fill()
    full = timed(lambda: run_etl(clock.now()))
    # The same rows by the other way, in the tables that are filled: first out of the way.
    nothing = timed(lambda: run_etl(clock.now()))
    kept = analytics.PricePoint.objects.count(), analytics.ListingDay.objects.count()
    assert kept[0] == POINTS, kept
    for model in (analytics.PricePoint, analytics.ListingDay):
        model.objects.all().delete()
    speed = row_by_row()
    say("etl.full", full, "s", POINTS / speed, f"row by row, reckoned from {BY_ROW:,} points")
    say("etl.nothing_new", nothing, "s", None, "none")


main()
