"""Watching one listing, from the pasted address or the line of a mail to what is told of it."""

import re
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.market.models import Fetch, Search
from tests.end_to_end.conftest import Person, System

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]


def watch(person: Person, listing: str, **more: Any) -> dict[str, Any]:
    body = {"listing": listing, "interval_minutes": 5} | more
    answer = person.send("POST", "/alerts", body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def told(alert: dict[str, Any]) -> list[tuple[str, int]]:
    lines = Line.objects.filter(alert=alert["id"]).order_by("pk")
    return list(lines.values_list("kind", "price_minor"))


def test_a_listing_that_nobody_knows_is_read_at_once_and_followed(
    system: System, owner: Person
) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    alert = watch(owner, f"v1|{number}|0")
    assert (alert["state"], alert["keywords"]) == ("filling", "")
    assert alert["listing"] == f"https://www.ebay.com/itm/{number}"

    [welcome] = system.run(seconds=1)
    assert welcome["Subject"] == "Watching Odd brass gadget: now $40.00"
    assert "Watch this one" not in text_of(welcome)
    kept = owner.alert(alert["id"])
    assert (kept["state"], kept["name"]) == ("active", "Odd brass gadget")
    assert kept["coverage"]["words"] == "one listing, which is on offer"

    system.mock.change(number, price=30)
    [fall] = system.run(minutes=11)
    assert fall["Subject"] == "down 25 %: Odd brass gadget"
    system.mock.change(number, price=35, product_name="Renamed thing")
    [rise] = system.run(minutes=11)
    assert rise["Subject"] == "up 17 %: Renamed thing"
    assert system.run(minutes=11) == []
    assert told(alert) == [("listed", 4000), ("repriced", 3000), ("repriced", 3500)]


def test_its_end_and_its_return_are_told(system: System, owner: Person) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    alert = watch(owner, f"v1|{number}|0")
    system.run(seconds=1)

    system.mock.delete(number)
    [end] = system.run(minutes=11)
    assert "ended" in end["Subject"]
    assert owner.alert(alert["id"])["coverage"]["words"] == (
        "one listing, which is not on offer; asked about every 6 hours, while it is not on offer"
    )
    calls = system.mock.calls()["calls"]["browse.legacy"]
    assert system.run(minutes=60) == []
    assert system.mock.calls()["calls"]["browse.legacy"] == calls

    system.mock.create("Odd brass gadget", 38, id=number)
    [back] = [*system.run(hours=6), *system.run(minutes=11)]
    assert "back" in back["Subject"]
    assert [kind for kind, _ in told(alert)] == ["listed", "ended", "returned"]


def test_a_number_that_is_none_is_said_and_heard_of_once_it_is_there(
    system: System, owner: Person
) -> None:
    alert = watch(owner, "256000000001", name="Not there")
    assert alert["listing"] == "https://www.ebay.com/itm/256000000001"

    [welcome] = system.run(seconds=1)
    assert welcome["Subject"] == "Watching Not there: not on offer"
    assert "eBay has no listing 256000000001 on offer on EBAY_US" in text_of(welcome)
    assert owner.alert(alert["id"])["coverage"]["total"] == 0

    system.mock.create("Late gadget", 20, id="256000000001")
    [news] = [*system.run(hours=6), *system.run(minutes=11)]
    assert "1 new for Not there" in news["Subject"]


def test_gates_hold_for_one_listing_too(system: System, owner: Person) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    alert = watch(owner, f"v1|{number}|0", max_price="35.00")

    [welcome] = system.run(seconds=1)
    assert welcome["Subject"] == "Watching Odd brass gadget: not yet as you want it"
    system.mock.change(number, price=38)
    assert system.run(minutes=11) == []
    system.mock.change(number, price=34)
    [entered] = system.run(minutes=11)
    assert entered["Subject"] == "down 15 %: Odd brass gadget"
    assert told(alert) == [("entered", 3400)]


def test_it_costs_one_call_however_many_watch_it_and_no_sweep(
    system: System, owner: Person, stranger: Person
) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    before = system.mock.calls()["calls"]
    watch(owner, f"v1|{number}|0")
    watch(stranger, f"v1|{number}|0")

    assert len(system.run(seconds=1)) == 2
    after = system.mock.calls()["calls"]
    assert after.get("browse.legacy", 0) - before.get("browse.legacy", 0) == 1
    assert after.get("browse.search", 0) == before.get("browse.search", 0)
    assert Search.objects.count() == Fetch.objects.count() == 1


def test_a_line_of_a_mail_is_watched_by_one_click(system: System, owner: Person) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    alert = owner.keep("gadget brass", 5)
    [welcome] = system.run(seconds=1)
    link = re.search(r"Watch this one: (\S+)", text_of(welcome))
    assert link
    path, browser = urlsplit(link[1]).path, Client(enforce_csrf_checks=True)

    page = browser.get(path)
    assert page.status_code == 200
    assert "Odd brass gadget" in page.content.decode()
    assert Alert.objects.count() == 1
    assert browser.post(path).status_code == 403

    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token
    for _ in range(2):
        answer = browser.post(
            path, {"csrfmiddlewaretoken": token[1]}, headers={"origin": "http://testserver"}
        )
        assert answer.status_code == 302
    [watched] = Alert.objects.exclude(pk=alert["id"])
    assert (watched.name, watched.interval_minutes) == ("Odd brass gadget", 60)
    assert watched.search.legacy_id == number
    assert answer["Location"].startswith("http://localhost")
    assert browser.get(path[:-2] + "/").status_code == 404


def test_a_pasted_address_that_cannot_be_read_is_refused_in_words(owner: Person) -> None:
    for listing, words in (
        ("https://evil.example/itm/256000000001", "none of eBay's sites"),
        ("https://ebay.us/abc", "Short links are not followed"),
        ("https://www.ebay.com/sch/i.html?_nkw=a", "shows no one listing"),
    ):
        answer = owner.send("POST", "/alerts", {"listing": listing, "interval_minutes": 5})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    both = {"listing": "256000000001", "keywords": "wine", "interval_minutes": 5}
    assert owner.send("POST", "/alerts", both).status_code == 422
    neither = owner.send("POST", "/alerts", {"interval_minutes": 5})
    assert neither.status_code == 422


def test_keywords_take_the_place_of_a_listing_and_the_other_way_round(
    system: System, owner: Person
) -> None:
    number = system.mock.create("Odd brass gadget", 40)
    alert = watch(owner, "https://www.ebay.de/itm/256000000001")
    assert alert["marketplace"] == "EBAY_DE"
    path = f"/alerts/{alert['id']}"

    again = owner.send("PATCH", path, {"interval_minutes": 7}).json()
    assert again["listing"] == "https://www.ebay.de/itm/256000000001"
    keywords = owner.send("PATCH", path, {"keywords": "brass gadget"}).json()
    assert (keywords["keywords"], keywords["listing"]) == ("brass gadget", None)
    listing = owner.send("PATCH", path, {"listing": number}).json()
    assert (listing["keywords"], listing["marketplace"]) == ("", "EBAY_DE")
    moved = owner.send("PATCH", path, {"marketplace": "EBAY_GB"}).json()
    assert moved["listing"] == f"https://www.ebay.co.uk/itm/{number}"
    address = owner.send("PATCH", path, {"listing": "www.ebay.com/itm/256000000002"}).json()
    assert (address["marketplace"], address["deliver_to"]) == ("EBAY_US", "US")


def test_a_watched_listing_that_is_not_sent_here_is_said_and_left_out_if_asked(
    system: System, owner: Person
) -> None:
    number = system.mock.create("Odd brass gadget", 40, country="US", worldwide=False)
    plain = watch(owner, number, deliver_to="DE", marketplace="EBAY_US")
    strict = watch(owner, number, deliver_to="DE", marketplace="EBAY_US", ships_to_me=True)

    mails = {str(mail["Subject"]): text_of(mail) for mail in system.run(seconds=1)}
    assert "not sent to you" in mails["Watching Odd brass gadget: now $40.00"]
    assert "Watching Odd brass gadget: not yet as you want it" in mails
    system.mock.change(number, price=30)
    assert len(system.run(minutes=11)) == 1
    assert [told(plain)[-1], told(strict)] == [("repriced", 3000), []]
