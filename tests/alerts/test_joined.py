"""One mail for the alerts of a user that are due together."""

import re
from email import message_from_bytes
from email.policy import default

import httpx
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.letters import LONGEST_HTML, SHOWN
from ebay_alerts.alerts.links import pause_several_link
from ebay_alerts.alerts.models import Alert, Digest, Line
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.joining import MOST_JOINED
from ebay_alerts.alerts.services.leaving import erase_alerts, has_alerts
from ebay_alerts.alerts.sharing import shares
from ebay_alerts.mail.composing import compose_bytes
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.services import claim_messages
from ebay_alerts.mail.states import Queue
from tests.alerts.conftest import LEASE, Desk, news
from tests.alerts.test_mail_headers import MESSAGE_ID, parsed, visible, words
from tests.alerts.test_unsubscribing import ONE_CLICK, one_click_uri, path, states
from tests.mail.conftest import smtp
from tests.mail.scripted_smtp import ScriptedSmtp

__all__ = ["smtp"]
pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def titles(mail: Message) -> list[str]:
    return [line[2:] for line in mail.text.splitlines() if line.startswith("* ")]


def two_alerts(desk: Desk, user: User, **fields: str) -> tuple[Alert, Alert]:
    alerts = desk.keep(user, **fields), desk.keep(user, "port", name="Cellar", **fields)
    desk.put("w", 30)
    desk.put("p", 20, title="Port p")
    desk.start()
    return alerts


def some_news(desk: Desk) -> None:
    desk.put("new", 10)
    desk.put("p", 15, title="Port p")
    desk.put("q", 7, title="Port q")


def test_alerts_that_are_due_together_come_in_one_mail_with_a_section_each(
    desk: Desk, ann: User, bob: User
) -> None:
    wine, port = two_alerts(desk, ann)
    of_bob = desk.keep(bob)
    desk.start()
    some_news(desk)

    mails = desk.slot()

    assert [mail.to_address for mail in mails] == ["ann@example.com", "bob@example.com"]
    joined, alone = mails
    assert joined.subject == "2 new, 1 cheaper in 2 alerts: wine, Cellar"
    assert re.findall(r"== (\w+) ==\n(.*)", joined.text) == [
        ("wine", "1 new"),
        ("Cellar", "1 new, 1 cheaper"),
    ]
    assert titles(joined) == ["Wine new", "Port q", "Port p"]
    assert alone.subject == "1 new for wine, $10.00"
    assert len(news(wine, port)) == 3
    assert len(news(of_bob)) == 1
    digests = Digest.objects.filter(message=joined).order_by("pk")
    assert [digest.alert for digest in digests] == [wine, port]
    assert set(Line.objects.exclude(kind="listed").values_list("is_shown", flat=True)) == {True}
    assert desk.slot() == []


def test_who_wants_a_mail_for_each_alert_gets_them(desk: Desk, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(one_mail=False)
    two_alerts(desk, ann)
    some_news(desk)
    assert [mail.subject for mail in desk.slot()] == [
        "1 new for wine, $10.00",
        "1 new, 1 price change for Cellar, cheapest $7.00",
    ]


def test_an_alert_with_news_beside_one_without_mails_as_if_it_were_alone(
    desk: Desk, ann: User
) -> None:
    two_alerts(desk, ann)
    desk.put("new", 10)
    [mail] = desk.slot()
    assert mail.subject == "1 new for wine, $10.00"
    assert "alert-" in mail.headers["References"]


def test_an_instant_alert_and_a_current_list_join_what_leaves_at_the_same_time(
    desk: Desk, ann: User
) -> None:
    alerts = [
        desk.keep(ann, "port", mail_when="always"),
        desk.keep(ann, "gin", mail_when="always"),
        desk.keep(ann, interval_minutes=0),
    ]
    desk.put("p", 20, title="Port p")
    desk.put("g", 20, title="Gin with Port g")
    desk.start()
    desk.put("w", 9)

    [mail] = desk.slot()

    assert mail.subject == "1 new in 3 alerts: port, gin, wine"
    assert titles(mail) == ["Port p", "Gin with Port g", "Wine w"]
    assert "1 of its listings stands above." in mail.text
    assert len(news(*alerts)) == 1
    desk.deliver()
    [still] = desk.slot()
    assert still.subject == "3 listings in 2 alerts: port, gin, nothing changed"


def test_instant_alerts_that_find_something_at_one_moment_cost_one_mail_of_the_hour(
    desk: Desk, ann: User, settings: Settings
) -> None:
    """Of four mails an hour two leave at once."""
    settings.INSTANT_MAILS_PER_HOUR = 4
    alerts = [desk.keep(ann, word, interval_minutes=0) for word in ("red", "port", "gin")]
    desk.start()
    desk.slot()

    def find() -> None:
        for number, word in enumerate(("Red", "Port", "Gin")):
            desk.put(f"{word}{desk.now:%H%M%S}{number}", 10, title=word)

    find()
    first = desk.slot(seconds=0)
    desk.deliver()
    find()
    second = desk.slot(seconds=11)
    desk.deliver()
    find()
    assert desk.slot(minutes=14) == []
    third = desk.slot(minutes=1)
    assert [len(first), len(second), len(third)] == [1, 1, 1]
    texts = [mail.text for mail in (*first, *second, *third)]
    assert ["in 3 alerts" in text for text in texts] == [True, True, True]
    assert [text.count("more than fits into 4 mails an hour") for text in texts] == [0, 1, 1]
    assert len(news(*alerts)) == 9


def test_what_an_instant_alert_finds_joins_a_mail_that_goes_anyway_also_in_a_flood(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.INSTANT_MAILS_PER_HOUR = 1
    instant, often = desk.keep(ann, interval_minutes=0), desk.keep(ann, "gin", interval_minutes=1)
    desk.start()
    desk.slot()
    desk.put("a", 10)
    assert len(desk.slot(seconds=0)) == 1
    desk.deliver()
    desk.put("b", 10)
    desk.put("g", 10, title="Gin g")
    Alert.objects.update(slot=int(desk.now.timestamp()))
    [mail] = desk.slot(seconds=20)
    assert "in 2 alerts" in mail.subject
    assert (len(news(instant)), len(news(often))) == (2, 1)


def test_what_a_joined_mail_said_is_taken_back_whole_and_told_once(desk: Desk, ann: User) -> None:
    alerts = two_alerts(desk, ann)
    some_news(desk)
    desk.outage(minutes=16)
    desk.put("p", 14, title="Port p")
    desk.end("new")
    desk.outage(minutes=20)
    desk.outage(minutes=1)
    [mail] = desk.deliver()

    assert sorted(news(*alerts)) == [("appeared", "q", 7), ("repriced", "p", 14)]
    assert "Wine new" not in mail.text
    assert not Message.objects.filter(state__in=["queued", "stale"]).exists()


@pytest.mark.parametrize("act", ["pause", "delete", "snooze"])
def test_when_one_alert_of_a_waiting_mail_stops_the_other_is_told_all_the_same(
    desk: Desk, ann: User, act: str
) -> None:
    wine, port = two_alerts(desk, ann)
    some_news(desk)
    [waiting] = desk.slot()
    if act == "pause":
        keeping.pause_alert(ann, wine.pk, desk.now)
    elif act == "delete":
        keeping.delete_alert(ann, wine.pk, desk.now)
    else:
        keeping.snooze_alert(ann, wine.pk, desk.clock.step(days=1), desk.clock.step(days=-1))
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"

    [mail] = desk.slot(seconds=1)

    assert mail.subject == "1 new, 1 price change for Cellar, cheapest $7.00"
    assert len(news(port)) == 2


def test_who_has_a_joined_mail_in_flight_waits_for_its_end(desk: Desk, ann: User) -> None:
    two_alerts(desk, ann)
    some_news(desk)
    desk.slot()
    claim_messages(Queue.ALERTS, desk.now, 1, LEASE)
    desk.put("later", 10)
    assert desk.slot() == []


def test_a_joined_mail_is_as_the_standards_want_it_and_its_parts_say_the_same(
    desk: Desk, ann: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = f"https://{'alerts.' * 8}example.org"
    for number in range(MOST_JOINED):
        desk.keep(ann, f"w{number} " + "länger " * 8, name=f"«Rot» {number} " + "länger " * 8)
    desk.start()
    desk.put("n", 5, title=" ".join(f"w{number}" for number in range(MOST_JOINED)) + " länger")
    for number in range(MOST_JOINED):
        desk.put(f"n{number}", 10, title=f"w{number} länger")
    first, second = [*desk.slot(), *_more(desk)]
    for message in (first, second):
        mail = parsed(message)
        assert not mail.defects
        assert [name for name in mail if mail[name].defects] == []
        assert MESSAGE_ID.fullmatch(mail["References"])
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert one_click_uri(mail).startswith(settings.PUBLIC_URL)
        assert words(visible(message.html)) - words(message.text) == set()
    assert parsed(first)["References"] == parsed(second)["References"]
    assert parsed(first)["List-Id"] == parsed(second)["List-Id"]


def _more(desk: Desk) -> list[Message]:
    desk.deliver()
    for number in range(MOST_JOINED):
        desk.put(f"n{number}", 11, title=f"w{number} länger")
    return desk.slot()


@pytest.mark.django_db(transaction=True)
def test_one_click_pauses_exactly_the_alerts_of_the_mail_over_http(
    desk: Desk, ann: User, smtp: ScriptedSmtp, live_server: LiveServer, settings: Settings
) -> None:
    settings.PUBLIC_URL = live_server.url
    two_alerts(desk, ann)
    desk.keep(ann, "tonic")
    desk.start()
    some_news(desk)
    desk.slot()
    deliver_batch("alerts")
    mail = message_from_bytes(smtp.accepted[-1].content, policy=default)
    uri = one_click_uri(mail)

    opened = httpx.get(uri)
    assert opened.status_code == 200
    assert all(name in opened.text for name in ("wine", "Cellar", "Pause these alerts"))
    assert "<li>" in opened.text
    assert "tonic" not in opened.text
    assert states(ann) == ["active", "active", "active"]

    for _ in range(2):
        assert httpx.post(uri, data=ONE_CLICK).status_code == 200
    assert states(ann) == ["paused", "paused", "active"]


def test_the_page_of_a_mails_alerts_passes_over_those_that_are_gone(
    desk: Desk, ann: User, bob: User
) -> None:
    wine, port = two_alerts(desk, ann)
    desk.keep(bob)
    link = path(pause_several_link([wine.pk, port.pk]))
    keeping.delete_alert(ann, wine.pk, desk.now)

    page = Client().get(link).content.decode()
    assert "Cellar" in page
    answer = Client().post(link, {"action": "pause"})
    assert (answer.status_code, answer["Location"]) == (302, link)
    assert (states(ann), states(bob)) == (["paused"], ["filling"])
    keeping.delete_alert(ann, port.pk, desk.now)
    assert "are deleted" in Client().get(link).content.decode()
    assert Client().post(link, ONE_CLICK).status_code == 200
    assert Client().post(link.replace("/m/", "/m/1."), ONE_CLICK).status_code == 404


def test_fifty_listings_are_shared_so_that_each_alert_shows_some(desk: Desk, ann: User) -> None:
    alerts = [desk.keep(ann, word) for word in ("wine", "port", "gin")]
    desk.start()
    desk.put_all({f"n{price}": price for price in range(1, 121)})
    desk.put_all({f"p{price}": price for price in range(1, 6)}, title="Port")
    desk.put_all({f"g{price}": price for price in range(1, 41)}, title="Gin")

    [mail] = desk.slot()

    assert len(titles(mail)) == SHOWN
    assert titles(mail).count("Port") == 5
    assert titles(mail).count("Gin") == 22
    assert "and 97 more: http" in mail.text
    assert "and 18 more: http" in mail.text
    assert len(news(*alerts)) == 165
    assert Line.objects.filter(is_shown=True).count() == SHOWN


def test_no_mail_is_so_long_that_it_is_cut(desk: Desk, ann: User, bob: User) -> None:
    """With as much in each row as eBay gives, in a mail of many alerts and in one of a single."""
    for number in range(MOST_JOINED):
        desk.keep(ann, f"w{number} " + "-word " * 40, name=f"{number} " + "& " * 40)
    desk.keep(bob)
    desk.start()
    page = {"url": "https://www.ebay.com/itm/1?" + "a" * 900, "image_url": "https://i/" + "b" * 300}
    for number in range(MOST_JOINED):
        title = f"w{number} " + "Wine & more " * 6
        desk.put_all({f"{number}a": 10, f"{number}b": 11, f"{number}c": 12}, title=title, **page)
    joined, alone = desk.slot()
    for mail in (joined, alone):
        assert LONGEST_HTML * 2 // 3 < len(mail.html.encode()) <= LONGEST_HTML
    assert all(f"w{number} Wine" in joined.text for number in range(MOST_JOINED))
    assert f"{3 * MOST_JOINED - len(titles(alone))} more on the alert's page" in alone.text


def test_very_many_alerts_come_in_several_mails_of_so_many(desk: Desk, ann: User) -> None:
    words = [f"w{number}" for number in range(MOST_JOINED + 2)]
    alerts = [desk.keep(ann, word) for word in words]
    desk.start()
    for word in words:
        desk.put(word, 10, title=word)
    first, second = desk.slot()
    assert f"in {MOST_JOINED} alerts" in first.subject
    assert "in 2 alerts" in second.subject
    assert len(news(*alerts)) == len(words)


def test_nothing_is_left_of_who_had_joined_mails(desk: Desk, ann: User) -> None:
    two_alerts(desk, ann)
    some_news(desk)
    desk.slot()
    desk.deliver()
    erase_alerts(ann.pk, desk.now)
    assert not has_alerts(ann.pk)
    assert not Message.objects.exists()


@given(wanted=st.lists(st.integers(0, 200), max_size=30), room=st.integers(0, 60))
def test_room_is_shared_fairly(wanted: list[int], room: int) -> None:
    given_out = shares(wanted, room)
    assert sum(given_out) == min(room, sum(wanted))
    for want, got in zip(wanted, given_out, strict=True):
        assert got <= want
        if got < want:
            assert got >= max(given_out) - 1


def test_both_parts_of_a_joined_mail_have_the_same_links(desk: Desk, ann: User) -> None:
    two_alerts(desk, ann)
    some_news(desk)
    [message] = desk.slot()
    mail = message_from_bytes(compose_bytes(message), policy=default)
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    texts = [part.get_content() for part in parts if part]
    links = [set(re.findall(r"https?://[^\s\"<>#]+", text)) for text in texts]
    assert links[0] == links[1] - {"http://www.w3.org/1999/xhtml"}
