"""The price reports of one morning on one database: `work` as a third word makes one worker."""

import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _inside import DATABASE

# Django is set up by the line above.
from django.db import connection, transaction  # isort: skip
from ebay_alerts.accounts.models import User  # isort: skip
from ebay_alerts.alerts.models import Alert  # isort: skip
from ebay_alerts.analytics import models as analytics  # isort: skip
from ebay_alerts.analytics.charts import render_png  # isort: skip
from ebay_alerts.analytics.services.report_charts import Kind, Subject, draw_charts  # isort: skip
from ebay_alerts.analytics.services.reports import send_due  # isort: skip
from ebay_alerts.mail.models import Message, Picture  # isort: skip
from ebay_alerts.market.models import Fetch, Listing, Search  # isort: skip
from ebay_alerts.market.services.bulk import insert_rows  # isort: skip
from ebay_alerts.processes.databases import migrate_databases  # isort: skip

USERS, ALERTS, SEARCHES = 10_000, 5, 2_000
LISTINGS_EACH, MOVED_EACH, DAYS = 30, 4, 40
DRAWN = 100
NOW = datetime.now(UTC).replace(hour=7, minute=1, second=0, microsecond=0)
TODAY = NOW.toordinal()
WORKERS = 2 if DATABASE == "postgresql" else 1


def fill() -> None:
    chance = random.Random(6)  # noqa: S311 - no secret
    began = NOW - timedelta(days=DAYS)
    fetch = Fetch.objects.create(marketplace="EBAY_US", keywords="wine", deliver_to="US")
    searches = Search.objects.bulk_create(
        Search(fetch=fetch, marketplace="EBAY_US", query=f"wine {number}", deliver_to="US",
               created_at=began)
        for number in range(SEARCHES)
    )  # fmt: skip
    users = User.objects.bulk_create(
        User(email=f"user{number}@example.com", confirmed_at=began, created_at=began,
             report_due_at=NOW - timedelta(minutes=1))
        for number in range(USERS)
    )  # fmt: skip
    Alert.objects.bulk_create(
        Alert(user=user, search=search, name=search.query, keywords=search.query, filters="",
              interval_minutes=60, currency="USD", state="active", phase=0, created_at=began,
              updated_at=began)
        for user in users
        for search in chance.sample(searches, ALERTS)
    )  # fmt: skip
    fill_history(chance, [search.pk for search in searches], began)


def fill_history(chance: random.Random, searches: list[int], began: datetime) -> None:
    listings, copies, stays, days, figures = [], [], [], [], []
    for place, search in enumerate(searches):
        for number in range(LISTINGS_EACH):
            pk, price = place * LISTINGS_EACH + number + 1, chance.randrange(2_000, 90_000)
            moved = [TODAY - 1] if number < MOVED_EACH else []
            for day in sorted(
                {TODAY - DAYS, *chance.sample(range(TODAY - DAYS, TODAY - 1), 5), *moved}
            ):
                price = max(price * chance.randrange(85, 112) // 100, 100)
                days.append((pk, "price", day, "USD", price, price, price, price))
            title, url = (
                f"Wine {place} of the year {number}, in its box",
                f"https://e.example/itm/{pk}",
            )
            listings.append(("EBAY_US", str(pk), f"v1|{pk}|0", title, url, "USD", price, "", False,
                             "", "", "", "", "", began, began))  # fmt: skip
            copies.append((pk, "EBAY_US", str(pk), title, url, "", ""))
            stays.append((search, pk, TODAY - DAYS, None))
        for day in range(TODAY - DAYS, TODAY):
            median = chance.randrange(30_000, 40_000)
            row = (search, day, LISTINGS_EACH, 0, 0, "USD", LISTINGS_EACH, median // 2, median)
            figures.append((*row, median * 2))
    write = (
        (Listing, ("marketplace", "legacy_id", "reference", "title", "url", "currency",
         "price_minor", "image_url", "is_from_price", "own_currency", "condition",
         "seller_percent", "country", "categories", "first_seen_at", "observed_at"), listings),
        (analytics.Listing, ("id", "marketplace", "legacy_id", "title", "url", "image_url",
         "condition"), copies),
        (analytics.Membership, ("search_id", "listing_id", "since_day", "until_day"), stays),
        (analytics.ListingDay, ("listing_id", "kind", "day", "currency", "open", "close", "low",
         "high"), days),
        (analytics.SearchDay, ("search_id", "day", "live", "appeared", "gone", "currency",
         "priced", "p10", "median", "p90"), figures),
    )  # fmt: skip
    for model, names, rows in write:
        using = "analytics" if model.__module__ == analytics.__name__ else "default"
        with transaction.atomic(using=using):
            insert_rows(model, names, rows)
    midnight = NOW.replace(hour=0, minute=20)
    analytics.EtlRun.objects.create(
        state="done", started_at=midnight, finished_at=midnight, lease_until=midnight,
        covered_day=TODAY - 1,
    )  # fmt: skip


def work() -> None:
    """One worker; says what it held when a fifth was done and in the end, in MB."""
    users, early = 0, 0.0
    while found := send_due(NOW):
        users += found
        if not early and users >= USERS / WORKERS / 5:
            early = megabytes()
    sys.stdout.write(json.dumps({"users": users, "early": early, "late": megabytes()}))


def megabytes() -> float:
    """What is resident; what a process has held at most it inherits from who began it."""
    [line] = [row for row in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in row]
    return round(int(line.split()[1]) / 1024)


def seconds_to_draw_each() -> float:
    """How long it takes to draw a chart for every alert, on as many cores as there are workers."""
    searches = list(Search.objects.order_by("pk").values_list("pk", flat=True)[:DRAWN])
    began = time.perf_counter()
    for drawing in draw_charts([Subject(Kind.SEARCH, pk) for pk in searches], TODAY - 1).values():
        render_png(drawing.chart)
    return (time.perf_counter() - began) / DRAWN * USERS * ALERTS / WORKERS


def main() -> None:
    migrate_databases()
    fill()
    if DATABASE == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    connection.close()
    command = [sys.executable, __file__, DATABASE, "work"]
    began = time.perf_counter()
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(WORKERS)]  # noqa: S603 - our own
    said = [json.loads(worker.communicate()[0]) for worker in workers]
    took = time.perf_counter() - began
    mails = Message.objects.filter(queue="reports").count()
    assert (mails, Picture.objects.count()) == (USERS, SEARCHES), "each once"
    baseline = seconds_to_draw_each()
    line = {
        "name": f"report.mails {DATABASE}",
        "value": round(took, 1),
        "unit": "s",
        "baseline": round(baseline, 1),
        "baseline_name": "the charts alone, one drawn for each alert",
        "ratio": round(baseline / took, 2),
        "workers": said,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if "work" in sys.argv:
        work()
    else:
        main()
