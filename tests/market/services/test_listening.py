"""The listener and a log that answers anything: what can be read is applied, the rest is kept."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import DeadEvent, EventStream, Fetch, Listing, Search
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import Listener
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.stream.source import HttpEventLog
from tests.conftest import SteppedClock
from tests.end_to_end.faulty_log import ANSWERS, malformed_shapes, odd_but_readable
from tests.market.scenery import members_of, search_for
from tests.market.services.conftest import LOTS, Watching
from tests.market.services.event_logs import URL, Json, event, log_of, page

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def wine(stepped_clock: SteppedClock) -> Search:
    return search_for("wine", now=stepped_clock.now())


def listener(answer: Callable[[httpx.Request], httpx.Response], sequence: int = 0) -> Listener:
    """One that has read the log up to a number already."""
    EventStream.objects.update_or_create(url=URL, defaults={"stream_id": "s", "sequence": sequence})
    log = HttpEventLog(URL, transport=httpx.MockTransport(answer))
    return Listener(URL, log, SearchRegistry())


def reached() -> int:
    return EventStream.objects.get(url=URL).sequence


SHAPES = sorted(malformed_shapes(dict.fromkeys(("sequence",), 2) | {"product": {}}))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_malformed_event_of_any_shape_is_kept_and_the_stream_goes_on(
    shape: str, wine: Search
) -> None:
    broken = malformed_shapes(event(2))[shape]
    follower = listener(log_of(event(1), broken, event(3)))
    assert follower.catch_up() == 3
    dead = DeadEvent.objects.get()
    assert dead.reason
    assert reached() == 3
    assert members_of(wine) == {"w1", "w3"}


ODD = sorted(odd_but_readable({"product": {}}))


@pytest.mark.parametrize("shape", ODD)
def test_an_odd_event_is_read(shape: str, wine: Search) -> None:
    follower = listener(log_of(odd_but_readable(event(1))[shape]))
    assert follower.catch_up() == 1
    assert not DeadEvent.objects.exists()
    assert members_of(wine) == {"w1"}


@pytest.mark.parametrize("depth", [900, 1100, 100_000])
def test_an_event_nested_too_deeply_to_be_read_takes_no_other_with_it(
    depth: int, wine: Search
) -> None:
    """However deep, and so whether JSON is read at all: the events around it are applied."""
    nest = "[" * depth + "]" * depth

    def answer(request: httpx.Request) -> httpx.Response:
        after, limit = int(request.url.params["after"]), int(request.url.params["limit"])
        bad = event(2, product={"id": "NEST"})
        told = page(*[event(1), bad, event(3)][after:][:limit], head=3)
        return httpx.Response(200, content=json.dumps(told).replace('"NEST"', nest).encode())

    assert listener(answer).catch_up() == 3
    assert members_of(wine) == {"w1", "w3"}
    assert DeadEvent.objects.get().sequence == 2


def test_a_number_longer_than_python_reads_takes_no_other_event_with_it(wine: Search) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        told = json.dumps(
            page(event(1), event(2, product={"id": "w2", "price": 0.123456789}), event(3))
        )
        return httpx.Response(200, content=told.replace("0.123456789", "9" * 5000).encode())

    listener(answer).catch_up()
    assert members_of(wine) == {"w1", "w3"}
    assert DeadEvent.objects.get().sequence == 2


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_no_page_is_noted_and_asked_for_again(kind: str, wine: Search) -> None:
    good = page(event(1), event(2))
    answers = iter([lambda: ANSWERS[kind](good), lambda: httpx.Response(200, json=good)])
    current = next(answers)
    follower = listener(lambda request: current())
    assert follower.catch_up() == 0
    stream = EventStream.objects.get()
    assert (stream.sequence, stream.stream_id) == (0, "s")
    assert stream.failure_reason
    assert stream.failed_at == clock.now()

    current = next(answers)
    assert follower.catch_up() == 2
    assert EventStream.objects.get().failure_reason == ""
    assert members_of(wine) == {"w1", "w2"}


def test_a_log_that_was_cut_short_is_followed_from_its_head_and_swept(wine: Search) -> None:
    Fetch.objects.update(due_at=clock.now() + timedelta(days=1), swept_at=clock.now())
    follower = listener(lambda request: httpx.Response(200, json=page(oldest=5, head=9)))
    follower.catch_up()
    assert reached() == 9
    fetch = Fetch.objects.get()
    assert (fetch.due_at, fetch.swept_at) == (clock.now(), None)


def test_an_event_that_comes_late_and_alone_is_applied(wine: Search) -> None:
    """The log had left it out of the page in which its number was passed."""
    follower = listener(lambda request: httpx.Response(200, json=page(event(3), head=5)), 5)
    follower.catch_up()
    assert members_of(wine) == {"w3"}


def titled(sequence: int, title: str, type_: str = "product_updated") -> Json:
    told = event(sequence, "w1", type=type_)
    told["product"]["item"]["title"] = title
    return told


def served(*pages: Json) -> Callable[[httpx.Request], httpx.Response]:
    """A log that answers with these pages, one after the other."""
    left = iter(pages)
    return lambda request: httpx.Response(200, content=json.dumps(next(left)).encode())


def test_a_page_is_applied_in_the_order_in_which_it_happened() -> None:
    """Read as it comes, the update would find the listing ended, and change nothing."""
    before = page(event(1, "w1"), event(2, "w1", type="product_deleted"), head=4)
    relisted = page(titled(4, "Red wine"), titled(3, "Wine", "product_created"))
    listener(served(before, relisted)).catch_up()
    assert Listing.objects.get().title == "Red wine"


def test_a_late_event_does_not_bring_what_a_younger_one_said_nobody_wants(wine: Search) -> None:
    pages = page(titled(3, "Beer"), head=4), page(titled(2, "Wine"), event(4))
    listener(served(*pages)).catch_up()
    assert members_of(wine) == {"w4"}


def test_what_nobody_wanted_before_comes_by_a_younger_event(wine: Search) -> None:
    pages = page(titled(1, "Beer"), head=3), page(titled(2, "Wine"), head=3), page(event(3))
    listener(served(*pages)).catch_up()
    assert members_of(wine) == {"w1", "w3"}


def test_numbers_of_another_stream_make_no_event_late(wine: Search) -> None:
    anew = {"stream_id": "t", "oldest": 1}
    pages = page(titled(9, "Beer")), page(head=1, **anew), page(titled(2, "Wine"), **anew)
    reader = listener(served(*pages))
    for _ in pages:
        reader.catch_up()
    assert members_of(wine) == {"w1"}


def test_an_event_from_the_future_does_not_hold_up_polls(wine: Search) -> None:
    later = (clock.now() + timedelta(days=300)).isoformat()
    follower = listener(lambda request: httpx.Response(200, json=page(event(1, at=later))))
    follower.catch_up()
    assert Listing.objects.get().observed_at == clock.now()


def test_a_gap_while_a_search_is_refreshed_has_it_swept_all_the_same(
    big_ebay: EbayClient, watching: Watching, stepped_clock: SteppedClock
) -> None:
    lots = search_for("lot", filled_at=None, now=stepped_clock.now())
    for _ in range(3):
        refresh_due(big_ebay)
    Fetch.objects.filter(pk=lots.fetch_id).update(
        total=LOTS // 2,
        swept_at=stepped_clock.now(),
        cheapest_at=stepped_clock.now(),
        due_at=stepped_clock.step(minutes=6),
    )
    gap = listener(lambda request: httpx.Response(200, json=page(oldest=5, head=9)))
    watching.meanwhile = lambda: gap.catch_up() and None
    refresh_due(big_ebay)
    fetch = Fetch.objects.get(pk=lots.fetch_id)
    assert fetch.swept_at is None or fetch.swept_at >= stepped_clock.now()
    assert fetch.due_at == stepped_clock.now()
