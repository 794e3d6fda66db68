"""An open page hears of every change."""

import json
import threading

import httpx

from inbox.settings import InboxSettings


def states(lines):
    """The states in a stream of server-sent events."""
    return (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_a_page_hears_of_a_new_mail_and_of_its_deletion(inbox):
    with inbox.http.stream("GET", "/events") as stream:
        heard = states(stream.iter_lines())
        assert next(heard)["total"] == 0
        inbox.send()
        assert next(heard)["total"] == 1
        inbox.http.delete("/api/v1/messages")
        assert next(heard)["total"] == 0


def test_every_page_hears_of_a_mail(inbox):
    with (
        inbox.http.stream("GET", "/events") as first,
        inbox.http.stream("GET", "/events") as second,
    ):
        heard = [states(stream.iter_lines()) for stream in (first, second)]
        assert [next(page)["total"] for page in heard] == [0, 0]
        inbox.send()
        assert [next(page)["total"] for page in heard] == [1, 1]


def test_a_page_holds_the_state_that_it_shows(inbox):
    inbox.send()
    page = inbox.http.get("/").text
    with inbox.http.stream("GET", "/events") as stream:
        state = next(states(stream.iter_lines()))
    assert json.dumps(state).replace('"', "&quot;") in page


def test_an_open_page_does_not_hold_up_the_end(start_inbox):
    opened = threading.Event()

    def follow(url: str) -> None:
        with httpx.stream("GET", f"{url}/events", timeout=10) as stream:
            for _ in stream.iter_lines():
                opened.set()

    with start_inbox(InboxSettings(smtp_port=0)) as inbox:
        follower = threading.Thread(target=follow, args=(inbox.url,))
        follower.start()
        assert opened.wait(10)
    follower.join(10)
    assert not follower.is_alive()
