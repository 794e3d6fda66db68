"""A day of many searches on a small quota: real claims and a real ledger, a clock of its own.

eBay is a stand-in at the client's seam. It counts the calls of every window, another program's
too, and refuses those beyond the quota.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import transaction

from ebay_alerts.kit import clock
from ebay_alerts.kit.money import Money
from ebay_alerts.market.ebay.client import EbayClient, SearchPage, SearchRequest
from ebay_alerts.market.errors import RateLimited
from ebay_alerts.market.models import Fetch, Search, Urgency
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.pacing import liveliness_of
from ebay_alerts.market.quota import Told
from ebay_alerts.market.services.claiming import claim_due_fetches
from ebay_alerts.market.services.ledger import keep_true
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.services.searches import ensure_search, set_demand
from ebay_alerts.market.services.stretching import plan_refreshes
from tests.market.scenery import terms_of

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]

# eBay's day begins at 07:00 UTC, midnight Pacific in summer.
MORNING = datetime(2026, 5, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
EVERY = 900
# Every twentieth search is busy.
BUSY, QUIET = 24.0, 0.02


@dataclass
class Ebay:
    """What `EbayClient` is to the market: searches and limits, counted per window."""

    quota: int
    calls: Counter[datetime] = field(default_factory=Counter)
    refused: int = 0
    asked: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def search(self, request: SearchRequest) -> SearchPage:
        now = clock.now()
        self.spend(1)
        self.asked[request.keywords].append(now)
        return SearchPage(now, _news_of(request.keywords, now), total=1, has_next=False)

    def rate_limits(self) -> Told:
        window = self._window()
        return Told(self.quota, self.quota - self.calls[window], window + DAY)

    def spend(self, calls: int) -> None:
        window = self._window()
        if self.calls[window] + calls > self.quota:
            self.refused += 1
            raise RateLimited("Too many requests.")
        self.calls[window] += calls

    def _window(self) -> datetime:
        return MORNING + DAY * ((clock.now() - MORNING) // DAY)


def _news_of(keywords: str, now: datetime) -> list[Observation]:
    """A busy search shows another price at every look."""
    if not keywords.startswith("busy"):
        return []
    price = Money(1000 + int(now.timestamp()) % 5000, "USD")
    return [Observation("EBAY_US", keywords, "", now, Offer(title=keywords, url="", price=price))]


class Clock:
    def __init__(self) -> None:
        self.at = MORNING

    def now(self) -> datetime:
        return self.at


@dataclass
class Simulation:
    ebay: Ebay
    clock: Clock
    step: timedelta
    planned_at: datetime = MORNING - DAY

    @property
    def client(self) -> EbayClient:
        return cast(EbayClient, self.ebay)

    def run(self, until: datetime) -> None:
        while self.clock.at < until:
            self.clock.at += self.step
            if self.clock.at - self.planned_at >= timedelta(minutes=10):
                self.plan()
            refresh_due(self.client)

    def plan(self) -> None:
        self.planned_at = self.clock.at
        plan_refreshes(keep_true(self.client, self.clock.at), self.clock.at)

    def restart(self) -> None:
        """A worker dies with what it has claimed and reserved, and nobody gives that back."""
        claim_due_fetches(uuid4(), self.clock.at)


@pytest.fixture
def simulated_clock() -> Any:
    simulated = Clock()
    before = clock.use(simulated)
    yield simulated
    clock.use(before)


def keep_searches(count: int, oldest: timedelta) -> None:
    """So many filled searches that were asked some time ago, evenly up to `oldest`."""
    names = [f"{'busy' if n % 20 == 0 else 'quiet'}{n}" for n in range(count)]
    fetches = []
    for n, name in enumerate(names):
        asked_at = MORNING - oldest * (n * 7919 % count / count)
        rate = BUSY if name.startswith("busy") else QUIET
        fetches.append(
            Fetch(
                marketplace="EBAY_US",
                keywords=name,
                deliver_to="US",
                refresh_seconds=EVERY,
                asked_at=asked_at,
                total=1,
                due_at=asked_at + timedelta(seconds=EVERY),
                changes_per_day=rate,
                liveliness=liveliness_of(rate),
            )
        )
    made = Fetch.objects.bulk_create(fetches, batch_size=500)
    long_ago = MORNING - DAY * 30
    searches = [
        Search(
            fetch=fetch,
            marketplace="EBAY_US",
            query=fetch.keywords,
            deliver_to="US",
            refresh_seconds=EVERY,
            filled_at=long_ago,
            created_at=long_ago,
        )
        for fetch in made
    ]
    Search.objects.bulk_create(searches, batch_size=500)


def new_searches(name: str, count: int, urgency: Urgency, now: datetime) -> list[str]:
    names = [f"{name}{n}" for n in range(count)]
    with transaction.atomic():
        found = [ensure_search(terms_of(one), now) for one in names]
        set_demand({search.pk: EVERY for search in found}, now, urgency)
    return names


def simulate_a_day(clock: Clock, searches: int, quota: int) -> None:
    ebay = Ebay(quota)
    fair = DAY * (searches / quota)
    keep_searches(searches, fair * 1.5)
    day = Simulation(ebay, clock, DAY / (quota / 5))
    noon, afternoon = MORNING + DAY / 4, MORNING + DAY / 3

    day.run(noon)
    day.restart()
    persons = new_searches("person", 10, Urgency.PERSON, clock.at)
    imported = new_searches("import", quota, Urgency.IMPORT, clock.at)
    began = clock.at
    day.run(afternoon)
    ebay.spend(quota // 10)
    day.restart()
    day.run(MORNING + DAY * 0.9)
    day.restart()
    day.run(MORNING + DAY * 1.1)

    assert ebay.refused == 0
    assert max(ebay.calls.values()) <= quota
    assert ebay.calls[MORNING] >= quota * 0.95, "and the quota is used"
    waits = [ebay.asked[name][0] - began for name in persons]
    assert max(waits) <= day.step * 3
    filled = [name for name in imported if name in ebay.asked]
    assert 0 < len(filled) < len(imported)
    again = sum(len(times) for name, times in ebay.asked.items() if name[:4] in ("busy", "quie"))
    assert again > len(filled) * 0.8, "what was there is not starved by what is new"
    oldest = Fetch.objects.filter(urgency=Urgency.ROUTINE).order_by("asked_at")[0].asked_at
    assert oldest is not None
    assert clock.at - oldest < 2 * fair * (1 + len(imported) / searches)
    counts = Counter(name[:4] for name, times in ebay.asked.items() for _ in times)
    each_busy, each_quiet = counts["busy"] / (searches / 20), counts["quie"] / (searches * 0.95)
    assert each_busy > 4 * each_quiet


def test_a_day_of_1000_searches_on_250_calls_exceeds_nothing_and_starves_nobody(
    simulated_clock: Clock,
) -> None:
    simulate_a_day(simulated_clock, 1_000, 250)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_day_of_20000_searches_on_5000_calls_exceeds_nothing_and_starves_nobody(
    simulated_clock: Clock,
) -> None:
    simulate_a_day(simulated_clock, 20_000, 5_000)
