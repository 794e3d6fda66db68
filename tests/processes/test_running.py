"""The whole system as the one real process: it comes up, serves, and ends when told."""

import contextlib
import re
import signal
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import PRODUCTS
from tests.processes.conftest import NewPlace
from tests.processes.programs import Place, Program, keep, until
from tests.servers import RunningInbox, RunningMock

LEAVE_S = 2


def signed_in(place: Place, program: Program) -> dict[str, str]:
    """The cookies of who used the link that it printed."""
    link = re.sub(r"^.*: http://[^/]*", place.url, program.said().splitlines()[0])
    with httpx.Client(timeout=60) as browser:
        [token] = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', browser.get(link).text)
        given = {"csrfmiddlewaretoken": token}
        browser.post(link, data=given, headers={"Referer": place.url})
        return dict(browser.cookies)


@contextlib.contextmanager
def watched(place: Place, cookies: dict[str, str]) -> Iterator[None]:
    """A page of the site stays open, to be told of changes."""
    events = f"{place.url}/alerts/live/"
    with httpx.stream("GET", events, cookies=cookies, timeout=60) as stream:
        assert "text/event-stream" in stream.headers["content-type"]
        next(stream.iter_lines())
        yield


def test_an_open_page_does_not_hold_up_the_end(place: Place) -> None:
    """Neither of the whole system nor of a site by itself."""
    program = place.command("up").wait_until_said("ready")
    cookies = signed_in(place, program)
    for command in ("up", "web"):
        if command != "up":
            program = place.command(command).wait_until_said("ready")
        with watched(place, cookies):
            began = time.monotonic()
            assert program.stop(signal.SIGINT) == 0, program.said()
            sys.stdout.write(f"{command}: ended after {time.monotonic() - began:.2f} s\n")
        assert "Traceback" not in program.said()


@contextlib.contextmanager
def visited(place: Place) -> Iterator[None]:
    """A page of the inbox stays open on its event stream, a client of the API on keep-alive."""
    events = f"{place.inbox_url}/events"
    with httpx.Client(timeout=60) as api, httpx.stream("GET", events, timeout=60) as stream:
        assert "text/event-stream" in stream.headers["content-type"]
        next(stream.iter_lines())
        assert api.get(f"{place.url}/healthz").status_code == 200
        assert api.get(f"{place.url}/static/web/site.css").status_code == 200
        readyz = f"{place.url}/readyz"
        until(lambda: api.get(readyz).json()["status"] == "ready", 60, "the site's readiness")
        yield


def test_both_signals_end_it_under_open_connections(new_place: NewPlace) -> None:
    """The time that it takes is shown, and not asserted: the machine may be busy."""
    places = {
        number: new_place(MOCK_EBAY_CATALOGUE=str(PRODUCTS))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    started = {number: place.command("up") for number, place in places.items()}
    for number, program in started.items():
        program.wait_until_said("ready")
        with visited(places[number]):
            began = time.monotonic()
            assert program.stop(number) == 0, program.said()
            sys.stdout.write(f"{number.name}: ended after {time.monotonic() - began:.2f} s\n")
        link, ready = program.said().splitlines()
        assert ready.startswith("ready"), "it has nothing else to say"
        assert f"{places[number].url.replace('127.0.0.1', 'localhost')}/sign-in/once/" in link


def test_a_token_is_all_that_its_command_prints(place: Place) -> None:
    token = place.token("anna@example.com")
    assert len(token.split()) == 1
    assert token.startswith("eba_")


def test_with_a_keyset_in_files_the_given_ebay_is_asked_and_no_mock_started(
    new_place: NewPlace, mock: RunningMock, inbox: RunningInbox
) -> None:
    secrets = {
        "EBAY_CLIENT_ID": "our-client-id",
        "EBAY_CLIENT_SECRET": "our-client-secret",
        "SMTP_URL": inbox.smtp_url,
    }
    place = new_place(EBAY_BASE_URL=mock.url, **_files(new_place, secrets))
    program = place.up(PYTHONPROFILEIMPORTTIME="1")
    assert "mock_ebay.app" not in program.said(), "the mock is not even imported"
    assert "mock eBay" not in _ready_line(program)

    with place.client(place.token("anna@example.com")) as client:
        keep(client, "wine", 15)
        (welcome,) = until(inbox.mails, what="the welcome mail")
    assert welcome["To"] == "anna@example.com"
    assert mock.calls()["calls"]["browse.search"] > 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{place.mock_url}/products")
    assert program.stop() == 0


def _files(new_place: NewPlace, secrets: dict[str, str]) -> dict[str, str]:
    """The settings `NAME_FILE` for secrets that are written into files."""
    folder = new_place().folder
    for name, secret in secrets.items():
        (folder / name).write_text(f"{secret}\n")
    return {f"{name}_FILE": str(folder / name) for name in secrets}


def _ready_line(program: Program) -> str:
    (line,) = [line for line in program.said().splitlines() if line.startswith("ready")]
    return line
