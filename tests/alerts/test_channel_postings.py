"""What channels are told: the digests that are mailed, and each thing once."""

import json
from typing import Any

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services import digests, keeping
from ebay_alerts.mail.channels import create_channel
from ebay_alerts.mail.models import Channel, Posting
from ebay_alerts.mail.posting_delivery import LEASE
from ebay_alerts.mail.posting_outbox import claim_channel, record_try, release_channel
from ebay_alerts.mail.postings import Verdict
from ebay_alerts.mail.states import Outcome
from tests.alerts.conftest import Desk

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def open_channel(desk: Desk, user: User, kind: str = "webhook") -> Channel:
    url = ("https://hooks.example/x", "https://hooks.example/…")
    return create_channel(user.pk, kind, "", url, desk.now)[0]


def deliver(desk: Desk) -> int:
    """Everything that is due is taken by its channel; how much that was."""
    taken = 0
    while claim := claim_channel(desk.now, LEASE):
        for posting in claim.postings:
            assert record_try(claim, posting, Verdict(Outcome.SENT, 204, ""), desk.now)
            taken += 1
        release_channel(claim, desk.now)
    return taken


def documents(channel: Channel, *states: str) -> list[dict[str, Any]]:
    found = channel.postings.order_by("pk")
    if states:
        found = found.filter(state__in=states)
    return [json.loads(body) for body in found.values_list("body", flat=True)]


def said(channel: Channel, *states: str) -> list[list[tuple[str, str, str]]]:
    return [
        [
            (line["kind"], line["listing"]["legacy_id"], line["price"])
            for line in one["data"]["lines"]
        ]
        for one in documents(channel, *states)
    ]


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    alert = desk.keep(ann)
    desk.put_all({"a": 10, "b": 20})
    desk.start()
    return alert


def test_a_channel_is_told_what_is_mailed_and_no_welcome(
    desk: Desk, ann: User, bob: User, alert: Alert
) -> None:
    channel, other = open_channel(desk, ann), open_channel(desk, bob)
    desk.put("c", 30)
    desk.put("a", 8)
    assert len(desk.slot()) == 1
    (document,) = documents(channel)
    data = document["data"]
    assert (document["type"], document["version"]) == ("digest", 1)
    assert data["alert"] == {"id": alert.pk, "name": "wine", "keywords": "wine"}
    lines = {line["listing"]["legacy_id"]: line for line in data["lines"]}
    assert (lines["c"]["kind"], lines["c"]["price"], lines["c"]["was"]) == (
        "appeared",
        "30.00",
        None,
    )
    assert (lines["a"]["kind"], lines["a"]["price"], lines["a"]["was"]) == (
        "repriced",
        "8.00",
        "10.00",
    )
    assert lines["c"]["listing"]["url"] == "https://www.ebay.com/itm/1"
    assert "/a/" not in json.dumps(document)  # no link that acts without signing in
    assert documents(other) == []


def test_a_quiet_slot_posts_nothing_also_of_a_standing_list(desk: Desk, ann: User) -> None:
    desk.keep(ann, mail_when="always")
    desk.put("a", 10)
    desk.start()
    channel = open_channel(desk, ann)
    assert len(desk.slot()) == 1
    assert documents(channel) == []


def test_people_are_told_in_a_few_words(desk: Desk, ann: User, alert: Alert) -> None:
    channel = open_channel(desk, ann, "apprise")
    desk.put("a", 8)
    desk.put_all({f"n{number}": 30 for number in range(10)})
    desk.slot()
    posting = channel.postings.get()
    assert posting.title.endswith("for wine")
    assert "Wine a, $8.00" in posting.body
    assert posting.body.endswith("and 3 more")


def test_a_channel_that_is_off_or_suspended_gets_nothing(
    desk: Desk, ann: User, alert: Alert
) -> None:
    off, suspended = open_channel(desk, ann), open_channel(desk, ann)
    Channel.objects.filter(pk=off.pk).update(is_on=False)
    Channel.objects.filter(pk=suspended.pk).update(suspended_at=desk.now)
    desk.put("c", 30)
    desk.slot()
    assert Posting.objects.count() == 0


def test_a_digest_that_is_taken_back_unsent_takes_its_postings_with_it(
    desk: Desk, ann: User
) -> None:
    desk.keep(ann, interval_minutes=5)
    desk.start()
    channel = open_channel(desk, ann)
    desk.put("c", 30)
    desk.slot(minutes=6)
    desk.put("c", 25)
    desk.slot(minutes=6)
    assert said(channel, "withdrawn") == [[("appeared", "c", "30.00")]]
    assert said(channel, "queued") == [[("appeared", "c", "25.00")]]


def test_an_hour_without_a_mail_server_tells_a_channel_each_thing_once(
    desk: Desk, ann: User, alert: Alert
) -> None:
    """The mail is made anew each quarter of an hour; the channel had it at once."""
    channel = open_channel(desk, ann)
    desk.put("c", 30)
    for minute in range(0, 64, 16):
        desk.outage(minutes=16)
        deliver(desk)
        if minute == 16:
            desk.put("c", 25)
            desk.put("d", 40)
    assert said(channel, "sent") == [
        [("appeared", "c", "30.00")],
        [("appeared", "c", "25.00"), ("appeared", "d", "40.00")],
    ]
    desk.deliver()
    desk.put("c", 20)
    desk.slot()
    deliver(desk)
    assert said(channel, "sent")[2:] == [[("repriced", "c", "20.00")]]


def test_a_price_that_comes_back_later_is_told_again(desk: Desk, ann: User, alert: Alert) -> None:
    channel = open_channel(desk, ann)
    desk.put("a", 8)
    desk.outage(minutes=16)
    deliver(desk)
    desk.outage(minutes=16)  # taken back, and made anew
    for price in (9, 8):
        desk.deliver()
        desk.put("a", price)
        desk.slot()
        deliver(desk)
    assert said(channel, "sent") == [
        [("repriced", "a", "8.00")],
        [("repriced", "a", "9.00")],
        [("repriced", "a", "8.00")],
    ]


def test_pausing_an_alert_takes_back_what_waits(desk: Desk, ann: User, alert: Alert) -> None:
    channel = open_channel(desk, ann)
    desk.put("c", 30)
    desk.slot()
    keeping.pause_alert(ann, alert.pk, desk.now)
    assert said(channel, "withdrawn") == [[("appeared", "c", "30.00")]]
    assert deliver(desk) == 0


def test_a_deleted_alert_posts_nothing_more_also_of_what_was_mailed(
    desk: Desk, ann: User, alert: Alert
) -> None:
    channel = open_channel(desk, ann)
    other = desk.keep(ann, "port")
    desk.start()
    desk.put("c", 30)
    desk.put("p", 30, title="Port")
    desk.slot()
    desk.deliver()
    keeping.delete_alert(ann, alert.pk, desk.now)
    assert said(channel, "withdrawn") == [[("appeared", "c", "30.00")]]
    assert deliver(desk) == 1
    assert documents(channel, "sent")[0]["data"]["alert"]["id"] == other.pk


def test_a_digest_that_is_not_written_posts_nothing(
    desk: Desk, ann: User, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines, cursor and postings commit together."""
    open_channel(desk, ann)
    desk.put("c", 30)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(digests, "advance", die)
        with pytest.raises(KeyboardInterrupt):
            desk.slot()
    assert Posting.objects.count() == 0
    desk.slot(seconds=1)
    assert Posting.objects.count() == 1
