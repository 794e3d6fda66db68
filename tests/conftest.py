"""The parts that tests of several packages share: a clock that tests move, and real servers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from ebay_alerts.analytics.services.reports import chart_room
from ebay_alerts.kit import clock
from ebay_alerts.market.tasks import search_registry
from tests.servers import RunningInbox, RunningMock, running_inbox, running_mock

PRODUCTS = Path(__file__).parent / "mock_ebay" / "products.json"


# Tests of these folders run every task, and so both databases.
WHOLE = ("end_to_end", "faults", "processes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        wants_database = item.get_closest_marker("django_db") or (
            "transactional_db" in getattr(item, "fixturenames", ())
        )
        if wants_database and item.path.relative_to(Path(__file__).parent).parts[0] in WHOLE:
            both = pytest.mark.django_db(transaction=True, databases="__all__")
            item.add_marker(both, append=False)


class SteppedClock:
    """Stands still until a test moves it. Begins at the real time, which the mock lives by."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def step(self, **delta: float) -> datetime:
        self._now += timedelta(**delta)
        return self._now


@pytest.fixture
def stepped_clock() -> Iterator[SteppedClock]:
    stepped = SteppedClock()
    previous = clock.use(stepped)
    yield stepped
    clock.use(previous)


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    """The process's percolators and charts are those of one test alone."""
    search_registry.cache_clear()
    chart_room.cache_clear()
    yield
    search_registry.cache_clear()


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """What one test asked for counts in no other."""
    cache.clear()


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[RunningMock]:
    """A mock eBay with the small product file, on a free port."""
    with running_mock(catalogue=PRODUCTS) as running:
        yield running


@pytest.fixture
def inbox() -> Iterator[RunningInbox]:
    with running_inbox() as running:
        yield running
