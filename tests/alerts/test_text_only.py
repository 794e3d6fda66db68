"""Mails as text alone, for users who want that."""

from email import message_from_bytes
from email.policy import default

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.services import Draft, ShownPicture, as_wished, queue_messages
from tests.alerts.conftest import Desk

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_welcome_mails_and_digests_are_text_alone_and_say_the_same(
    desk: Desk, ann: User, bob: User
) -> None:
    set_preferences(ann, desk.now, text_only=True)
    for user in (ann, bob):
        desk.keep(user)
        desk.keep(user, "port")
    desk.put("a", 10)
    desk.start()
    desk.put("b", 9)
    desk.put("p", 9, title="Port «p»")
    desk.slot()
    for text_only, with_html in zip(_to(ann), _to(bob), strict=True):
        mail = message_from_bytes(compose_bytes(text_only), policy=default)
        assert not mail.defects
        assert mail.get_content_type() == "text/plain"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert text_only.html == ""
        assert [line for line in text_only.text.splitlines() if "http" not in line] == [
            line for line in with_html.text.splitlines() if "http" not in line
        ]
        content = mail.get_content()
        assert content.split() == text_only.text.split()
        other = message_from_bytes(compose_bytes(with_html), policy=default)
        assert other.get_content_type() == "multipart/alternative"


def _to(user: User) -> list[Message]:
    return list(Message.objects.filter(to_address=user.email).order_by("pk"))


def test_a_mail_of_text_alone_names_no_pictures(desk: Desk) -> None:
    picture = ShownPicture("chart", "chart@example.org", "a chart")
    html = '<img src="cid:chart@example.org">'
    draft = Draft("report:1", "reports", "ann@example.com", "Fell", "text\n", html)
    with_picture = Draft(**vars(draft) | {"pictures": [picture]})
    queue_messages([as_wished(with_picture, text_only=True)], desk.now)
    message = Message.objects.get()
    assert (message.html, message.pictures) == ("", None)
