"""Failures on demand meet senders where they were asked to."""

import smtplib

import pytest


def set_control(inbox, **fields):
    inbox.http.post("/api/control", json=fields).raise_for_status()


def test_the_next_recipients_are_refused_and_then_no_more(inbox):
    set_control(inbox, refuse_next=1, code=452, words="4.2.2 Mailbox full")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        inbox.send()
    assert refused.value.recipients == {"you@example.org": (452, b"4.2.2 Mailbox full")}
    inbox.send()
    assert len(inbox.messages()) == 1


def test_one_of_two_recipients_is_refused(inbox):
    set_control(inbox, refuse_next=1, code=550)
    with inbox.smtp() as smtp:
        refused = smtp.sendmail("a@example.org", ["b@example.org", "c@example.org"], b"hi")
    assert list(refused) == ["b@example.org"]
    assert inbox.messages()[0]["Raw"]["To"] == ["c@example.org"]


def test_a_whole_mail_is_refused_and_not_kept(inbox):
    set_control(inbox, at="data", refuse_next=1, code=451)
    with pytest.raises(smtplib.SMTPDataError):
        inbox.send()
    assert inbox.messages() == []


def test_a_connection_is_refused_at_the_greeting(inbox):
    set_control(inbox, at="connect", refuse_next=1, code=421, words="4.7.0 Busy")
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        inbox.send()
    assert (refused.value.smtp_code, refused.value.smtp_error) == (421, b"4.7.0 Busy")
    inbox.send()


@pytest.mark.parametrize(("at", "kept"), [("connect", 0), ("rcpt", 0), ("data", 0), ("stored", 1)])
def test_a_dropped_connection_gets_no_answer(inbox, at, kept):
    set_control(inbox, at=at, drop_next=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        inbox.send()
    assert len(inbox.messages()) == kept
    assert inbox.http.get("/api/control").json()["drop_next"] == 0


def test_a_delay_is_kept_until_the_control_is_cleared(inbox):
    set_control(inbox, at="data", delay_ms=1)
    inbox.send()
    assert inbox.http.get("/api/control").json()["delay_ms"] == 1
    assert inbox.http.delete("/api/control").json()["delay_ms"] == 0


def test_fields_that_are_not_named_stay(inbox):
    set_control(inbox, at="data", code=452)
    set_control(inbox, refuse_next=2)
    shown = inbox.http.get("/api/control").json()
    assert (shown["at"], shown["code"], shown["refuse_next"]) == ("data", 452, 2)


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        '{"refuse_next": -1}',
        '{"refuse_next": true}',
        '{"code": 250}',
        '{"words": "two\\r\\nlines"}',
        '{"at": "lunch"}',
        '{"at": []}',
        '{"colour": 1}',
    ],
)
def test_a_bad_control_is_answered_with_400_and_changes_nothing(inbox, body):
    before = inbox.http.get("/api/control").json()
    answer = inbox.http.post("/api/control", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert inbox.http.get("/api/control").json() == before


def test_the_page_says_what_senders_will_meet(inbox):
    set_control(inbox, at="data", refuse_next=3)
    assert "refuses the next 3 with 451 at the end of a mail" in inbox.http.get("/").text
