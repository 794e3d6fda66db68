"""Which refreshes a fetch gets when it is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebay_alerts.market.planning import FetchState, Pace, Refresh, failure_delay, refreshes_due

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NEWS, CHEAPEST, SWEEP = Refresh.NEWS, Refresh.CHEAPEST, Refresh.SWEEP
PACE = Pace(
    sweep_depth=1000, sweep_every=timedelta(minutes=15), cheapest_every=timedelta(minutes=30)
)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def state(total: int | None = 50, **changes: Any) -> FetchState:
    facts = {
        "is_filled": True,
        "is_import": False,
        "total": total,
        "refresh_every": timedelta(minutes=5),
        "swept_at": ago(1),
        "cheapest_at": ago(1),
    }
    return FetchState(**(facts | changes))


HOURLY = timedelta(hours=1)


@pytest.mark.parametrize(
    ("fetch", "due"),
    [
        # A filling shows everything, or the newest and the cheapest.
        (state(is_filled=False), [SWEEP, CHEAPEST]),
        (state(None, is_filled=False, swept_at=None, cheapest_at=None), [SWEEP, CHEAPEST]),
        (state(84_000, is_filled=False), [SWEEP, CHEAPEST]),
        # What fits is swept now and then, and asked for news in between.
        (state(), [NEWS]),
        (state(swept_at=ago(14.9)), [NEWS]),
        (state(swept_at=ago(15)), [SWEEP]),
        (state(swept_at=None), [SWEEP]),
        (state(1000, swept_at=None), [SWEEP]),
        (state(0, swept_at=None), [SWEEP]),
        (state(cheapest_at=None), [NEWS]),
        (state(swept_at=ago(59), refresh_every=HOURLY), [NEWS]),
        (state(swept_at=ago(60), refresh_every=HOURLY), [SWEEP]),
        # What does not fit is never swept, but asked by price now and then.
        (state(1001, swept_at=None), [NEWS]),
        (state(1001, cheapest_at=ago(29.9)), [NEWS]),
        (state(1001, cheapest_at=ago(30)), [NEWS, CHEAPEST]),
        (state(1001, cheapest_at=None), [NEWS, CHEAPEST]),
        (state(1001, cheapest_at=ago(59), refresh_every=HOURLY), [NEWS]),
        (state(None, cheapest_at=None, swept_at=None), [NEWS, CHEAPEST]),
    ],
)
def test_a_due_fetch_gets_what_its_size_and_age_ask_for(
    fetch: FetchState, due: list[Refresh]
) -> None:
    assert refreshes_due(fetch, NOW, PACE) == due


FRUGAL = Pace(sweep_depth=1000, sweep_every=None, cheapest_every=None)


@pytest.mark.parametrize(
    ("fetch", "due"),
    [
        (state(swept_at=None), [NEWS]),
        (state(1001, cheapest_at=None), [NEWS]),
        (state(is_filled=False), [SWEEP, CHEAPEST]),
        (state(is_filled=False, is_import=True), [SWEEP]),
    ],
)
def test_where_calls_are_short_news_come_alone_and_imports_are_filled_with_one_look(
    fetch: FetchState, due: list[Refresh]
) -> None:
    assert refreshes_due(fetch, NOW, FRUGAL) == due


@pytest.mark.parametrize(
    ("kind", "failures", "seconds"),
    [
        ("unavailable", 1, 10),
        ("unavailable", 2, 20),
        ("unavailable", 3, 40),
        ("malformed", 1, 10),
        ("unavailable", 99, 3600),
        ("rejected", 1, 900),
        ("rejected", 3, 3600),
        ("rejected", 99, 3600),
    ],
)
def test_a_failed_fetch_waits_longer_with_every_failure(
    kind: str, failures: int, seconds: float
) -> None:
    assert failure_delay(kind, failures).total_seconds() == pytest.approx(seconds, rel=0.11)
