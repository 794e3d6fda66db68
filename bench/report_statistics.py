"""How long the price statistics of 100,000 listings take: 1,000,000 price points over 60 days.

The points are written into SQLite as daily figures, some 930,000 of them. A twentieth of the
listings changes currency, a fifth is auctions. Seconds are the processor's, of all cores together,
so that a busy machine counts for less: the best of several rounds in turn, from asking for the rows
until the last result is seen. Reading from SQLite into Python or Polars counts, but where the name
says otherwise. All three must give the same statistics of every listing.
"""

import gc
import json
import sqlite3
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from random import Random
from time import process_time

import polars as pl
from _statistics_elsewhere import WINDOW_QUERY, polars_statistics

from ebay_alerts.analytics.price_statistics import DayFigures, DayRow, all_statistics

LISTINGS = 10_000 if "--quick" in sys.argv else 100_000
POINTS_EACH = 10
DAYS = 60
TODAY = 739_000
ROUNDS = 5

# The product's table of daily figures, and its settings of a connection.
SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;
PRAGMA cache_size=-16000;
CREATE TABLE listing_day (
    listing_id bigint NOT NULL, kind varchar(5) NOT NULL, day integer NOT NULL,
    currency varchar(3) NOT NULL, open bigint NOT NULL, close bigint NOT NULL,
    low bigint NOT NULL, high bigint NOT NULL, PRIMARY KEY (listing_id, kind, day)
) WITHOUT ROWID;
CREATE INDEX listing_day_day ON listing_day (day);
"""
INSERT = """
INSERT INTO listing_day (listing_id, kind, currency, day, open, close, low, high)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
ROWS = """
SELECT listing_id, kind, currency, day, open, close, low, high FROM listing_day
ORDER BY listing_id, kind, day
"""

Way = Callable[[], object]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = filled_database(Path(folder, "analytics.sqlite3"))
        rows = database.execute(ROWS).fetchall()
        frame = pl.DataFrame(rows, DayFigures._fields, orient="row")
        check_agreement(database, rows, frame)
        seconds = best_of_rounds(ways(database, rows, frame))
        database.close()
    name = f"report.statistics {len(rows):,} daily figures of {LISTINGS:,} listings"
    report(name, seconds["ours"], seconds["sqlite"], "SQLite's window functions")
    report(name, seconds["ours"], seconds["polars"], "Polars")
    name = f"{name}, rows in memory"
    report(name, seconds["ours in memory"], seconds["polars in memory"], "Polars, frame in memory")
    report("reading the rows alone", seconds["reading"], seconds["ours"], "with the statistics")


def ways(database: sqlite3.Connection, rows: list[DayRow], frame: pl.DataFrame) -> dict[str, Way]:
    return {
        "ours": lambda: drain(all_statistics(database.execute(ROWS), TODAY)),
        "sqlite": lambda: drain(database.execute(WINDOW_QUERY, {"day": TODAY})),
        "polars": lambda: polars_statistics(pl.read_database(ROWS, database), TODAY),
        "ours in memory": lambda: drain(all_statistics(rows, TODAY)),
        "polars in memory": lambda: polars_statistics(frame, TODAY),
        "reading": lambda: drain(database.execute(ROWS)),
    }


def drain(results: Iterable[object]) -> None:
    deque(results, maxlen=0)


def filled_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    database.executemany(INSERT, day_rows())
    database.execute("COMMIT")
    database.execute("ANALYZE")
    return database


def day_rows() -> Iterator[DayRow]:
    random = Random(4)  # noqa: S311 - made-up prices are no secret
    for listing_id in range(1, LISTINGS + 1):
        kind = "bid" if listing_id % 5 == 0 else "price"
        new_currency_on = TODAY - random.randrange(DAYS) if listing_id % 20 == 1 else 0
        for day, points in groupby(price_points(random), lambda point: point[0]):
            prices = [price for _, price in points]
            currency = "USD" if day >= new_currency_on else "EUR"
            spread = (prices[0], prices[-1], min(prices), max(prices))
            yield (listing_id, kind, currency, day, *spread)


def price_points(random: Random) -> Iterator[tuple[int, int]]:
    """The days and prices of one listing, in the order of time."""
    price = random.randrange(500, 50_000)
    for day in sorted(random.choices(range(TODAY - DAYS + 1, TODAY + 1), k=POINTS_EACH)):
        yield day, price
        price = max(price * random.randrange(80, 121) // 100, 1)


def check_agreement(database: sqlite3.Connection, rows: list[DayRow], frame: pl.DataFrame) -> None:
    """Raises ValueError unless all three find the same."""
    ours = [tuple(one) for one in all_statistics(rows, TODAY)]
    in_sqlite = database.execute(WINDOW_QUERY, {"day": TODAY}).fetchall()
    in_polars = polars_statistics(frame, TODAY).rows()
    if not ours == in_sqlite == in_polars:
        raise ValueError(first_difference(ours, in_sqlite, in_polars))


def first_difference(*results: list[tuple[object, ...]]) -> str:
    differing = (found for found in zip_longest(*results) if len(set(found)) > 1)
    return f"ours, SQLite's and Polars' differ: {next(differing)}"


def best_of_rounds(ways: dict[str, Way]) -> dict[str, float]:
    gc.freeze()  # what stays in memory is not looked through at every collection
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = process_time()
            way()
            times[name].append(process_time() - started)
    return {name: min(found) for name, found in times.items()}


def report(name: str, value: float, baseline: float, baseline_name: str) -> None:
    result = {
        "name": name,
        "value": round(value, 3),
        "unit": "s",
        "baseline": round(baseline, 3),
        "baseline_name": baseline_name,
        "ratio": round(baseline / value, 2),
    }
    print(json.dumps(result), flush=True)  # noqa: T201 - the result is what this prints


if __name__ == "__main__":
    main()
