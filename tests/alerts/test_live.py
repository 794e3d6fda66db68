"""Open pages are told that something changed, over server-sent events from a real server."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.live_views import events
from ebay_alerts.alerts.services import keeping, live
from ebay_alerts.alerts.services.live import Hub, standings
from ebay_alerts.processes.serving import ServerThread, bind, running
from tests.alerts.conftest import Desk

BOUND = 20


@pytest.fixture
def site() -> Iterator[str]:
    """The site on a free port."""
    listener = bind("127.0.0.1", 0, "PORT")
    server = ServerThread("site", get_asgi_application(), listener, lifespan="off")
    with running([server]):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def cookies(client: Client, ann: User) -> dict[str, str]:
    client.force_login(ann)
    jar: SimpleCookie = client.cookies
    return {name: morsel.value for name, morsel in jar.items()}


@pytest.mark.backend
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_an_open_page_is_told_when_an_alert_is_told_of_or_edited(
    site: str, cookies: dict[str, str], desk: Desk, ann: User
) -> None:
    kept = desk.keep(ann)
    with httpx.stream("GET", f"{site}/alerts/live/", cookies=cookies, timeout=BOUND) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        lines = answer.iter_lines()
        assert next(lines) == "retry: 5000"
        keeping.snooze_alert(ann, kept.pk, desk.now + timedelta(days=1), desk.now)
        assert next(filter(None, lines)) == "event: news"
        assert next(filter(None, lines)) == "data: 1"
        desk.put("a", 10)
        assert next(filter(None, lines)) == "event: news"


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_only_who_is_signed_in_is_told(site: str, client: Client) -> None:
    assert httpx.get(f"{site}/alerts/live/", timeout=BOUND).status_code == 204
    assert client.get("/alerts/live/").status_code == 204


@pytest.mark.backend
def test_what_others_do_moves_nothing(desk: Desk, ann: User, bob: User) -> None:
    mine, theirs = desk.keep(ann), desk.keep(bob, "port")
    before = standings([ann.pk, bob.pk])
    keeping.pause_alert(bob, theirs.pk, desk.now)
    after = standings([ann.pk, bob.pk])
    assert after[ann.pk] == before[ann.pk]
    assert after[bob.pk] != before[bob.pk]
    keeping.snooze_alert(ann, mine.pk, desk.now + timedelta(days=1), desk.now)
    assert standings([ann.pk])[ann.pk] != before[ann.pk]
    assert standings([]) == {}


def test_a_process_that_stops_lets_its_pages_go_at_once() -> None:
    async def wait() -> list[str]:
        hub = Hub(look_seconds=3600)
        stream = events(hub, 1, ())
        said = [await anext(stream)]
        threading.Timer(0, hub.close).start()
        async with asyncio.timeout(BOUND):
            said += [part async for part in stream]
        return said

    assert asyncio.run(wait()) == ["retry: 5000\n\n"]


def test_a_user_and_a_process_have_so_many_connections_and_one_that_goes_makes_room() -> None:
    async def connect() -> None:
        hub = Hub(look_seconds=3600)
        open_ones = [events(hub, 1, ()) for _ in range(live.OF_A_USER)]
        for stream in open_ones:
            assert await anext(stream) == "retry: 5000\n\n"
        assert not hub.has_room(1)
        assert hub.has_room(2)
        assert [part async for part in events(hub, 1, ())] == ["retry: 60000\n\n"]
        await open_ones[0].aclose()
        assert hub.has_room(1)
        for stream in open_ones:
            await stream.aclose()
        hub.close()

    asyncio.run(connect())


@pytest.mark.django_db
def test_without_a_page_that_waits_nothing_looks_at_the_database() -> None:
    def lookers() -> int:
        return sum(thread.name == live.THREAD for thread in threading.enumerate())

    async def come_and_go() -> tuple[int, int]:
        hub = Hub(look_seconds=0.01)
        before = lookers()
        stream = events(hub, 1, ())
        await anext(stream)
        during = lookers()
        await stream.aclose()
        async with asyncio.timeout(BOUND):
            while lookers() > before:
                await asyncio.sleep(0.005)
        return before, during

    before, during = asyncio.run(come_and_go())
    assert during == before + 1
