"""The listener's thread and its socket: it comes back from every loss, patiently and alone."""

import resource
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ebay_alerts.market.models import EventStream, Listing
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services.listening import listen_to
from ebay_alerts.processes.listening import ListenerThread, Patience
from ebay_alerts.processes.serving import ServerThread, bind, running
from tests.conftest import PRODUCTS, SteppedClock
from tests.market.scenery import search_for
from tests.processes.programs import free_ports, until
from tests.servers import RunningMock, running_mock

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]

# A client's writer may take half a minute to notice that its connection is lost.
NOTICED_WITHIN_S = 60
SOON = Patience(timedelta(milliseconds=10), timedelta(milliseconds=40))
BEGIN = Callable[[str], ListenerThread]


@pytest.fixture
def begin(stepped_clock: SteppedClock) -> Iterator[BEGIN]:
    """Begins to follow the stream at an address; whatever was begun is ended with its socket."""
    begun: list[ListenerThread] = []

    def follow(url: str, patience: Patience = SOON) -> ListenerThread:
        begun.append(ListenerThread(url, listen_to(url, SearchRegistry()), patience))
        begun[-1].start()
        return begun[-1]

    yield follow
    for thread in begun:
        end(thread)


def end(thread: ListenerThread) -> None:
    thread.stop()
    thread.join(10)
    assert not thread.is_alive()


def is_heard(mock: RunningMock) -> bool:
    """Whether somebody listens at the mock: only then its socket is dropped."""
    return bool(mock.http.get("/control").raise_for_status().json()["listeners"])


def names_of_threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate())


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def knows(title: str) -> Callable[[], bool]:
    return lambda: Listing.objects.filter(title=title).exists()


def test_a_mock_that_comes_later_goes_and_comes_back_is_heard_each_time(begin: BEGIN) -> None:
    search_for("wine")
    (port,) = free_ports(1)
    begin(f"http://127.0.0.1:{port}")
    for which in ("first", "second", "third"):
        with running_mock(port, catalogue=PRODUCTS) as mock:
            until(partial(is_heard, mock), what="the socket")
            stream = EventStream.objects.filter(
                stream_id=mock.http.get("/events").json()["stream_id"]
            )
            until(stream.exists, what="the stream")
            mock.create(f"Wine of the {which} time", 10)
            until(knows(f"Wine of the {which} time"), what="the event")


def test_a_server_that_says_good_bye_is_heard_again(begin: BEGIN, mock: RunningMock) -> None:
    search_for("wine")
    begin(mock.url)
    until(lambda: is_heard(mock), what="the socket")
    mock.control(drop_sockets=True)
    until(partial(has_come_back, mock, 2), what="the second connection")
    mock.create("Wine after the good-bye", 10)
    until(knows("Wine after the good-bye"), what="the event")


def has_come_back(mock: RunningMock, times: int) -> bool:
    return connects(mock) == times and is_heard(mock)


def connects(mock: RunningMock) -> int:
    return int(mock.http.get("/control").raise_for_status().json()["connects"])


@pytest.mark.parametrize(
    "times", [12, pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
def test_many_losses_leave_one_connection_and_no_thread_behind(
    begin: BEGIN, mock: RunningMock, times: int
) -> None:
    begin(mock.url)
    until(lambda: is_heard(mock), what="the socket")
    before, at_first = names_of_threads(), resident_bytes()
    for number in range(times):
        mock.control(drop_sockets=True)
        until(partial(has_come_back, mock, number + 2), NOTICED_WITHIN_S)
    until(lambda: len(names_of_threads()) <= len(before), NOTICED_WITHIN_S, "the end of threads")
    assert connects(mock) == times + 1
    assert resident_bytes() - at_first < 20_000_000


def test_ended_while_its_server_is_away_it_leaves_no_thread_behind(begin: BEGIN) -> None:
    before = names_of_threads()
    (port,) = free_ports(1)
    with running_mock(port, catalogue=PRODUCTS) as mock:
        thread = begin(mock.url)
        until(lambda: is_heard(mock), what="the socket")
    end(thread)
    until(lambda: len(names_of_threads()) <= len(before), NOTICED_WITHIN_S, "the end of threads")
    with running_mock(port, catalogue=PRODUCTS) as mock:
        assert connects(mock) == 0


class Refusing:
    """A server that answers every opening of a socket with an error, and counts them."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/socket.io/"):
            self.times.append(time.monotonic())
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": b"not now"})


def test_it_waits_longer_from_failure_to_failure_and_never_twice_the_same(begin: BEGIN) -> None:
    """Nothing is asked of the machine's pace: waits are at least as long as they are meant."""
    refusing = Refusing()
    listening = bind("127.0.0.1", 0, "PORT")
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    patience = Patience(timedelta(milliseconds=50), timedelta(milliseconds=400))
    with running([ServerThread("refusing", refusing, listening, lifespan="off")]):
        thread = begin(url, patience)
        until(lambda: len(refusing.times) >= 6, what="the sixth try")
        end(thread)
    times = refusing.times[:6]
    waits = [later - earlier for earlier, later in pairwise(times)]
    meant = [0.05, 0.1, 0.2, 0.4, 0.4]
    assert all(wait >= 0.9 * least for wait, least in zip(waits, meant, strict=True))
    assert waits[3] != waits[4]
