"""Random moves of the market through every fault: afterwards the database is what the mock says."""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.db.models import F
from pytest_django import Settings

from ebay_alerts.kit import clock
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.market import keyword_query
from ebay_alerts.market import tasks as market_tasks
from ebay_alerts.market.models import DeadEvent, EventStream, Fetch, Listing, Membership, Search
from ebay_alerts.market.observing import MISSED_FOR
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import Listener
from ebay_alerts.market.services.searches import ensure_search
from ebay_alerts.market.stream.source import HttpEventLog
from ebay_alerts.market.terms import SearchTerms
from ebay_alerts.processes.engine import Engine
from ebay_alerts.processes.listening import ListenerThread, Patience
from ebay_alerts.processes.tasks import TASKS
from tests.end_to_end.agreement import (
    Difference,
    assert_logs_add_up,
    disagreements,
    standing,
)
from tests.end_to_end.faulty_log import FaultyLog
from tests.end_to_end.random_market import CATEGORIES, RandomMarket, home_of
from tests.market.scenery import demand
from tests.processes.programs import Place, Program, until
from tests.servers import RunningMock

# Keywords, marketplace, category, country of delivery.
SEARCHES = [
    ("wine", "EBAY_US", "", "US"),
    ("port -beer", "EBAY_US", "", "US"),
    ("(oak, red) old", "EBAY_US", "", "US"),
    ('"red wine"', "EBAY_US", "", "US"),
    ('rare -"old oak"', "EBAY_US", "", "US"),
    ("lot (crate, box) -(dry, glass)", "EBAY_US", "", "US"),
    ("(wine, port, beer) -red", "EBAY_US", "", "US"),
    ('"rare lot" (wine, beer)', "EBAY_US", "", "US"),
    ("dry", "EBAY_US", CATEGORIES[0], "US"),
    ("glass -box", "EBAY_US", CATEGORIES[1], "US"),
    ("(old, rare) crate", "EBAY_US", CATEGORIES[2], "US"),
    ("wine", "EBAY_US", CATEGORIES[0], "US"),
    ("wine", "EBAY_US", "", "CA"),
    ("port", "EBAY_US", "", "DE"),
    ("beer (old, red)", "EBAY_US", CATEGORIES[1], "GB"),
    ("wine", "EBAY_GB", "", "GB"),
    ("oak -dry", "EBAY_GB", "", "GB"),
    ("(red, rare) glass", "EBAY_DE", "", "DE"),
    ("box", "EBAY_DE", CATEGORIES[2], "DE"),
    ("crate", "EBAY_AU", "", "AU"),
]
# Wanted only while the market already moves.
LATER = [("oak wine", "EBAY_US", "", "US"), ("glass (red, dry)", "EBAY_GB", "", "GB")]
BATCH = 25
SETTLES_WITHIN_S = 120
# So long after an event a poll of the same moment counts as younger.
SKEW_S = 2.2


def want(terms: tuple[str, str, str, str]) -> Search:
    keywords, marketplace, category, country = terms
    query = keyword_query.parse(keywords)
    search = ensure_search(SearchTerms(marketplace, query, category, country), clock.now())
    demand(search, 86_400, clock.now())
    return search


@dataclass
class Soak:
    """Both ends, the faulty way between them, and what was done since they last agreed."""

    place: Place
    seed: int
    chance: random.Random = field(init=False)
    market: RandomMarket = field(init=False)
    log: FaultyLog = field(init=False)
    mock: RunningMock = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    moved: int = 0

    def __post_init__(self) -> None:
        # Each draws by itself: the moves are the same however the threads run.
        self.chance = random.Random(self.seed)
        self.market = RandomMarket(random.Random(f"market {self.seed}"))
        self.log = FaultyLog(random.Random(f"log {self.seed}"))
        self._catalogue = self.place.folder / "catalogue.json"
        self._catalogue.write_text("[]")
        self._states = 0
        self._program: Program | None = None
        self._listener: ListenerThread | None = None
        self._url = self.place.mock_url
        self.mock = RunningMock(self._url, httpx.Client(base_url=self._url, timeout=30))

    def begin(self) -> None:
        self.start_mock()
        self.play(400)
        self.engine = Engine(TASKS)
        self.engine.start()
        for terms in SEARCHES:
            want(terms)
        enqueue("market.refresh")
        self.start_listener()
        # What happens before it has a place in the log is found by sweeps, not told by events.
        until(EventStream.objects.exclude(stream_id="").exists, SETTLES_WITHIN_S, "its first place")

    def end(self) -> None:
        self.stop_listener()
        assert self.engine.stop(timeout=30)
        self.mock.http.close()

    def start_mock(self) -> None:
        state = self.place.folder / f"state-{self._states}.sqlite3"
        self._program = self.place.module(
            *("mock_ebay", "--port", str(self.place.ports["MOCK_EBAY_PORT"])),
            *("--catalogue", str(self._catalogue), "--state", str(state)),
        ).wait_until_said("ready")

    def stop_mock(self) -> None:
        assert self._program is not None
        if self.chance.random() < 0.5:
            self._program.kill()
        else:
            self._program.stop()

    def start_listener(self) -> None:
        """As after a restart: it knows what the database says, and nothing more."""
        events = HttpEventLog(self._url, transport=self.log)
        self._listener = ListenerThread(
            self._url,
            Listener(self._url, events, SearchRegistry()),
            Patience(timedelta(milliseconds=10), timedelta(milliseconds=200)),
            read_every=timedelta(milliseconds=100),
        )
        self._listener.start()

    def stop_listener(self) -> None:
        assert self._listener is not None
        self._listener.stop()
        self._listener.join(60)
        assert not self._listener.is_alive()
        self.log.note_a_restart()

    def play(self, moves: int) -> None:
        self.mock.control(products=self.market.changes(moves))
        self.moved += moves

    def round(self, moves: int) -> None:
        """So many moves with faults in between, then quiet."""
        self.log.is_faulty = True
        end = self.moved + moves
        while self.moved < end:
            self.play(min(BATCH, end - self.moved))
            if self.chance.random() < 0.12:
                self._disturb()
            elif self.chance.random() < 0.5:
                self._let_catch_up()
        self.log.is_faulty = False
        self.play(1)  # brings what was held back

    def _let_catch_up(self) -> None:
        """Mostly the listener is near the head; it must not be at it."""
        head = self._head()
        reached = EventStream.objects.filter(sequence__gte=head - BATCH)
        until(reached.exists, SETTLES_WITHIN_S, "the listener's catching up")

    def _disturb(self) -> None:
        disturbances = (
            self._poll,
            self._drop_sockets,
            self._restart_listener,
            self._forget_the_last_steps,
            self._restart_mock,
            self._stay_away,
        )
        weights = (3, 2, 2, 2, 0.7, 1)
        chosen = self.chance.choices(disturbances, weights)[0]
        self.counts[chosen.__name__.strip("_")] += 1
        chosen()

    def _poll(self) -> None:
        Fetch.objects.filter(due_at__isnull=False).update(due_at=clock.now())
        enqueue("market.refresh")

    def _drop_sockets(self) -> None:
        self.mock.control(drop_sockets=True)

    def _restart_listener(self) -> None:
        self.stop_listener()
        self.start_listener()

    def _forget_the_last_steps(self) -> None:
        """As when it dies between recording and noting how far it is."""
        self.stop_listener()
        stream = EventStream.objects.get()
        back = max(0, stream.sequence - self.chance.randrange(60))
        EventStream.objects.update(sequence=back)
        self.start_listener()

    def _stay_away(self) -> None:
        self.stop_listener()
        for _ in range(4):
            self.play(BATCH)
            if self.chance.random() < 0.3:
                self._poll()
        self.start_listener()

    def _restart_mock(self) -> None:
        self.stop_mock()
        self.start_mock()

    def lose_the_mocks_state(self) -> None:
        """The same market in another stream, which knows nothing of the old numbers."""
        self.counts["lose_the_mocks_state"] += 1
        products = self.mock.http.get("/products", params={"_limit": 100_000}).json()
        self._catalogue.write_text(json.dumps(products))
        self._states += 1
        self.stop_mock()
        self.start_mock()
        ended = [
            ["END", product["id"]]
            for product in products
            if product["ended_at"] and not product["ends_at"]
        ]
        self.mock.control(products=ended)

    def _head(self) -> int:
        return int(self.mock.http.get("/events", params={"limit": 0}).json()["head"])

    def settle(self) -> None:
        """Wait until the log was read to its end and no short auction stands."""
        until(self._no_auction_is_about_to_end, SETTLES_WITHIN_S, "the end of short auctions")
        until(self._has_read_everything, SETTLES_WITHIN_S, "the reading of the log")

    def _no_auction_is_about_to_end(self) -> bool:
        soon = (clock.now() + timedelta(days=1)).isoformat()
        return not any(p["ends_at"] and p["ends_at"] < soon for p in standing(self.mock))

    def _has_read_everything(self) -> bool:
        told = self.mock.http.get("/events", params={"limit": 0}).json()
        reached = EventStream.objects.filter(
            stream_id=told["stream_id"], sequence=told["head"], failure_reason=""
        )
        return reached.exists() and not self.log.holds_back

    def sweep(self) -> None:
        """Have everything asked anew and checked, late enough to be younger than all events.

        Then again as if an hour had passed, and once more, since the first check may find a change:
        so what is not found any more has left.
        """
        asked_at = clock.now() + timedelta(seconds=SKEW_S)
        until(lambda: clock.now() > asked_at)
        for _ in range(3):
            self._sweep_once(clock.now())
            missed = Membership.objects.exclude(missed_at=None)
            missed.update(missed_at=F("missed_at") - MISSED_FOR)

    def _sweep_once(self, asked_at: datetime) -> None:
        Listing.objects.update(confirmed_at=None)
        until(lambda: self._is_swept(asked_at), SETTLES_WITHIN_S, "the sweep")
        until(self._has_checked_everything, SETTLES_WITHIN_S, "the checks")

    def _is_swept(self, asked_at: datetime) -> bool:
        """A refresh under way settles with times of its own: it is asked for again."""
        missing = Fetch.objects.filter(due_at__isnull=False).exclude(
            swept_at__gt=asked_at - timedelta(seconds=2)
        )
        missing.filter(lease_until=None).update(due_at=clock.now(), swept_at=None)
        enqueue("market.refresh")
        return not missing.exists()

    def _has_checked_everything(self) -> bool:
        """Checks that came too early for their event are made again, instead of minutes later."""
        due = Listing.objects.filter(check_due_at__lt=clock.now() + timedelta(days=1))
        due.filter(check_due_at__gt=clock.now() + timedelta(seconds=1)).update(
            check_due_at=clock.now()
        )
        enqueue("market.checks")
        return not due.exists()

    def report(self) -> None:
        """What was done, for whoever reads the output of the run."""
        log = self.log
        for counted in (self.market.made, self.counts, log.counts, log.broken):
            sys.stdout.write(f"{counted.total()}: {dict(counted)}\n")

    def story(self, found: Sequence[Difference]) -> str:
        """What differs, with what happened to those listings since the last agreement."""
        ids = dict.fromkeys(one.legacy_id for one in found)
        lines = [
            f"{one.search} ({one.search.deliver_to}), {one.legacy_id}: {one.words}"
            for one in found[:20]
        ]
        return "\n".join([*lines, *(f"{id_}: {self.market.recent[id_]}" for id_ in ids)])


def assert_dead_events_are_the_broken_ones(log: FaultyLog) -> None:
    numbers = DeadEvent.objects.filter(sequence__isnull=False).values_list("stream_id", "sequence")
    assert set(numbers) == log.numbered, set(numbers) ^ log.numbered
    assert DeadEvent.objects.filter(sequence__isnull=True).count() == log.unnumbered
    assert not DeadEvent.objects.filter(reason="").exists()


def forget_client() -> None:
    market_tasks.ebay_client().close()
    market_tasks.ebay_client.cache_clear()


@pytest.fixture
def soak(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Soak]:
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(10**6))
    sys.stdout.write(f"SOAK_SEED={seed} draws these moves\n")
    with ExitStack() as stack:
        place = Place(tmp_path)
        stack.callback(place.close)
        settings.EBAY_BASE_URL = place.mock_url
        settings.SWEEP_SECONDS = 0
        market_tasks.ebay_client.cache_clear()
        stack.callback(forget_client)
        soak = Soak(place, seed)
        soak.begin()
        stack.callback(soak.end)
        yield soak


def agree(soak: Soak) -> None:
    """Quiet, then events alone, then with the polls: the database and the mock say the same."""
    soak.settle()
    searches = list(Search.objects.order_by("pk"))
    if not soak.log.is_torn:
        found = [one for one in disagreements(soak.mock, searches) if is_told_by_events(one)]
        # A creation that comes behind what came later is set right by polls alone.
        found = [one for one in found if one.legacy_id not in soak.log.overtaken]
        assert not found, soak.story(found)
    soak.sweep()
    found = disagreements(soak.mock, searches)
    assert not found, soak.story(found)
    soak.market.recent.clear()
    soak.log.overtaken.clear()
    assert_logs_add_up()


def is_told_by_events(one: Difference) -> bool:
    """An event is told to its own marketplace, and says nothing of other countries."""
    search = one.search
    return search.deliver_to == search.marketplace[5:] and home_of(one.legacy_id) == (
        search.marketplace
    )


@pytest.mark.parametrize(
    ("moves", "rounds"),
    [
        pytest.param(2_000, 3, marks=pytest.mark.timeout(600)),
        pytest.param(800, 1, marks=[pytest.mark.backend, pytest.mark.timeout(300)]),
        pytest.param(
            100_000,
            40,
            marks=[pytest.mark.backend, pytest.mark.soak, pytest.mark.timeout(3600)],
        ),
    ],
)
def test_after_any_stream_of_events_the_market_is_what_the_mock_says(
    soak: Soak, moves: int, rounds: int
) -> None:
    for number in range(rounds):
        if number < len(LATER):
            want(LATER[number])
        soak.log.is_torn = number % 2 == 1
        if soak.log.is_torn and number % 8 == 1:
            soak.lose_the_mocks_state()
        soak.round((moves - soak.moved) // (rounds - number))
        agree(soak)
    assert_dead_events_are_the_broken_ones(soak.log)
    soak.report()
