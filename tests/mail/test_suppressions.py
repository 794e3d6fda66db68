"""Addresses that bounce or complain get no mail: by the server's answers and by notices."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.errors import LiftTooSoon
from ebay_alerts.mail.models import Message, Suppression
from ebay_alerts.mail.outcomes import Answer, Stage, judge
from ebay_alerts.mail.selectors import find_suppression
from ebay_alerts.mail.states import State
from ebay_alerts.mail.suppressing import Rest, after_failure
from ebay_alerts.mail.suppressions import lift_suppression, take_notice
from tests.mail.conftest import MovableClock, QueueOne
from tests.mail.notices import arf, dsn
from tests.mail.scripted_smtp import ScriptedSmtp

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
ANN = "ann@example.org"
NOW = datetime(2030, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("stage", "code", "words", "is_bounce"),
    [
        (Stage.RECIPIENT, 550, "no such user", True),
        (Stage.RECIPIENT, 550, "5.1.1 no such user", True),
        (Stage.RECIPIENT, 550, "5.2.1 disabled", True),
        (Stage.RECIPIENT, 552, "5.2.2 full", True),
        (Stage.RECIPIENT, 556, "no mail at all", True),
        (Stage.RECIPIENT, 550, "5.7.1 we know you", False),
        (Stage.RECIPIENT, 550, "5.1.8 sender unknown", False),
        (Stage.RECIPIENT, 554, "no", False),
        (Stage.RECIPIENT, 450, "4.1.1 greylisted", False),
        (Stage.RECIPIENT, None, "", False),
        (Stage.HANDED_OVER, 550, "5.1.1 no such user", True),
        (Stage.HANDED_OVER, 550, "looks like spam", False),
        (Stage.HANDED_OVER, 552, "5.2.3 too long", False),
        (Stage.OFFERING, 550, "no", False),
        (Stage.SENDER, 550, "5.1.1 who are you", False),
        (Stage.HANDED_OVER, 250, "2.1.1 ok", False),
    ],
)
def test_only_refusals_for_good_of_the_address_itself_are_bounces(
    stage: Stage, code: int | None, words: str, is_bounce: bool
) -> None:
    assert judge(Answer(stage, code, words)).is_bounce is is_bounce


def test_the_first_failure_gives_a_day_of_rest_and_one_after_it_has_no_end() -> None:
    first = after_failure(None, NOW, NOW)
    assert first == Rest(1, NOW, NOW + DAY)
    late_notice = after_failure(first, NOW - DAY, NOW + 2 * DAY)
    assert late_notice == Rest(2, NOW, NOW + DAY)
    assert after_failure(first, NOW + DAY, NOW + DAY) == Rest(2, NOW + DAY, None)
    month = NOW + 31 * DAY
    assert after_failure(first, month, month) == Rest(1, month, month + DAY)
    for_good = Rest(2, NOW, None)
    assert after_failure(for_good, month, month) == Rest(3, NOW, None)


def until(address: str = ANN) -> datetime | None:
    return Suppression.objects.get(address=address).until


def test_a_dead_address_rests_a_day_gets_one_more_try_and_then_nothing(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    smtp.always_answer("RCPT", "550 5.1.1 no such user")
    fresh = {"fresh_until": time.now() + timedelta(hours=1)}
    first, second = queue_one("1", to_address=ANN), queue_one("2", to_address="Ann@Example.org")
    third = queue_one("3", to_address=ANN, **fresh)
    other = queue_one("other")
    deliver_batch("alerts")
    deliver_batch("alerts")
    states = [Message.objects.get(pk=one.pk) for one in (first, second, third, other)]
    assert [one.state for one in states] == ["failed", "failed", "stale", "failed"]
    assert [one.attempts for one in states] == [1, 0, 0, 1]
    assert states[1].reply == "no mail goes there, it bounced: 550 5.1.1 no such user"

    late = queue_one("4", to_address=ANN)
    assert (late.state, late.reply) == (State.FAILED, states[1].reply)
    assert queue_one("5", to_address=ANN, **fresh).state == State.STALE
    time.move(days=1)
    queue_one("6", to_address=ANN)
    deliver_batch("alerts")
    assert until() is None
    time.move(days=1000)
    assert queue_one("7", to_address=ANN).state == State.FAILED


def test_what_is_not_of_the_address_suppresses_nothing(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    for number, reply in enumerate(("550 5.7.1 spam", "554 no", "450 later", "550 5.1.8 sender")):
        smtp.answer("RCPT", reply)
        queue_one(f"{number}", to_address=ANN)
    deliver_batch("alerts")
    assert not Suppression.objects.exists()


def sent(queue_one: QueueOne, key: str, time: MovableClock, to: str = ANN) -> Message:
    message = queue_one(key, to_address=to)
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=time.now())
    return message


def test_a_notice_counts_for_the_address_that_our_mail_went_to(
    queue_one: QueueOne, time: MovableClock
) -> None:
    message = sent(queue_one, "1", time)
    # It was forwarded: another address failed.
    assert take_notice(dsn(message.message_id, to="else@example.net"), time.now())[0]
    assert [one.address for one in Suppression.objects.all()] == [ANN]
    assert until() == time.now() + DAY


def test_what_names_no_mail_of_ours_counts_for_nothing(
    queue_one: QueueOne, time: MovableClock
) -> None:
    """Anybody can write a notice to the address that receives them."""
    unsent = queue_one("1", to_address=ANN)
    for message_id in ("", "<x@example.org>", "\x00", unsent.message_id):
        counts, words = take_notice(dsn(message_id), time.now())
        assert (counts, words) == (False, "names no mail of ours by its Message-ID")
    assert not Suppression.objects.exists()


def test_notices_of_mails_sent_before_the_rest_say_nothing_new(
    queue_one: QueueOne, time: MovableClock
) -> None:
    messages = [sent(queue_one, f"{number}", time) for number in range(3)]
    for message in messages:
        take_notice(dsn(message.message_id), time.now())
    time.move(days=3)
    take_notice(dsn(messages[0].message_id), time.now())
    assert find_suppression(ANN, time.now()) is None
    take_notice(dsn(sent(queue_one, "new", time).message_id), time.now())
    assert until() is None


def test_a_complaint_has_no_end_and_a_late_one_does_not_undo_a_lifting(
    queue_one: QueueOne, time: MovableClock
) -> None:
    early, late = sent(queue_one, "1", time), sent(queue_one, "2", time)
    assert take_notice(arf(early.message_id, "not-spam"), time.now())[0] is False
    assert take_notice(arf(early.message_id), time.now())[0]
    take_notice(dsn(late.message_id), time.now())
    kept = Suppression.objects.get()
    assert (kept.reason, kept.until) == ("complained", None)
    time.move(hours=1)
    lift_suppression("ANN@example.org", time.now())
    assert find_suppression(ANN, time.now()) is None
    take_notice(arf(late.message_id), time.now())
    assert find_suppression(ANN, time.now()) is None


def test_lifting_is_limited_and_a_failure_after_it_has_no_end(
    queue_one: QueueOne, time: MovableClock
) -> None:
    lift_suppression(ANN, time.now())
    take_notice(dsn(sent(queue_one, "1", time).message_id), time.now())
    lift_suppression(ANN, time.now())
    lift_suppression(ANN, time.now())
    time.move(hours=1)
    take_notice(dsn(sent(queue_one, "2", time).message_id), time.now())
    assert until() is None
    with pytest.raises(LiftTooSoon):
        lift_suppression(ANN, time.now())
    time.move(hours=23)
    lift_suppression(ANN, time.now())
    assert find_suppression(ANN, time.now()) is None


def post(content: bytes, token: str = "secret") -> HttpResponse:
    return Client().post(  # type: ignore[return-value]
        "/api/bounces", content, "message/rfc822", headers={"authorization": f"Bearer {token}"}
    )


def test_a_mail_server_tells_of_bounces_by_the_endpoint(
    queue_one: QueueOne, time: MovableClock, settings: Settings
) -> None:
    settings.BOUNCE_TOKEN = "secret"
    message = sent(queue_one, "1", time)
    assert post(dsn(message.message_id), "wrong").status_code == 401
    assert post(dsn(message.message_id), "é").status_code == 401
    assert not Suppression.objects.exists()
    answer = post(dsn(message.message_id))
    assert answer.status_code == 200
    words = "smtp; 550 5.1.1 <ann@example.org>: no such user"
    assert answer.json() == {"counts": True, "words": words}  # type: ignore[attr-defined]
    assert post(b"hello").status_code == 422
    assert post(b"x" * 2_000_001).status_code == 413
    assert find_suppression(ANN, time.now())


def test_without_its_secret_the_endpoint_takes_nothing(
    queue_one: QueueOne, time: MovableClock, settings: Settings
) -> None:
    settings.BOUNCE_TOKEN = ""
    for token in ("", "secret", "None"):
        answer = post(dsn(sent(queue_one, f"k{token}", time).message_id), token)
        assert answer.status_code == 401
    assert not Suppression.objects.exists()
