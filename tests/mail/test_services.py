"""Queueing, claiming, recording and withdrawing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections

from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.outcomes import Session, Verdict
from ebay_alerts.mail.selectors import find_stale
from ebay_alerts.mail.services import (
    LONGEST_SUBJECT,
    Draft,
    Try,
    claim_messages,
    claim_several,
    mark_stale,
    queue_messages,
    record_outcome,
    record_outcomes,
    release_messages,
    withdraw_messages,
)
from ebay_alerts.mail.states import Outcome, State
from tests.mail.conftest import MovableClock, QueueOne

LEASE = timedelta(minutes=5)
SENT = Verdict(Outcome.SENT, Session.GOES_ON, 250, "ok")
LATER = Verdict(Outcome.DEFERRED, Session.GOES_ON, 450, "later")
LOST = Verdict(Outcome.LOST, Session.IS_OVER, None, "closed")
REFUSED = Verdict(Outcome.FAILED, Session.GOES_ON, 550, "no such user")

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def draft(key: str, **changes: object) -> Draft:
    wanted: dict[str, object] = {
        "queue": "alerts",
        "to_address": "ann@example.org",
        "subject": "s",
        "text": "t",
        "html": "h",
    }
    return Draft(key=key, **(wanted | changes))  # type: ignore[arg-type]


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("key", "state"))


def test_queueing_a_key_twice_gives_one_message_and_keeps_the_first(time: MovableClock) -> None:
    first = queue_messages([draft("a", subject="first"), draft("a", subject="twin")], time.now())
    kept = Message.objects.get()
    again = queue_messages([draft("a", subject="second"), draft("b")], time.now())

    assert again == {**first, "b": again["b"]}
    assert Message.objects.get(key="a").message_id == kept.message_id
    assert Message.objects.get(key="a").subject == "first"


def test_nothing_to_queue_is_no_work(time: MovableClock) -> None:
    assert queue_messages([], time.now()) == {}


def test_a_bad_address_fails_alone_and_says_why(time: MovableClock) -> None:
    queue_messages(
        [draft("good"), draft("bad", to_address="ann@example.org>\r\nRCPT TO:<eve@example.org")],
        time.now(),
    )

    bad = Message.objects.get(key="bad")
    assert states() == {"good": State.QUEUED, "bad": State.FAILED}
    assert "no e-mail address" in bad.reply
    assert "\n" not in bad.to_address + bad.reply


def test_headers_cannot_be_injected(queue_one: QueueOne) -> None:
    message = queue_one(
        subject="wine\r\nBcc: eve@example.org\x00" + "x" * 500,
        text="a\x00b\r\nc\ud800",
        headers={
            "List-Unsubscribe": "<https://example.org/u>\r\nBcc: eve@example.org",
            "Bcc": "eve@example.org",
            "X-Bad: x\r\nBcc": "eve@example.org",
            "Content-Type": "text/plain",
            "X-Long": "x" * 2000,
        },
    )

    assert message.subject.startswith("wine Bcc: eve@example.org x")
    assert len(message.subject) == LONGEST_SUBJECT
    assert message.text == "ab\nc"
    assert message.headers == {"List-Unsubscribe": "<https://example.org/u> Bcc: eve@example.org"}


def test_a_claim_takes_due_messages_of_its_queue_oldest_first(
    queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one("report", queue="reports")
    queue_one("first")
    time.move(seconds=1)
    queue_one("second")
    queue_one("third")

    claim = claim_messages("alerts", time.now(), 2, LEASE)

    assert [message.key for message in claim.messages] == ["first", "second"]
    assert [m.key for m in claim_messages("alerts", time.now(), 9, LEASE).messages] == ["third"]
    assert claim_messages("alerts", time.now(), 9, LEASE).messages == []


def test_what_is_no_longer_fresh_is_not_claimed(queue_one: QueueOne, time: MovableClock) -> None:
    queue_one(fresh_until=time.now() + timedelta(minutes=15))
    time.move(minutes=16)

    assert claim_messages("alerts", time.now(), 9, LEASE).messages == []


def test_an_expired_lease_is_claimed_again_and_only_its_first_message_counts_as_lost(
    queue_one: QueueOne, time: MovableClock
) -> None:
    for key in ("a", "b", "c"):
        queue_one(key)
        time.move(seconds=1)
    vanished = claim_messages("alerts", time.now(), 9, LEASE)
    record_outcome(vanished.messages[0], vanished.token, SENT, time.now())

    assert claim_messages("alerts", time.move(minutes=4), 9, LEASE).messages == []
    again = claim_messages("alerts", time.move(minutes=2), 9, LEASE)

    assert [message.key for message in again.messages] == ["b", "c"]
    assert [try_.message.key for try_ in Attempt.objects.filter(outcome="lost")] == ["b"]


def test_of_each_of_several_claims_the_first_unrecorded_message_counts_as_lost(
    queue_one: QueueOne, time: MovableClock
) -> None:
    for number in range(30):
        queue_one(f"m{number:02}", to_address=f"m{number // 2}@example.org")
        time.move(seconds=1)
    claims = claim_several("alerts", time.now(), 99, LEASE, 3)
    tries = [Try(claim.messages[0], claim.token, SENT) for claim in claims[:2]]
    assert record_outcomes(tries, time.now()) == {one.message.pk for one in tries}

    again = claim_messages("alerts", time.move(minutes=6), 99, LEASE)

    next_ones = [claims[0].messages[1], claims[1].messages[1], claims[2].messages[0]]
    lost = Attempt.objects.filter(outcome="lost").values_list("message", flat=True)
    assert sorted(lost) == sorted(message.pk for message in next_ones)
    assert len(again.messages) == 28


def test_outcomes_recorded_together_are_those_of_held_leases_each_with_its_own_words(
    queue_one: QueueOne, time: MovableClock
) -> None:
    for key in ("sent", "sent too", "refused", "later", "not held"):
        queue_one(key, to_address=f"{key.replace(' ', '')}@example.org")
    claim = claim_messages("alerts", time.now(), 9, LEASE)
    by_key = {message.key: message for message in claim.messages}
    queued_as = replace(SENT, words="2.0.0 queued as B")
    verdicts = {"sent": SENT, "sent too": queued_as, "refused": REFUSED, "later": LATER}
    tries = [Try(by_key[key], claim.token, verdict) for key, verdict in verdicts.items()]
    tries.append(Try(by_key["not held"], uuid4(), SENT))

    held = record_outcomes(tries, time.now())

    assert held == {by_key[key].pk for key in verdicts}
    assert states() == {
        "sent": "sent",
        "sent too": "sent",
        "refused": "failed",
        "later": "queued",
        "not held": "sending",
    }
    said = dict(Message.objects.values_list("key", "reply"))
    assert said["sent too"] == "250 2.0.0 queued as B"
    assert said["sent"] == f"{SENT.code} {SENT.words}"
    assert Attempt.objects.count() == 4
    assert set(Message.objects.filter(state="sent").values_list("attempts", "lease_token")) == {
        (1, None)
    }


def test_a_message_that_keeps_stopping_its_sender_lets_others_pass(
    queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one("poison")
    claim_messages("alerts", time.now(), 1, LEASE)
    claim_messages("alerts", time.move(minutes=6), 1, LEASE)
    queue_one("other")

    third = claim_messages("alerts", time.move(minutes=6), 1, LEASE)

    assert [message.key for message in third.messages] == ["other"]


def test_an_outcome_under_an_old_token_changes_nothing(
    queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one()
    old = claim_messages("alerts", time.now(), 9, LEASE)
    new = claim_messages("alerts", time.move(minutes=6), 9, LEASE)
    tries = Attempt.objects.count()

    assert not record_outcome(old.messages[0], old.token, REFUSED, time.now())
    assert release_messages([old.token]) == 0

    assert states() == {"digest-1": State.SENDING}
    assert Attempt.objects.count() == tries
    assert record_outcome(new.messages[0], new.token, SENT, time.now())


def test_a_deferred_message_keeps_its_id_and_comes_due_later(
    queue_one: QueueOne, time: MovableClock
) -> None:
    message = queue_one()
    claim = claim_messages("alerts", time.now(), 9, LEASE)
    record_outcome(claim.messages[0], claim.token, LATER, time.now())

    assert claim_messages("alerts", time.now(), 9, LEASE).messages == []
    [again] = claim_messages("alerts", time.move(minutes=1), 9, LEASE).messages
    assert again.message_id == message.message_id
    assert (again.attempts, again.reply) == (1, "450 later")


def test_released_messages_are_due_again_with_no_try_counted(
    queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one()
    claim = claim_messages("alerts", time.now(), 9, LEASE)

    assert release_messages([claim.token]) == 1

    [again] = claim_messages("alerts", time.now(), 9, LEASE).messages
    assert again.attempts == 0
    assert not Attempt.objects.exists()


def test_outdated_messages_become_stale_unless_a_server_may_have_them(
    queue_one: QueueOne, time: MovableClock
) -> None:
    fresh_until = time.now() + timedelta(minutes=15)
    queue_one("lost", fresh_until=fresh_until)
    claim = claim_messages("alerts", time.now(), 1, LEASE)
    record_outcome(claim.messages[0], claim.token, LOST, time.now())
    outdated = queue_one("outdated", fresh_until=fresh_until)
    queue_one("lasting")

    assert mark_stale(time.move(minutes=14)) == 0
    assert mark_stale(time.move(minutes=2)) == 1

    assert states() == {"lost": "queued", "outdated": "stale", "lasting": "queued"}
    assert find_stale(10) == [outdated.pk]
    keys = [message.key for message in claim_messages("alerts", time.now(), 9, LEASE).messages]
    assert sorted(keys) == ["lasting", "lost"]


def test_only_what_no_server_can_have_is_withdrawn(queue_one: QueueOne, time: MovableClock) -> None:
    verdicts = {"sent": SENT, "failed": REFUSED, "lost": LOST, "deferred": LATER}
    for key, verdict in verdicts.items():
        queue_one(key)
        claim = claim_messages("alerts", time.now(), 1, LEASE)
        record_outcome(claim.messages[0], claim.token, verdict, time.now())
    queue_one("sending")
    claim_messages("alerts", time.now(), 1, LEASE)
    queue_one("stale", fresh_until=time.now() - timedelta(seconds=1))
    mark_stale(time.now())
    queue_one("queued")
    ids = dict(Message.objects.values_list("key", "pk"))

    withdrawn = withdraw_messages([*ids.values(), 10**9], time.now())

    assert withdrawn == {ids["deferred"], ids["stale"], ids["queued"]}
    assert withdraw_messages(list(ids.values()), time.now()) == set()
    assert {key for key, state in states().items() if state == "withdrawn"} == {
        "deferred",
        "stale",
        "queued",
    }


@pytest.mark.django_db(transaction=True)
def test_claimers_at_the_same_time_never_get_the_same_message(time: MovableClock) -> None:
    queue_messages([draft(f"m{number}") for number in range(60)], time.now())

    def claim_until_empty(_: int) -> list[int]:
        mine: list[int] = []
        try:
            while batch := claim_messages("alerts", time.now(), 4, LEASE).messages:
                mine += [message.pk for message in batch]
        finally:
            connections.close_all()
        return mine

    with ThreadPoolExecutor(4) as threads:
        claimed = [pk for mine in threads.map(claim_until_empty, range(4)) for pk in mine]

    assert len(claimed) == len(set(claimed)) == 60


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"state": "queued", "queue": "alerts", "due_at__lte": "2030-01-01 00:00Z"}, "mail_claims"),
        (
            {"state": "sending", "queue": "alerts", "lease_until__lt": "2030-01-01 00:00Z"},
            "_leases",
        ),
        ({"state": "queued", "fresh_until__lt": "2030-01-01 00:00Z"}, "mail_freshness"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by table size")
def test_a_look_for_work_reads_an_index_of_waiting_messages_alone(
    filters: dict[str, str], index: str
) -> None:
    assert index in Message.objects.filter(**filters).explain()


def test_texts_come_back_as_they_were_however_many_are_queued(time: MovableClock) -> None:
    text = "%s \\ \" ' {a,b} NULL $1\n"
    ids = queue_messages([draft(key, text=text, html=f"<p>{text}") for key in "abc"], time.now())

    assert set(Message.objects.values_list("text", "html")) == {(text, f"<p>{text}")}
    assert len(ids) == 3
