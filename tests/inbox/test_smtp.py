"""Mail comes in as SMTP says, and is kept byte for byte."""

import smtplib
import socket

import pytest

from inbox.settings import InboxSettings


def spoken(inbox, lines: bytes) -> list[bytes]:
    """Everything the server says to these lines, sent at once."""
    address = ("127.0.0.1", inbox.smtp_port)
    with socket.create_connection(address, 10) as connection, connection.makefile("rb") as answers:
        connection.sendall(lines)
        return answers.read().splitlines()


def test_a_mail_sent_by_smtp_is_kept_with_its_envelope(inbox):
    with inbox.smtp() as smtp:
        smtp.sendmail(
            "a@example.org", ["b@example.org", "c@example.org"], b"Subject: x\r\n\r\nhi\r\n"
        )
    (message,) = inbox.messages()
    assert message["Raw"] == {
        "From": "a@example.org",
        "To": ["b@example.org", "c@example.org"],
        "Data": "Subject: x\r\n\r\nhi\r\n",
        "Helo": "test.example",
    }


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"x",
        b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\nend.\r\n",
        b"Subject: long line\r\n\r\n" + b"a" * 300_000 + b"\r\n",
        b"Subject: dots at the edge of a buffer\r\n\r\n" + b"a" * 262_139 + b"\r\n.\r\nb\r\n",
        b"Subject: many dots\r\n\r\n" + b"A sentence.\r\n" * 5_000,
        "Subject: größer\r\n\r\n8 bit ✓\r\n".encode(),
    ],
    ids=["empty", "one letter", "dots", "long line", "edge", "many dots", "8 bit"],
)
def test_the_source_is_kept_byte_for_byte(inbox, source):
    inbox.send_raw(source)
    (message,) = inbox.messages()
    ended = source if source.endswith(b"\r\n") else source + b"\r\n"
    assert message["Raw"]["Data"].encode() == (b"\r\n" if not source else ended)


def test_a_mail_beyond_the_size_limit_is_refused_and_the_session_goes_on(start_inbox):
    with start_inbox(InboxSettings(smtp_port=0, size_limit=1000)) as inbox, inbox.smtp() as smtp:
        smtp.ehlo()
        smtp.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("a@example.org", ["b@example.org"], b"x" * 1001)
        assert refused.value.smtp_code == 552
        smtp.sendmail("a@example.org", ["b@example.org"], b"x" * 998)
        assert len(inbox.messages()) == 1


def test_a_mail_announced_as_too_large_is_refused_before_it_is_sent(start_inbox):
    with start_inbox(InboxSettings(smtp_port=0, size_limit=1000)) as inbox, inbox.smtp() as smtp:
        smtp.ehlo()
        assert smtp.docmd("MAIL", "FROM:<a@example.org> SIZE=1001")[0] == 552


def test_the_extensions_are_announced(inbox):
    with inbox.smtp() as smtp:
        smtp.ehlo()
        assert {"size", "8bitmime", "smtputf8", "pipelining", "auth"} <= smtp.esmtp_features.keys()


def test_any_login_is_accepted_without_tls(inbox):
    with inbox.smtp() as smtp:
        assert smtp.login("anybody", "anything")[0] == 235
        smtp.sendmail("a@example.org", ["b@example.org"], b"hi")
    assert len(inbox.messages()) == 1


def test_an_address_outside_ascii_is_kept(inbox):
    with inbox.smtp() as smtp:
        smtp.sendmail("jörg@bücher.example", ["伊@例.example"], b"hi", ["SMTPUTF8"])
    (message,) = inbox.messages()
    assert message["Raw"]["From"] == "jörg@bücher.example"
    assert message["Raw"]["To"] == ["伊@例.example"]


def test_a_bounce_without_a_sender_is_kept(inbox):
    with inbox.smtp() as smtp:
        smtp.sendmail("", ["b@example.org"], b"hi")
    assert inbox.messages()[0]["Raw"]["From"] == ""


@pytest.mark.parametrize("address", ['"a b"@example.org', "a@[127.0.0.1]", "plain", "a+b.c@x-y.z"])
def test_unusual_addresses_are_taken(inbox, address):
    with inbox.smtp() as smtp:
        smtp.helo()
        assert smtp.docmd("MAIL", "FROM:<a@example.org>")[0] == 250
        assert smtp.docmd("RCPT", f"TO:<{address}>")[0] == 250


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"MAIL FROM:<", b"RCPT TO:<x@y>", b"DATA", b"MAIL FROM:<a b@>", b"A" * 9_000],
)
def test_a_senseless_command_gets_an_error_and_the_session_goes_on(inbox, line):
    said = spoken(inbox, b"EHLO test.example\r\n" + line + b"\r\nNOOP\r\nQUIT\r\n")
    assert said[-2:] == [b"250 OK", b"221 Bye"]
    assert said[-3][:1] == b"5"


def test_many_mails_in_one_pipelined_write_are_all_kept(inbox):
    mail = (
        b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
        b"Subject: piped\r\n\r\nhi\r\n.\r\n"
    )
    said = spoken(inbox, b"EHLO test.example\r\n" + mail * 20 + b"QUIT\r\n")
    assert sum(line.startswith(b"250 OK kept") for line in said) == 20
    assert len(inbox.messages()) == 20
