"""Unsubscribing, from one alert or from everything: what mails say and what a POST does."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.links import everything_page, stop_everything_link, unsubscribe_link
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.services import Draft, queue_messages
from tests.alerts.conftest import Desk, news
from tests.mail.conftest import smtp
from tests.mail.scripted_smtp import ScriptedSmtp

__all__ = ["smtp"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path(url: str) -> str:
    return urlsplit(url).path


def states(user: User) -> list[str]:
    return list(Alert.objects.filter(user=user).order_by("pk").values_list("state", flat=True))


def frequency(user: User) -> str:
    return User.objects.get(pk=user.pk).report_frequency


def one_click_uri(mail: EmailMessage) -> str:
    """The address that a mail program posts to, by RFC 8058, 4 and RFC 2369, 2 and 3.2."""
    assert mail.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    [header] = mail.get_all("List-Unsubscribe", [])
    uris = re.findall(r"<([^<>\s]+)>", header)
    assert header == ", ".join(f"<{uri}>" for uri in uris)
    web = [uri for uri in uris if urlsplit(uri).scheme in ("http", "https")]
    assert len(web) == 1
    return web[0]


@pytest.mark.django_db(transaction=True)
def test_a_mail_program_unsubscribes_over_http_by_the_header_that_arrived(
    desk: Desk, ann: User, smtp: ScriptedSmtp, live_server: LiveServer, settings: Settings
) -> None:
    settings.PUBLIC_URL = live_server.url
    alert, other = desk.keep(ann), desk.keep(ann, "port")
    desk.fill()
    welcome_filled(desk.now)
    deliver_batch("alerts")
    mail = message_from_bytes(smtp.accepted[0].content, policy=default)
    uri = one_click_uri(mail)

    opened = httpx.get(uri, follow_redirects=True)
    assert (opened.status_code, alert.name in opened.text) == (200, True)
    assert states(ann) == ["active", "active"]
    # No cookie, no referrer, no redirect (RFC 8058, 3.1).
    assert httpx.post(uri, data=ONE_CLICK).status_code == 200
    assert states(ann) == ["paused", "active"]

    everything = stop_everything_link(ann.pk)
    assert httpx.get(everything, follow_redirects=True).status_code == 200
    assert states(ann) == ["paused", "active"]
    assert httpx.post(everything, data=ONE_CLICK).status_code == 200
    assert (states(ann), frequency(ann)) == (["paused", "paused"], "off")
    assert other.user_id == ann.pk


def test_everything_stops_at_once_and_only_for_this_user(desk: Desk, ann: User, bob: User) -> None:
    for number in range(keeping.EDITED_A_TURN + 5):
        desk.keep(ann, f"wine {number}")
    filling = desk.keep(ann, "port")
    desk.keep(bob)
    desk.start()
    Alert.objects.filter(pk=filling.pk).update(state="filling")

    for _ in range(2):
        keeping.stop_everything(ann, desk.now)

    assert set(states(ann)) == {"paused"}
    assert (frequency(ann), states(bob), frequency(bob)) == ("off", ["active"], "daily")
    assert AlertChange.objects.filter(kind="paused").count() == keeping.EDITED_A_TURN + 6
    assert desk.slot(days=2) == []


def test_what_waits_in_the_outbox_is_taken_back_and_told_when_all_is_resumed(
    desk: Desk, ann: User, bob: User
) -> None:
    alert = desk.keep(ann)
    desk.put("a", 30)
    desk.start()
    desk.put("b", 10)
    assert len(desk.slot()) == 1
    for user in (ann, bob):
        report = Draft(f"report:{user.pk}", "reports", user.email, "Fell", "text\n", "<p>x</p>\n")
        queue_messages([report], desk.now)

    keeping.stop_everything(ann, desk.now)

    assert desk.deliver() == []
    assert dict(Message.objects.filter(queue="reports").values_list("to_address", "state")) == {
        "ann@example.com": "withdrawn",
        "bob@example.com": "queued",
    }
    assert news(alert) == []
    keeping.resume_everything(ann, desk.now)
    desk.start()
    desk.slot()
    assert news(alert) == [("appeared", "b", 10)]


def test_a_report_that_a_server_may_have_is_not_called_withdrawn(desk: Desk, ann: User) -> None:
    report = Draft("report:1", "reports", ann.email, "Fell", "text\n", "<p>x</p>\n")
    queue_messages([report], desk.now)
    Message.objects.update(maybe_taken=True)
    keeping.stop_everything(ann, desk.now)
    assert Message.objects.get().state == "queued"


def press(user: User, action: str) -> HttpResponse:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path(everything_page(user.pk))).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "action": action}
    return browser.post(path(everything_page(user.pk)), fields)  # type: ignore[return-value]


def shown(user: User) -> str:
    page = Client().get(path(everything_page(user.pk))).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_of_all_mails_stops_and_resumes_them(desk: Desk, ann: User) -> None:
    desk.keep(ann, name="Secret cellar")
    desk.start()
    assert "1 alert mails you. A price report comes daily." in shown(ann)
    assert "Secret cellar" not in shown(ann)
    assert press(ann, "nothing").status_code == 302
    assert states(ann) == ["active"]
    assert press(ann, "stop").status_code == 302
    assert "0 alerts mail you, 1 is paused. No price report comes." in shown(ann)
    press(ann, "resume")
    press(ann, "report")
    assert (states(ann), frequency(ann)) == (["filling"], "daily")


def test_the_page_takes_no_form_of_others(desk: Desk, ann: User) -> None:
    desk.keep(ann)
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(path(everything_page(ann.pk)), {"action": "stop"})
    assert (answer.status_code, states(ann)) == (403, ["filling"])


@pytest.mark.parametrize("end", ["", "unsubscribe"])
def test_a_link_of_one_kind_opens_nothing_of_another(desk: Desk, ann: User, end: str) -> None:
    alert = desk.keep(ann)
    of_alert = path(unsubscribe_link(alert.pk)).split("/")[2]
    of_user = path(everything_page(ann.pk)).split("/")[2]
    wrong: list[Any] = [f"/u/{of_alert}/{end}", f"/a/{of_user}/{end}", f"/u/{of_user}x/{end}"]
    assert [Client().post(one).status_code for one in wrong] == [404] * 3
    assert states(ann) == ["filling"]


def test_both_parts_of_a_mail_have_the_same_links(desk: Desk, ann: User) -> None:
    desk.keep(ann)
    desk.put("a", 30)
    desk.fill()
    desk.outage()
    [welcome] = desk.deliver()
    mail = message_from_bytes(compose_bytes(welcome), policy=default)
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    texts = [part.get_content() for part in parts if part]
    links = [set(re.findall(r"https?://[^\s\"<>#]+", text)) for text in texts]
    assert links[0] == links[1] - {"http://www.w3.org/1999/xhtml"}
    assert everything_page(ann.pk) in links[0]
