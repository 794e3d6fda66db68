"""The daily figures of searches: how many are made at once, and what is read for them."""

from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from ebay_alerts.analytics.models import ListingDay, Membership, StaleSearch
from ebay_alerts.analytics.services import search_days
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.analytics.services.search_days import make_stale_days
from ebay_alerts.market import models as market
from ebay_alerts.market.observing import Observation
from tests.analytics.story import START, day_of, everything_kept
from tests.conftest import SteppedClock
from tests.market.scenery import offer, record, search_for

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]


def test_searches_are_made_anew_together_as_far_as_memory_goes(
    monkeypatch: pytest.MonkeyPatch, stepped_clock: SteppedClock
) -> None:
    monkeypatch.setattr(search_days, "STAYS", 3)
    sizes = {"wine": 1, "port": 2, "beer": 1, "gin": 5}
    for word, size in sizes.items():
        lots = [f"{word}{number}" for number in range(size)]
        what = offer(word, price=1000)
        seen = [Observation("EBAY_US", lot, f"v1|{lot}|0", START, what) for lot in lots]
        record(seen, search_for(word))
    run_etl(START + timedelta(days=1))
    noted = [(search.pk, day_of(START)) for search in market.Search.objects.all()]
    StaleSearch.objects.bulk_create(StaleSearch(*one) for one in noted)
    once = everything_kept()["SearchDay"]
    assert [row[2] for row in once] == list(sizes.values())
    assert list(make_stale_days()) == [2, 1, 1]
    assert everything_kept()["SearchDay"] == once


@pytest.mark.skipif("sqlite" in connection.settings_dict["ENGINE"], reason="PostgreSQL counts")
def test_the_figures_of_searches_read_the_history_of_their_listings_alone() -> None:
    day = day_of(START)
    for first in range(0, 20_000, 1000):  # of which searches find every tenth
        ListingDay.objects.bulk_create(
            ListingDay(pk=(pk, "price", day), currency="USD", open=1, close=1, low=1, high=1)
            for pk in range(first, first + 1000)
        )
    Membership.objects.bulk_create(
        Membership(search_id=pk // 100, listing_id=pk, since_day=day) for pk in range(0, 20_000, 10)
    )
    StaleSearch.objects.bulk_create(StaleSearch(pk, day) for pk in range(200))
    with transaction.atomic(using="analytics"):
        before = _scans_of_days()
        assert list(make_stale_days()) == [200]
        after = _scans_of_days()
    assert after[0] == before[0], "never the whole"
    assert after[1] == before[1] + 4000, "the last close before and all since, of each"


def _scans_of_days() -> tuple[int, int]:
    """How often days were read whole, and how often by an index."""
    with connections["analytics"].cursor() as cursor:
        cursor.execute(
            "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables"
            " WHERE relname = 'analytics_listingday'"
        )
        whole, looked_up = cursor.fetchone()
    return whole, looked_up
