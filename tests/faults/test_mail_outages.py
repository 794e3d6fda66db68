"""The mail server fails: nothing is lost, nothing comes twice, and old news is folded anew."""

from typing import Any

import pytest

from ebay_alerts.alerts.models import Digest
from ebay_alerts.mail.models import Attempt, Message
from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import text_of, titles

DOWN: dict[str, Any] = {"at": "connect", "drop_next": 1_000_000}
UP_AGAIN: dict[str, Any] = {"drop_next": 0}


def test_an_hour_without_a_mail_server_ends_in_one_digest_of_the_net_effect(
    system: System, owner: Person
) -> None:
    """One listing rises at every slot, one goes up and down, one ends, one comes and goes."""
    owner.keep("wine", 15)
    system.run(seconds=1)
    moved, shaken, ended, *_ = system.mock.products("Wine -")
    system.inbox.control(**DOWN)
    system.mock.delete(ended["id"])
    passing = system.mock.create("Wine that came and went", 5)
    for step in range(1, 5):
        system.mock.change(moved["id"], price=moved["price"] + step)
        system.mock.change(shaken["id"], price=shaken["price"] + step % 2)
        if step == 2:
            system.mock.delete(passing)
            system.mock.create("Wine that came to stay", 9)
        assert system.run(minutes=16) == []

    system.inbox.control(**UP_AGAIN)
    (digest,) = [mail for _ in range(6) for mail in system.run(minutes=16)]
    assert sorted(titles(digest)) == sorted(
        ["Wine that came to stay", moved["product_name"], ended["product_name"]]
    )
    assert f"was ${moved['price']}" in text_of(digest)


def test_a_welcome_waits_for_the_mail_server_and_shows_what_matches_then(
    system: System, owner: Person
) -> None:
    system.inbox.control(**DOWN)
    owner.keep("wine")
    assert system.run(seconds=1) == []
    system.mock.create("Wine that came during the outage", 5)
    for _ in range(4):
        assert system.run(minutes=16) == []
    system.inbox.control(**UP_AGAIN)
    (welcome,) = [mail for _ in range(4) for mail in system.run(minutes=16)]
    assert "Wine that came during the outage" in titles(welcome)


def test_a_mail_refused_for_now_is_sent_again_as_the_same_message(
    system: System, owner: Person
) -> None:
    system.inbox.control(at="data", refuse_next=1, code=451, words="4.3.0 Try again later")
    owner.keep("wine")
    assert system.run(seconds=1) == []
    (message,) = Message.objects.all()
    assert "Try again later" in message.reply
    (welcome,) = system.run(minutes=2)
    assert welcome["Message-ID"] == message.message_id


def test_a_mail_refused_for_good_is_recorded_in_the_servers_words_and_the_alert_goes_on(
    system: System, owner: Person
) -> None:
    system.inbox.control(at="rcpt", refuse_next=1, code=550, words="5.7.1 Not this mail")
    owner.keep("wine")
    assert system.run(seconds=1) == []
    (attempt,) = Attempt.objects.all()
    assert (attempt.outcome, attempt.code) == ("failed", 550)
    assert "Not this mail" in attempt.words

    system.mock.create("Wine after the refusal", 5)
    (digest,) = system.run(minutes=16)
    assert titles(digest) == ["Wine after the refusal"]
    assert not Message.objects.filter(state="queued").exists()


def test_an_alert_waits_for_an_address_that_bounced_and_tells_a_day_later_what_happened(
    system: System, owner: Person
) -> None:
    system.inbox.control(at="rcpt", refuse_next=1, code=550, words="5.1.1 No such user here")
    owner.keep("wine")
    assert system.run(seconds=1) == []
    system.mock.create("Wine after the bounce", 5)
    assert [mail for _ in range(4) for mail in system.run(minutes=16)] == []
    assert owner.send("GET", "/account").json()["suppression"]["reason"] == "bounced"
    assert not Message.objects.filter(state="queued").exists()

    mails = [mail for _ in range(4) for mail in system.run(hours=8)]

    digests = [mail for mail in mails if mail["List-Id"]]
    assert [titles(digest) for digest in digests] == [["Wine after the bounce"]]
    assert owner.send("GET", "/account").json()["suppression"] is None


def test_a_mail_whose_answer_was_lost_comes_again_as_the_same_message(
    system: System, owner: Person
) -> None:
    system.inbox.control(at="stored", drop_next=1)
    owner.keep("wine")
    (welcome,) = system.run(seconds=1)
    (again,) = system.run(minutes=2)
    assert again["Message-ID"] == welcome["Message-ID"]
    assert [mail for _ in range(3) for mail in system.run(minutes=16)] == []


def test_a_slow_mail_server_gets_each_mail_once(
    system: System, owner: Person, stranger: Person
) -> None:
    system.inbox.control(at="data", delay_ms=300)
    owner.keep("wine")
    stranger.keep("camera")
    welcomes = system.run(seconds=1)
    assert {mail["To"] for mail in welcomes} == {"owner@example.com", "stranger@example.com"}
    assert system.run(minutes=16) == []


@pytest.mark.parametrize("interval", [0, 1, 5])
def test_a_short_outage_ends_in_one_digest_that_knows_what_was_told_last(
    system: System, owner: Person, interval: int
) -> None:
    """Each of these mails still is fresh when the next is built: the next takes its place."""
    owner.keep("wine", interval)
    system.run(seconds=1)
    moved = system.mock.products("Wine -")[0]
    system.inbox.control(**DOWN)
    for step in range(1, 4):
        system.mock.change(moved["id"], price=moved["price"] + step)
        assert system.run(minutes=5) == []

    system.inbox.control(**UP_AGAIN)
    (digest,) = [mail for _ in range(4) for mail in system.run(minutes=5)]
    assert titles(digest) == [moved["product_name"]]
    assert f"was ${moved['price']}" in text_of(digest)


def test_one_users_digest_that_cannot_be_built_holds_up_nobody_else(
    system: System, owner: Person, stranger: Person
) -> None:
    """The unique key of a digest is taken, as only a defect could bring about."""
    alert = owner.keep("wine", 15)
    stranger.keep("wine", 15)
    assert len(system.run(seconds=1)) == 2
    welcome = Digest.objects.get(alert=alert["id"])
    welcome.pk, welcome.kind = None, Digest.Kind.CHANGES
    welcome.from_revision = welcome.to_revision
    welcome.created_at = system.clock.step(days=-1)
    welcome.save()
    system.clock.step(days=1)

    system.mock.create("Wine for both", 9)
    assert [mail["To"] for mail in system.run(minutes=16)] == ["stranger@example.com"]
    Digest.objects.filter(pk=welcome.pk).delete()
    assert [mail["To"] for mail in system.run(minutes=16)] == ["owner@example.com"]
