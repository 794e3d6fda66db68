"""Batches handed to a server that accepts, refuses, puts off and breaks off."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Thread

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from ebay_alerts.mail import delivery
from ebay_alerts.mail.delivery import LEASE, deliver_batch
from ebay_alerts.mail.errors import BadMailSetting
from ebay_alerts.mail.models import Attempt, Message
from ebay_alerts.mail.selectors import held_mails
from ebay_alerts.mail.services import claim_messages
from ebay_alerts.mail.states import Outcome, State
from ebay_alerts.mail.tasks import deliver_alerts, deliver_reports, mark_stale_messages
from ebay_alerts.processes.commands.doctor import Trouble, _outbox
from tests.mail.conftest import MovableClock, QueueOne
from tests.mail.scripted_smtp import HANG_UP, ScriptedSmtp

pytestmark = [pytest.mark.backend, pytest.mark.django_db(databases="__all__")]


def in_new_thread(action: Callable[[], object]) -> Callable[[], None]:
    """What another process would do meanwhile, on a connection of its own."""

    def run() -> None:
        try:
            action()
        finally:
            connections.close_all()

    def start() -> None:
        thread = Thread(target=run)
        thread.start()
        thread.join()

    return start


def recipients(smtp: ScriptedSmtp) -> list[str]:
    return [letter.recipient for letter in smtp.accepted]


def test_a_batch_goes_over_one_connection_oldest_first(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    for key in ("a", "b", "c"):
        queue_one(key)
        time.move(seconds=1)

    assert deliver_batch("alerts") == 3

    assert smtp.connections == 1
    assert recipients(smtp) == ["a@example.org", "b@example.org", "c@example.org"]
    assert set(Message.objects.values_list("state", "reply")) == {("sent", "250 queued as 1")}
    assert Attempt.objects.filter(outcome=Outcome.SENT, code=250).count() == 3


def queue_many(queue_one: QueueOne, count: int) -> list[Message]:
    return [queue_one(f"m{number:02}") for number in range(count)]


def test_many_messages_go_over_several_sessions_each_once(
    smtp: ScriptedSmtp, queue_one: QueueOne, settings: Settings
) -> None:
    settings.SMTP_SESSIONS = 3
    keys = {message.key for message in queue_many(queue_one, 40)}

    assert deliver_batch("alerts") == 40

    assert smtp.connections == 3
    assert sorted(recipients(smtp)) == sorted(f"{key}@example.org" for key in keys)
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert Attempt.objects.filter(outcome=Outcome.SENT).count() == 40


def test_what_goes_to_one_address_arrives_in_order_however_many_sessions_there_are(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    for number in range(40):
        address = f"{'Ann' if number % 2 else 'bob'}{number % 4}@example.org"
        queue_one(f"m{number:02}", to_address=address, subject=f"number {number:02}")
        time.move(seconds=1)

    deliver_batch("alerts")

    assert smtp.connections > 1
    for address in set(recipients(smtp)):
        subjects = [
            message_from_bytes(letter.content)["Subject"]
            for letter in smtp.accepted
            if letter.recipient == address
        ]
        assert len(subjects) == 10
        assert subjects == sorted(subjects)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sessions", [1, 3])
def test_a_session_offers_nothing_before_its_last_answer_is_recorded(
    sessions: int, smtp: ScriptedSmtp, queue_one: QueueOne, settings: Settings
) -> None:
    settings.SMTP_SESSIONS = sessions
    queue_many(queue_one, 30)
    unrecorded: list[int] = []

    def count() -> None:
        taken = len(smtp.accepted)
        unrecorded.append(taken - Attempt.objects.count())

    smtp.before("MAIL", in_new_thread(count))

    deliver_batch("alerts")

    assert len(unrecorded) == 30
    # Of the session that asks nothing is left; each other one may have one on its way.
    assert max(unrecorded) < sessions


def test_sessions_that_the_server_does_not_take_leave_their_mails_to_the_others(
    smtp: ScriptedSmtp, queue_one: QueueOne, settings: Settings
) -> None:
    settings.SMTP_SESSIONS = 4
    queue_many(queue_one, 40)
    # Whichever of the later ones comes first.
    smtp.answer("CONNECT", "220 welcome", "421 too many sessions", "421 too many sessions")

    assert deliver_batch("alerts") == 40
    assert len(smtp.accepted) == 20
    assert set(Message.objects.filter(state=State.QUEUED).values_list("attempts")) == {(0,)}
    assert deliver_batch("alerts") == 20

    assert len(set(recipients(smtp))) == len(smtp.accepted) == 40


def test_when_one_of_several_sessions_is_refused_nothing_is_lost_and_the_rest_waits(
    smtp: ScriptedSmtp, queue_one: QueueOne, settings: Settings, time: MovableClock
) -> None:
    settings.SMTP_SESSIONS = 3
    queue_many(queue_one, 30)
    smtp.answer("MAIL", *["250 ok"] * 9, "530 log in first")

    assert deliver_batch("alerts") == 30

    taken = len(smtp.accepted)
    assert taken < 30
    assert Message.objects.filter(state=State.SENT).count() == taken
    assert Message.objects.filter(state=State.QUEUED, attempts=0).count() == 30 - taken
    assert deliver_batch("alerts") == 0
    time.move(minutes=1)
    deliver_batch("alerts")
    assert len(set(recipients(smtp))) == len(smtp.accepted) == 30


def test_alerts_and_reports_go_their_own_ways(smtp: ScriptedSmtp, queue_one: QueueOne) -> None:
    queue_one("report", queue="reports")
    queue_one("alert")

    assert deliver_alerts() == 1
    assert recipients(smtp) == ["alert@example.org"]
    assert deliver_reports() == 1
    assert recipients(smtp) == ["alert@example.org", "report@example.org"]


def test_without_mail_to_send_no_connection_is_opened(
    smtp: ScriptedSmtp, time: MovableClock
) -> None:
    assert deliver_batch("alerts") == 0
    assert smtp.connections == 0


def test_a_mail_put_off_goes_later_with_the_same_message_id(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    message = queue_one()
    smtp.answer("DOT", "451 greylisted, come back")

    deliver_batch("alerts")
    assert deliver_batch("alerts") == 0
    time.move(minutes=1)
    deliver_batch("alerts")

    ids = [message_from_bytes(letter.content)["Message-ID"] for letter in smtp.received]
    assert ids == [message.message_id, message.message_id]
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENT, 2)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_a_mail_refused_for_good_fails_with_the_servers_words_and_the_rest_goes_on(
    step: str, smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    refused, other = queue_one("refused"), queue_one("other")
    smtp.answer(step, "550 no such mailbox")

    deliver_batch("alerts")

    refused.refresh_from_db()
    other.refresh_from_db()
    assert (refused.state, refused.reply) == (State.FAILED, "550 no such mailbox")
    assert other.state == State.SENT
    assert smtp.connections == 1


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("CONNECT", "554 you are on a list"),
        ("CONNECT", "421 too many connections"),
        ("CONNECT", HANG_UP),
        ("EHLO", HANG_UP),
        ("AUTH", "535 wrong password"),
        ("AUTH", HANG_UP),
        ("MAIL", "530 log in first"),
        ("MAIL", "553 5.1.8 no such sender"),
    ],
)
def test_a_server_that_refuses_us_fails_no_mail_and_is_not_asked_again_at_once(
    step: str,
    reply: str,
    smtp: ScriptedSmtp,
    queue_one: QueueOne,
    time: MovableClock,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue_one("a")
    queue_one("b")
    smtp.extensions.append("AUTH PLAIN")
    settings.SMTP_URL = f"smtp://ann:pa%2Fss@127.0.0.1:{smtp.port}"
    smtp.always_answer("HELO", HANG_UP)
    smtp.answer(step, reply)

    assert deliver_batch("alerts") == 2

    assert set(Message.objects.values_list("state", "attempts")) == {("queued", 0)}
    assert not Attempt.objects.exists()
    assert len(caplog.records) == 1
    assert "pa/ss" not in caplog.text
    queue_one("c")
    assert deliver_batch("alerts") == 0
    assert smtp.connections == 1
    time.move(minutes=1)
    assert deliver_batch("alerts") == 3
    assert smtp.logins[-1] == "\x00ann\x00pa/ss"
    assert len(smtp.accepted) == 3


def test_a_clock_that_is_set_back_ends_the_waiting_for_a_server(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one("later")
    smtp.answer("CONNECT", "421 come again")
    deliver_batch("alerts")
    time.move(hours=-1)
    queue_one("earlier")
    assert deliver_batch("alerts") == 1
    assert len(smtp.accepted) == 1


def test_a_refused_sender_fails_no_mail_and_doctor_and_metrics_say_so(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock, client: Client
) -> None:
    def held() -> str:
        return next(
            line
            for line in client.get("/metrics").content.decode().splitlines()
            if line.startswith("ebay_alerts_messages_held ")
        ).split()[1]

    queue_one("a", to_address="jürgen@example.org")
    queue_one("b")
    smtp.extensions += ["SMTPUTF8"]
    smtp.always_answer("MAIL", "550 5.7.1 not your address")
    for _ in range(20):
        deliver_batch("alerts")
        time.move(days=1)
    queue_one("c")
    deliver_batch("alerts")
    time.move(seconds=1)
    queue_one("d")
    deliver_batch("alerts")

    waiting = Message.objects.filter(state=State.QUEUED).order_by("pk")
    assert [message.key for message in waiting] == ["a", "b", "c", "d"]
    assert {m.reply for m in waiting} == {"550 our sender is refused: 5.7.1 not your address"}
    assert held() == "4.0"
    with pytest.raises(Trouble, match="no mail leaves: 550 our sender is refused"):
        _outbox()
    smtp.always_answer("MAIL", "250 ok")
    time.move(hours=1)
    deliver_batch("alerts")
    assert (len(smtp.accepted), held()) == (4, "0.0")


def test_a_refused_option_of_the_sender_fails_its_message_alone(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    failed = queue_one("failed", to_address="jürgen@example.org")
    queue_one("other")
    smtp.extensions += ["SMTPUTF8"]
    smtp.answer("MAIL", "555 5.5.4 no SMTPUTF8 after all")

    deliver_batch("alerts")

    failed.refresh_from_db()
    assert (failed.state, failed.reply) == (State.FAILED, "555 5.5.4 no SMTPUTF8 after all")
    assert recipients(smtp) == ["other@example.org"]


def test_a_sender_refused_at_one_recipient_holds_up_no_other(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    refused = queue_one("refused")
    queue_one("other")
    smtp.answer("RCPT", "550 5.1.8 sender unknown")

    deliver_batch("alerts")

    refused.refresh_from_db()
    assert (refused.state, refused.attempts) == (State.QUEUED, 1)
    assert recipients(smtp) == ["other@example.org"]
    assert [message.pk for message in held_mails()] == [refused.pk]
    time.move(minutes=1)
    deliver_batch("alerts")
    assert recipients(smtp) == ["other@example.org", "refused@example.org"]


def test_the_wait_for_a_server_out_of_reach_grows(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    queue_one()
    smtp.answer("CONNECT", *["554 go away"] * 3)
    assert deliver_batch("alerts") == 1
    time.move(seconds=12)
    assert deliver_batch("alerts") == 1
    time.move(seconds=12)
    assert deliver_batch("alerts") == 0
    time.move(seconds=12)
    assert deliver_batch("alerts") == 1


def test_a_mail_cut_off_after_its_final_dot_is_lost_and_sent_again(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    message = queue_one(fresh_until=time.now() + timedelta(minutes=15))
    smtp.answer("DOT", HANG_UP)

    deliver_batch("alerts")
    assert [try_.outcome for try_ in message.tries.all()] == [Outcome.LOST]
    time.move(minutes=16)
    assert mark_stale_messages() == 0
    deliver_batch("alerts")

    ids = {message_from_bytes(letter.content)["Message-ID"] for letter in smtp.received}
    assert (len(smtp.received), ids) == (2, {message.message_id})
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize(("step", "reply"), [("RCPT", HANG_UP), ("RCPT", "421 shutting down")])
def test_a_session_that_breaks_off_puts_off_one_mail_and_the_rest_take_a_new_one(
    step: str, reply: str, smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    first, second = queue_one("first"), queue_one("second")
    smtp.answer(step, reply)

    assert deliver_batch("alerts") == 2
    assert smtp.connections == 1
    assert deliver_batch("alerts") == 1

    assert smtp.connections == 2
    assert recipients(smtp) == ["second@example.org"]
    assert [try_.outcome for try_ in first.tries.all()] == [Outcome.DEFERRED]
    assert [try_.outcome for try_ in second.tries.all()] == [Outcome.SENT]


def test_a_server_that_cannot_start_anew_after_a_refusal_gets_the_rest_on_a_new_connection(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    queue_one("refused")
    queue_one("other")
    smtp.answer("RCPT", "550 unknown")
    smtp.answer("RSET", HANG_UP)

    deliver_batch("alerts")
    deliver_batch("alerts")

    assert smtp.connections == 2
    assert recipients(smtp) == ["other@example.org"]


def test_nonsense_after_the_final_dot_counts_as_lost(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    message = queue_one()
    smtp.answer("DOT", "what?")

    deliver_batch("alerts")

    assert [(t.outcome, t.code) for t in message.tries.all()] == [(Outcome.LOST, None)]


def test_what_the_time_allowed_does_not_reach_is_released(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    for key in ("a", "b", "c"):
        queue_one(key)
    smtp.before("DOT", lambda: time.move(minutes=1))

    assert deliver_batch("alerts") == 3

    assert len(smtp.accepted) == 2
    assert set(Message.objects.values_list("key", "state")) == {
        ("a", "sent"),
        ("b", "sent"),
        ("c", "queued"),
    }
    assert deliver_batch("alerts") == 1


def test_the_time_allowed_is_under_half_the_lease() -> None:
    assert delivery.ALLOWED < delivery.LEASE / 2


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_lost_its_lease_stops(
    smtp: ScriptedSmtp, queue_one: QueueOne, time: MovableClock
) -> None:
    first, second = queue_one("first"), queue_one("second")
    smtp.before("MAIL", lambda: time.move(minutes=6))
    smtp.before("DOT", in_new_thread(lambda: claim_messages("alerts", time.now(), 9, LEASE)))

    deliver_batch("alerts")

    assert recipients(smtp) == ["first@example.org"]
    assert set(Message.objects.values_list("pk", "state")) == {
        (first.pk, "sending"),
        (second.pk, "sending"),
    }


def test_a_mail_for_an_address_beyond_ascii_needs_a_server_that_takes_it(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    refused = queue_one("refused", to_address="jürgen@bücher.example")
    deliver_batch("alerts")
    smtp.extensions += ["SMTPUTF8", "8BITMIME"]
    queue_one("taken", to_address="jürgen@bücher.example")
    deliver_batch("alerts")

    refused.refresh_from_db()
    assert refused.state == State.FAILED
    assert "SMTPUTF8" in refused.reply
    [letter] = smtp.accepted
    assert letter.recipient == "jürgen@xn--bcher-kva.example"
    assert letter.sender.endswith("SMTPUTF8")
    assert "To: jürgen@xn--bcher-kva.example\r\n".encode() in letter.content


def test_lines_that_begin_with_a_dot_arrive_whole(smtp: ScriptedSmtp, queue_one: QueueOne) -> None:
    text = ".\n..two\n.three\nlast\n"
    queue_one(text=text)

    deliver_batch("alerts")

    [letter] = smtp.accepted
    assert b"\r\n..two\r\n.three\r\n" in letter.content
    part = message_from_bytes(letter.content, policy=default).get_body(("plain",))
    assert part
    assert part.get_content().replace("\r\n", "\n") == text


def test_a_mail_that_cannot_be_written_fails_alone(smtp: ScriptedSmtp, queue_one: QueueOne) -> None:
    broken = queue_one("broken")
    Message.objects.filter(pk=broken.pk).update(to_address="no address at all")
    queue_one("other")

    deliver_batch("alerts")

    broken.refresh_from_db()
    assert broken.state == State.FAILED
    assert recipients(smtp) == ["other@example.org"]


@pytest.mark.parametrize("changes", [{"SMTP_URL": "http://x"}, {"MAIL_FROM": "nobody"}])
def test_a_bad_setting_is_said_and_claims_nothing(
    changes: dict[str, str], queue_one: QueueOne, smtp: ScriptedSmtp, settings: Settings
) -> None:
    queue_one()
    for name, value in changes.items():
        setattr(settings, name, value)

    with pytest.raises(BadMailSetting):
        deliver_batch("alerts")

    assert Message.objects.get().state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_server_is_asked(
    smtp: ScriptedSmtp, queue_one: QueueOne
) -> None:
    queue_one()
    seen: list[bool] = []
    database = connections["default"]
    for step in ("CONNECT", "MAIL", "DOT", "QUIT"):
        smtp.before(step, lambda: seen.append(database.in_atomic_block))

    deliver_batch("alerts")

    assert seen == [False] * 4
