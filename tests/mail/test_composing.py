"""The mail as it leaves: parts, headers and encodings."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape

import pytest
from pytest_django import Settings

from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.models import Message
from tests.mail.conftest import QueueOne

LONG_URL = "https://alerts.example.org/unsubscribe/" + "x" * 400


@pytest.fixture(autouse=True)
def _sender(settings: Settings) -> None:
    settings.MAIL_FROM = "Ebay Älerts <alerts@example.org>"


def message(**changes: object) -> Message:
    wanted: dict[str, object] = {
        "message_id": "<" + "f" * 32 + "@example.org>",
        "to_address": "ann@example.org",
        "subject": "3 new for wine",
        "text": "text\n",
        "html": "<p>html</p>\n",
        "headers": {},
        "created_at": datetime(2030, 5, 1, 12, tzinfo=UTC),
    }
    return Message(**(wanted | changes))


def parsed(source: bytes) -> EmailMessage:
    mail = message_from_bytes(source, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_holds_a_text_and_an_html_part_and_says_that_no_person_wrote_it() -> None:
    mail = parsed(compose_bytes(message()))

    assert mail.get_content_type() == "multipart/alternative"
    assert mail["From"].addresses[0].display_name == "Ebay Älerts"
    assert mail["From"].addresses[0].addr_spec == "alerts@example.org"
    assert (mail["To"], mail["Subject"]) == ("ann@example.org", "3 new for wine")
    assert mail["Date"].datetime == datetime(2030, 5, 1, 12, tzinfo=UTC)
    assert mail["Message-ID"] == "<" + "f" * 32 + "@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert body(mail, "plain") == "text\n"
    assert body(mail, "html") == "<p>html</p>\n"


@pytest.mark.parametrize(
    "words", ["ü" * 3000, "コーヒー" * 800, "x" * 5000, "€ 12 each\n" * 9, "🍷"]
)
def test_any_text_goes_as_short_lines_of_ascii(words: str) -> None:
    source = compose_bytes(message(text=words, html=f"<p>{words}</p>", subject=words[:9]))

    assert source.isascii()
    assert max(map(len, source.split(b"\r\n"))) < 998
    assert b"\n" not in source.replace(b"\r\n", b"")
    mail = parsed(source)
    assert body(mail, "plain").strip() == words.strip()
    assert mail["Subject"] == words[:9]


def test_a_long_link_in_a_header_is_left_whole() -> None:
    headers = {
        "List-Unsubscribe": f"<{LONG_URL}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    source = compose_bytes(message(headers=headers))

    assert f"\r\nList-Unsubscribe: <{LONG_URL}>\r\n".encode() in source
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in source


def test_a_long_address_is_left_whole() -> None:
    address = "l" * 64 + "@" + "d" * 63 + "." + "e" * 63 + ".org"
    source = compose_bytes(message(to_address=address, message_id=f"<{'f' * 32}@{'d' * 63}.org>"))

    assert address.encode() in source
    assert b"=?" not in source.split(b"\r\nTo:")[1].split(b"\r\n\r\n")[0]


@pytest.mark.parametrize("subject", ["w" * 61, "two  spaces", "3 new for wein, günstig", " ", ""])
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    read = parsed(compose_bytes(message(subject=subject)))["Subject"]
    assert str(read).strip() == subject.strip()


def test_two_tries_send_the_very_same_bytes() -> None:
    assert compose_bytes(message()) == compose_bytes(message())


def test_what_looks_like_the_boundary_ends_no_part() -> None:
    words = "one\n--=_alternative\n--=_alternative--\ntwo\n"
    mail = parsed(compose_bytes(message(text=words, html=words)))
    assert (body(mail, "plain"), body(mail, "html")) == (words, words)


@pytest.mark.parametrize(
    ("html", "encoding"),
    [
        ('<p title="für 5 €">日本 &amp; 🍷</p>\n.\n.dots\nFrom here\n', "7bit"),
        (f"<p>{'x' * 980}</p>\n", "7bit"),
        (f"<p>{'x' * 990}</p>\n", "quoted-printable"),
        ("<p>a\rb</p>\n", "quoted-printable"),
        (f"<p>{'ü' * 200}</p>\n", "base64"),
    ],
)
def test_html_goes_as_plain_lines_where_it_can_and_reads_the_same(html: str, encoding: str) -> None:
    mail = parsed(compose_bytes(message(html=html)))
    part = mail.get_body(("html",))

    assert part
    assert part["Content-Transfer-Encoding"] == encoding
    assert unescape(body(mail, "html")) == unescape(html)


def test_a_header_with_a_line_break_is_refused() -> None:
    for headers in ({"X-Any": "a\r\nBcc: b@example.org"}, {"List-Id": "a\nBcc: b@example.org"}):
        with pytest.raises(ValueError, match="linefeed"):
            compose_bytes(message(headers=headers))


@pytest.mark.parametrize(
    "subject",
    [
        "wine =?utf-8?q?a=0D=0ABcc:_x@example.net?=",
        "é =?utf-8?q?a=0D=0A=0D=0Abody?=",
        "=?utf-8?b?/w==?= é",
        "wine =?utf-8?q?=00?=",
        "=?x?q?y?= wine",
        "=?" * 100,
        "=?utf-8?q?" + "länger " * 20 + "?=",
    ],
)
def test_words_that_look_encoded_are_shown_as_they_were_written(
    queue_one: QueueOne, subject: str
) -> None:
    """Titles are strangers' words: decoded, they could end the line and begin another header."""
    mail = message_from_bytes(compose_bytes(queue_one(subject=subject)), policy=default)
    plain = message_from_bytes(compose_bytes(queue_one("other")), policy=default)
    assert mail["Subject"] == subject.strip()
    assert mail.keys() == plain.keys()
    assert not mail.defects
