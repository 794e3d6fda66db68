"""Random events, repeated, late and interrupted: afterwards the market is what the mock says."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ebay_alerts.kit import clock
from ebay_alerts.kit.clock import SystemClock
from ebay_alerts.market.keyword_query import parse
from ebay_alerts.market.models import EventStream, Fetch, Listing, Membership, SearchChange
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import Listener, listen_to
from tests.end_to_end.conftest import Person, System
from tests.servers import RunningMock

WORDS = ("wine", "port", "beer", "oak", "red", "old")


class Market:
    """Does something at random to the mock's products."""

    def __init__(self, mock: RunningMock, seed: int) -> None:
        self._mock = mock
        self._random = random.Random(seed)
        self._ids = [product["id"] for product in mock.products("")]

    def move(self) -> None:
        kind = self._random.choice(("create", "reprice", "reprice", "retitle", "delete"))
        if kind == "create" or len(self._ids) < 5:
            self._ids.append(self._mock.create(self._title(), self._random.randrange(1, 90)))
            return
        chosen = self._random.choice(self._ids)
        if kind == "reprice":
            self._mock.change(chosen, price=self._random.randrange(1, 90))
        elif kind == "retitle":
            self._mock.change(chosen, product_name=self._title())
        else:
            self._ids.remove(chosen)
            self._mock.delete(chosen)

    def _title(self) -> str:
        return " ".join(self._random.sample(WORDS, 3)).title()


@contextmanager
def listening(system: System) -> Iterator[Listener]:
    """A listener as after a restart: its percolators are loaded anew."""
    listener = listen_to(system.mock.url, SearchRegistry())
    yield listener
    listener.close()


@pytest.mark.backend
@pytest.mark.parametrize(
    "moves",
    [pytest.param(400), pytest.param(20_000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_after_any_stream_of_events_the_market_is_what_the_mock_says(
    system: System, owner: Person, moves: int, record_property: Callable[[str, object], None]
) -> None:
    seed = random.randrange(10**6)
    record_property("listener seed", seed)
    chance = random.Random(seed)
    for keywords in ("wine", "port -beer", "(oak, red) old", '"red wine"'):
        owner.keep(keywords, 0)
    system.run()
    Fetch.objects.update(due_at=None)
    clock.use(SystemClock())  # events and polls are compared by time, and the mock's time is real
    market = Market(system.mock, seed)
    done = 0
    while done < moves:
        with listening(system) as listener:
            for _ in range(chance.randrange(1, 40)):
                for _ in range(chance.randrange(1, 6)):
                    market.move()
                    done += 1
                if chance.random() < 0.2:  # told again, from somewhere back
                    rewind(chance.randrange(0, 30))
                if chance.random() < 0.1:  # a poll in between
                    Fetch.objects.update(due_at=clock.now())
                    system.engine.step()
                    Fetch.objects.update(due_at=None)
                listener.catch_up()
    with listening(system) as listener:
        listener.catch_up()
    assert_equal_to(system.mock)
    assert_log_adds_up()


def rewind(steps: int) -> None:
    stream = EventStream.objects.first()
    if stream:
        EventStream.objects.update(sequence=max(0, stream.sequence - steps))


def assert_equal_to(mock: RunningMock) -> None:
    products = {
        product["id"]: product for product in mock.products("") if not product.get("ended_at")
    }
    standing = Listing.objects.filter(ended_at__isnull=True, memberships__isnull=False).distinct()
    for listing in standing:
        product = products[listing.legacy_id]
        assert listing.title == product["product_name"]
        assert listing.price_minor == round(product["price"] * 100)
    for membership in Membership.objects.select_related("search", "listing"):
        assert membership.listing.ended_at is None
    found = {
        (row.search.query, row.listing.legacy_id)
        for row in Membership.objects.select_related("search", "listing")
    }
    wanted = {
        (query, pk)
        for query, words in RULES.items()
        for pk, product in products.items()
        if words(product["product_name"].lower())
    }
    assert found == wanted


# What the queries of the test want, said without the keyword language.
RULES: dict[str, Callable[[str], bool]] = {
    str(parse("wine")): lambda title: "wine" in title.split(),
    str(parse("port -beer")): lambda title: "port" in title and "beer" not in title,
    str(parse("(oak, red) old")): lambda title: (
        "old" in title.split() and not {"oak", "red"}.isdisjoint(title.split())
    ),
    str(parse('"red wine"')): lambda title: "red wine" in title,
}


def assert_log_adds_up() -> None:
    present: set[tuple[int, int]] = set()
    last: dict[int, int] = {}
    for change in SearchChange.objects.order_by("search", "revision"):
        assert change.revision == last.get(change.search_id, 0) + 1
        last[change.search_id] = change.revision
        pair = (change.search_id, change.listing_id)
        if change.kind in ("appeared", "discovered", "returned"):
            assert pair not in present
            present.add(pair)
        elif change.kind in ("ended", "left"):
            present.remove(pair)
    assert present == set(Membership.objects.values_list("search", "listing"))
