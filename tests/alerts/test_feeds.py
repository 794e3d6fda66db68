"""Feeds and calendars: what was told and what ends, at addresses that nobody guesses."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import pytest
from django.test import Client

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import issue_token
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, Feed
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.feeding import open_feed
from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import Listing
from tests.alerts.conftest import Desk, news
from tests.end_to_end.conftest import Person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
ATOM = "{http://www.w3.org/2005/Atom}"


def at_api(user: User, desk: Desk) -> Person:
    return Person(user, Client(), issue_token(user, desk.now))


def opened(api: Person, alert: Alert | None = None) -> dict[str, Any]:
    answer = api.send("POST", f"/alerts/{alert.pk}/feed" if alert else "/account/feed")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def get(address: str, **headers: str) -> Any:
    path = re.sub(r"^https?://[^/]*", "", address)
    return Client().get(path, headers=headers)


def entries(address: str) -> list[Any]:
    read = feedparser.parse(get(address).content)
    assert not read.bozo
    return list(read.entries)


def events(address: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(get(address).content).walk("VEVENT"))


@pytest.fixture
def alert(desk: Desk, ann: User) -> Alert:
    alert = desk.keep(ann)
    desk.put_all({"a": 10, "b": 20})
    desk.start()
    return alert


def test_a_feed_shows_what_was_told_newest_first(desk: Desk, ann: User, alert: Alert) -> None:
    address = opened(at_api(ann, desk), alert)["atom"]
    assert entries(address) == []  # the welcome's list is no news
    desk.put("c", 30)
    desk.slot()
    desk.put("a", 8)
    desk.slot()
    read = entries(address)
    assert [one.title for one in read] == ["down 20 %: Wine a, $8.00", "New: Wine c, $30.00"]
    assert [one.link for one in read] == ["https://www.ebay.com/itm/1"] * 2
    assert "$8.00 (was $10.00)" in read[0].summary
    assert len({one.id for one in read}) == 2
    assert datetime(*read[0].updated_parsed[:6], tzinfo=UTC) == desk.now.replace(microsecond=0)


def test_a_feed_has_all_that_rfc_4287_asks_for(desk: Desk, ann: User, alert: Alert) -> None:
    address = opened(at_api(ann, desk), alert)["atom"]
    desk.put("c", 30, image_url="https://i.ebayimg.com/1.jpg")
    desk.slot()
    answer = get(address)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    for place in (root, root.find(f"{ATOM}entry")):
        assert place is not None
        for name in ("id", "title", "updated"):
            assert [one.text for one in place.findall(ATOM + name) if one.text] != [], name
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert links["self"] == address
    assert 'src="https://i.ebayimg.com/1.jpg"' in entries(address)[0].summary


def test_hostile_titles_stay_text(desk: Desk, ann: User, alert: Alert) -> None:
    hostile = "Wine </title><script>alert(1)</script> ]]> & \"q\" 'p' &lt;b&gt;"
    address = opened(at_api(ann, desk), alert)["atom"]
    desk.put("c", 30, title=hostile, image_url="https://i.ebayimg.com/1.jpg")
    desk.slot()
    Listing.objects.filter(legacy_id="c").update(title=hostile + "\x0b")
    (entry,) = ET.fromstring(get(address).content).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == f"New: {hostile} , $30.00"
    assert "<script" not in str(entry.findtext(f"{ATOM}content"))


def test_what_is_told_has_one_id_also_when_its_digest_is_made_anew(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, interval_minutes=5)
    desk.start()
    address = opened(at_api(ann, desk), alert)["atom"]
    desk.put("c", 30)
    desk.slot(minutes=6)
    (first,) = entries(address)
    desk.put("d", 40)
    desk.slot(minutes=6)  # the first mail had not left
    assert len(news(alert)) == 2
    assert first.id in {one.id for one in entries(address)}


def test_who_has_the_newest_is_answered_304(desk: Desk, ann: User, alert: Alert) -> None:
    address = opened(at_api(ann, desk), alert)["atom"]
    desk.put("c", 30)
    desk.slot()
    first = get(address)
    for headers in (
        {"if-none-match": first["ETag"]},
        {"if-modified-since": first["Last-Modified"]},
    ):
        again = get(address, **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
    desk.put("d", 40)
    desk.slot()
    assert get(address, **{"if-none-match": first["ETag"]}).status_code == 200
    assert get(address, **{"if-modified-since": first["Last-Modified"]}).status_code == 200


@pytest.mark.parametrize("kind", ["atom", "calendar"])
def test_a_feed_has_no_cookie_is_not_indexed_and_answers_head(
    desk: Desk, ann: User, alert: Alert, kind: str
) -> None:
    address = opened(at_api(ann, desk), alert)[kind]
    answer = get(address)
    assert not answer.cookies
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"].startswith("private")
    path = re.sub(r"^https?://[^/]*", "", address)
    head = Client().head(path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    assert Client().post(path).status_code == 405


def test_another_address_ends_the_one_before_and_a_closed_one_leads_nowhere(
    desk: Desk, ann: User, bob: User, alert: Alert
) -> None:
    api = at_api(ann, desk)
    path = f"/alerts/{alert.pk}/feed"
    assert api.send("GET", path).status_code == 404
    first, second = opened(api, alert), opened(api, alert)
    assert api.send("GET", path).json() == second
    assert [get(one["atom"]).status_code for one in (first, second)] == [404, 200]
    assert [get(one["calendar"]).status_code for one in (first, second)] == [404, 200]
    forged = re.sub(r"~.*\.", "~AAAA.", second["atom"])
    assert get(forged).status_code == get(forged.replace("~", "")).status_code == 404
    stranger = at_api(bob, desk)
    for method in ("GET", "POST", "DELETE"):
        assert stranger.send(method, path).status_code == 404
    assert api.send("DELETE", path).status_code == 204
    assert api.send("DELETE", path).status_code == 404
    assert get(second["atom"]).status_code == 404


def test_one_feed_has_all_alerts_of_a_user_and_nobody_elses(
    desk: Desk, ann: User, bob: User, alert: Alert
) -> None:
    desk.keep(ann, "port")
    desk.keep(bob, "wine")
    desk.start()
    address = opened(at_api(ann, desk))["atom"]
    desk.put("p", 30, title="Port")
    desk.put("c", 40)
    desk.slot()
    assert sorted(one.title for one in entries(address)) == [
        "New: Port, $30.00",
        "New: Wine c, $40.00",
    ]
    assert {one.tags[0].term for one in entries(address)} == {"port", "wine"}
    text = get(address).content.decode()
    assert "@example.com" not in text
    assert "/a/" not in text
    assert Feed.objects.count() == 1


def test_a_feed_ends_with_its_alert_and_with_its_user(desk: Desk, ann: User, alert: Alert) -> None:
    api = at_api(ann, desk)
    of_alert, of_all = opened(api, alert)["atom"], opened(api)["atom"]
    keeping.delete_alert(ann, alert.pk, desk.now)
    assert [get(one).status_code for one in (of_alert, of_all)] == [404, 200]
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert get(of_all).status_code == 404


def auction(desk: Desk, name: str, dollars: int, **more: Any) -> None:
    more = {"ends_at": desk.now + timedelta(hours=3), "bid_count": 2} | more
    desk.show(name, None, bid=Money(dollars * 100, "USD"), **more)


def test_a_calendar_shows_the_auctions_that_the_alert_shows(
    desk: Desk, ann: User, alert: Alert
) -> None:
    address = opened(at_api(ann, desk), alert)["calendar"]
    assert events(address) == []
    auction(desk, "x", 50)
    Listing.objects.filter(legacy_id="x").update(title="Wine x; rare, \\old\r\nBEGIN:VEVENT")
    auction(desk, "y", 60, ends_at=desk.now + timedelta(hours=1))
    desk.put("fixed", 10)
    first, second = events(address)
    assert "Wine y" in first["summary"]
    listing = desk.listing("x")
    assert second["summary"].replace("\n", "") == (
        f"Auction ends: {listing.title}, $50.00".replace("\r\n", "")
    )
    assert second["dtend"].dt == (listing.ends_at or desk.now).replace(microsecond=0)
    assert "Current bid $50.00, 2 bids" in second["description"]
    assert second["url"] == "https://www.ebay.com/itm/1"
    for line in get(address).content.split(b"\r\n"):
        assert len(line) <= 75
    desk.end("y")
    desk.clock.step(hours=4)
    assert events(address) == []


def test_an_auctions_event_keeps_its_uid_while_its_bid_moves(
    desk: Desk, ann: User, alert: Alert
) -> None:
    address = opened(at_api(ann, desk), alert)["calendar"]
    ends_at = desk.now + timedelta(hours=3)
    auction(desk, "x", 50, ends_at=ends_at)
    (before,), etag = events(address), get(address)["ETag"]
    auction(desk, "x", 50, ends_at=ends_at)  # looked at again, and all as it was
    assert get(address, **{"if-none-match": etag}).status_code == 304
    auction(desk, "x", 55, ends_at=ends_at)
    (after,) = events(address)
    assert get(address, **{"if-none-match": etag}).status_code == 200
    assert before["uid"] == after["uid"]
    assert "$55.00" in after["summary"]
    assert after["dtstamp"].dt > before["dtstamp"].dt


def test_what_the_gates_leave_out_is_in_no_calendar(desk: Desk, ann: User, alert: Alert) -> None:
    cheap = desk.keep(ann, "wine", max_price=55, name="cheap")
    fixed = desk.keep(ann, "wine", buying="fixed_price", name="fixed")
    desk.start()
    auction(desk, "x", 50)
    auction(desk, "y", 60)
    api = at_api(ann, desk)
    addresses = {one.name: opened(api, one)["calendar"] for one in (alert, cheap, fixed)}
    counts = {name: len(events(address)) for name, address in addresses.items()}
    assert counts == {"wine": 2, "cheap": 1, "fixed": 0}
    everything = opened(api)["calendar"]
    assert len(events(everything)) == 2  # each once, whichever alerts show it
    keeping.pause_alert(ann, alert.pk, desk.now)
    assert len(events(everything)) == 1


def test_the_page_of_an_alert_makes_and_names_its_addresses(
    desk: Desk, ann: User, alert: Alert
) -> None:
    path = re.sub(r"^https?://[^/]*", "", alert_page(alert.pk))
    client = Client()
    assert "/f/" not in client.get(path).content.decode()
    client.post(path, {"action": "feed"})
    page = client.get(path).content.decode()
    shown = at_api(ann, desk).send("GET", f"/alerts/{alert.pk}/feed").json()
    assert shown["atom"] in page
    assert shown["calendar"] in page
    assert get(shown["atom"]).status_code == 200


def test_a_feed_costs_the_same_few_queries_however_long_it_is(
    desk: Desk, ann: User, alert: Alert, django_assert_num_queries: Any
) -> None:
    feed = open_feed(ann, None, desk.now)
    address = at_api(ann, desk).send("GET", "/account/feed").json()
    for number in range(5):
        desk.keep(ann, f"wine {number}")
        auction(desk, str(number), 50)
    desk.start()
    desk.put_all({f"w{number}": 10 for number in range(60)})
    desk.slot()
    with django_assert_num_queries(2):
        assert len(entries(address["atom"])) == 50
    with django_assert_num_queries(3):
        assert len(events(address["calendar"])) == 5
    assert json.dumps(address)
    assert feed.pk
