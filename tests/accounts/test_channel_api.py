"""Channels over the API: kept, tried, shown without their secrets, and nobody else's."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from standardwebhooks import Webhook

from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.kit import clock
from ebay_alerts.mail.posting_delivery import deliver_postings
from tests.end_to_end.conftest import Person
from tests.mail.receiver import Receiver, receiving

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def person(name: str) -> Person:
    user = ensure_user(f"{name}@example.com", clock.now())
    return Person(user, Client(), issue_token(user, clock.now()))


@pytest.fixture
def ann() -> Person:
    return person("ann")


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.CHANNEL_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.CHANNEL_HTTP = True
    with receiving() as one:
        yield one


def create(api: Person, url: str, **more: Any) -> dict[str, Any]:
    answer = api.send("POST", "/channels", {"url": url, **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_webhook_is_kept_tried_and_its_log_tells_it(ann: Person, receiver: Receiver) -> None:
    kept = create(ann, receiver.url, name="Home")
    assert kept["secret"].startswith("whsec_")
    assert (kept["kind"], kept["name"], kept["on"]) == ("webhook", "Home", True)
    answer = ann.send("POST", f"/channels/{kept['id']}/test")
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    deliver_postings()
    (came,) = receiver.came
    assert Webhook(kept["secret"]).verify(came.body, came.headers)["type"] == "test"
    (logged,) = ann.send("GET", f"/channels/{kept['id']}/postings").json()["items"]
    assert (logged["id"], logged["state"]) == (answer.json()["id"], "sent")
    assert [(one["outcome"], one["code"]) for one in logged["tries"]] == [("sent", 204)]


def test_the_secret_and_the_url_are_shown_once(ann: Person, receiver: Receiver) -> None:
    kept = create(ann, f"{receiver.url}?token=hush")
    shown = [
        ann.send("GET", "/channels").content,
        ann.send("GET", f"/channels/{kept['id']}").content,
        ann.send("PATCH", f"/channels/{kept['id']}", {"name": "x"}).content,
    ]
    for text in shown:
        assert b"hush" not in text
        assert kept["secret"].encode() not in text
        assert json.loads(text)
    rotated = ann.send("POST", f"/channels/{kept['id']}/rotate-secret").json()
    assert rotated["secret"] not in (None, kept["secret"])
    assert rotated["previous_until"]


def test_a_channel_is_changed_and_deleted(ann: Person, receiver: Receiver) -> None:
    kept = create(ann, receiver.url)
    path = f"/channels/{kept['id']}"
    changed = ann.send("PATCH", path, {"on": False, "name": "Off"}).json()
    assert (changed["on"], changed["name"]) == (False, "Off")
    assert ann.send("POST", f"{path}/test").status_code == 422
    assert ann.send("PATCH", path, {"url": "http://10.0.0.1/"}).status_code == 422
    assert ann.send("PATCH", path, {"secret": "x"}).status_code == 422
    assert ann.send("DELETE", path).status_code == 204
    assert ann.send("GET", path).status_code == 404
    assert ann.send("GET", "/channels").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "https"),
        ("https://127.0.0.1/", "open Internet"),
        ("https://[::ffff:127.0.0.1]/", "open Internet"),
        ("https://2130706433/", "by its name"),
        ("https://ann:secret@example.com/", "leave out"),
    ],
)
def test_a_url_is_refused_by_name_and_reason(ann: Person, url: str, words: str) -> None:
    answer = ann.send("POST", "/channels", {"url": url})
    assert answer.status_code == 422
    assert answer.json()["field"] == "url"
    assert words in answer.json()["detail"]
    assert "secret" not in answer.content.decode()


def test_nobody_sees_or_touches_another_users_channel(ann: Person, receiver: Receiver) -> None:
    kept = create(ann, receiver.url)
    bob, path = person("bob"), f"/channels/{kept['id']}"
    assert bob.send("GET", "/channels").json()["items"] == []
    for method, place in (
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("GET", f"{path}/postings"),
        ("POST", f"{path}/test"),
        ("POST", f"{path}/rotate-secret"),
    ):
        answer = bob.send(method, place, {} if method == "PATCH" else None)
        assert answer.status_code == 404, (method, place)
    assert ann.send("GET", path).json()["on"]


def test_a_user_has_so_many_channels(ann: Person, receiver: Receiver, settings: Settings) -> None:
    settings.CHANNELS_PER_USER = 1
    create(ann, receiver.url)
    answer = ann.send("POST", "/channels", {"url": receiver.url})
    assert answer.status_code == 409
    assert "1 channels" in answer.json()["detail"]


def test_the_log_comes_in_portions(ann: Person, receiver: Receiver) -> None:
    kept = create(ann, receiver.url)
    path = f"/channels/{kept['id']}"
    ids = [ann.send("POST", f"{path}/test").json()["id"] for _ in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = ann.send("GET", f"{path}/postings?limit=2{cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == ids[::-1]
    assert page["next"] is None
