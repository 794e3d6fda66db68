"""The mails of an alert as programs read them: headers by the RFCs, threads, both parts alike."""

import re
from email import message_from_bytes
from email.headerregistry import DateHeader
from email.message import EmailMessage
from email.policy import default
from html import unescape

import pytest
from pytest_django import Settings

from ebay_alerts.accounts.models import User
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.models import Message
from tests.alerts.conftest import Desk

pytestmark = pytest.mark.django_db

# RFC 5322, 3.6.4, without quoted strings and literals, which we do not write.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
MESSAGE_ID = re.compile(rf"<{DOT_ATOM}@{DOT_ATOM}>")
LIST_ID = re.compile(rf"<{DOT_ATOM}\.{DOT_ATOM}>")  # RFC 2919, 2
ONCE = ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type")


@pytest.fixture(autouse=True)
def sender(settings: Settings) -> None:
    settings.MAIL_FROM = "eBay Alerts <alerts@example.org>"
    settings.PUBLIC_URL = f"https://{'alerts.' * 8}example.org"


@pytest.fixture
def mails(desk: Desk, ann: User) -> list[Message]:
    """A welcome mail, and digests of all kinds of news, of two alerts that mail by themselves."""
    User.objects.filter(pk=ann.pk).update(one_mail=False)
    desk.keep(ann, name="Höhle «Rot» =?utf-8?q?x?= " + "länger " * 8, max_price=40)
    desk.keep(ann, "port", mail_when="always")
    desk.put_all({"a": 30, "b": 20, "c": 10, "d": 50})
    desk.put("p", 7, title="Port 'n' <b>Wine</b> & more")
    desk.start()
    first = list(Message.objects.order_by("pk"))
    desk.put_all({"a": 25, "b": 22, "e": 5})
    desk.put("d", 35)
    desk.end("c")
    second = desk.slot()
    desk.deliver()
    desk.put("d", 60)
    return [*first, *second, *desk.slot()]


def parsed(message: Message) -> EmailMessage:
    content = compose_bytes(message)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, policy=default)


def test_every_header_is_as_the_standards_want_it(mails: list[Message]) -> None:
    assert len(mails) >= 5
    for message in mails:
        mail = parsed(message)
        assert not mail.defects
        assert [name for name in ONCE if len(mail.get_all(name, [])) != 1] == []
        assert [name for name in mail if mail[name].defects] == []
        [sender] = mail["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("eBay Alerts", "alerts@example.org")
        assert MESSAGE_ID.fullmatch(mail["Message-ID"])
        assert mail["Message-ID"].endswith("@example.org>")
        assert isinstance(mail["Date"], DateHeader)
        assert mail["Date"].datetime == message.created_at.replace(microsecond=0)
        assert mail["Auto-Submitted"] == "auto-generated"  # RFC 3834, 5
        assert LIST_ID.fullmatch(mail["List-Id"])
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Subject"] == message.subject
    assert len({message.message_id for message in mails}) == len(mails)


def test_the_mails_of_one_alert_are_one_thread_and_those_of_two_are_not(
    mails: list[Message],
) -> None:
    threads: dict[str, set[str]] = {}
    for message in mails:
        mail = parsed(message)
        assert MESSAGE_ID.fullmatch(mail["References"])
        assert mail["References"] == mail["In-Reply-To"] != mail["Message-ID"]
        threads.setdefault(mail["References"], set()).add(mail["List-Id"])
    assert [len(list_ids) for list_ids in threads.values()] == [1, 1]
    assert len(set.union(*threads.values())) == 2


def words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W_]+(?:[.:'][^\W_]+)*", text)}


def visible(html: str) -> str:
    body = html.split("<body", 1)[1].split("</div>", 1)[1]  # without the preheader
    body = re.sub(r"<!--.*?-->", " ", body, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", body))


def test_the_text_says_all_that_the_html_says(mails: list[Message]) -> None:
    for message in mails:
        assert words(visible(message.html)) - words(message.text) == set()
