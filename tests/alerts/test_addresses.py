"""Alerts that go to another address of the user's: confirmed first, stopped by itself, erased."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from ebay_alerts.accounts.models import Address, ConfirmationRequest, User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services import keeping
from ebay_alerts.mail.models import Message, Suppression
from ebay_alerts.mail.suppressions import record_complaint
from ebay_alerts.web.leaving import erase_leaving
from tests.alerts.conftest import Desk
from tests.alerts.test_api_refusals import refusal
from tests.end_to_end.conftest import Person, person

pytestmark = [
    pytest.mark.backend,
    pytest.mark.django_db(transaction=True, databases=["default", "analytics"]),
]
PHONE = "Phone@example.com"


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


def add(api: Person, address: str = PHONE) -> dict[str, Any]:
    answer = api.send("POST", "/account/addresses", {"address": address})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def listed(api: Person) -> list[dict[str, Any]]:
    return list(api.send("GET", "/account/addresses").json()["items"])


def confirm(message: Message) -> None:
    [link] = set(re.findall(r"http://localhost:5000(/ca/\S+)", message.text))
    browser = Client()
    assert "Shall the mails" in browser.get(link).content.decode()
    assert "Confirmed" in browser.post(link).content.decode()


def confirmed(api: Person, address: str = PHONE) -> dict[str, Any]:
    add(api, address)
    confirm(Message.objects.filter(to_address=address).latest("pk"))
    return next(one for one in listed(api) if one["address"] == address)


def complain(desk: Desk, address: str) -> None:
    with transaction.atomic():
        record_complaint(address, "spam", desk.now, desk.now)


def to_addresses(messages: list[Message]) -> list[str]:
    return [message.to_address for message in messages]


def test_nothing_but_the_confirmation_goes_to_another_address_before_its_click(
    desk: Desk, api: Person
) -> None:
    assert add(api)["confirmed_at"] is None
    [message] = Message.objects.all()
    assert (message.to_address, message.subject) == (PHONE, "Confirm your address for eBay Alerts")
    body = {"keywords": "wine", "interval_minutes": 15, "address": PHONE}
    refusal(api.send("POST", "/alerts", body), 422, "address")

    confirm(message)
    assert listed(api)[0]["confirmed_at"] is not None
    alert = api.keep("wine", address=PHONE.lower())
    assert alert["address"] == PHONE


def test_each_alert_mails_where_it_is_sent(desk: Desk, api: Person) -> None:
    confirmed(api)
    there = api.keep("wine", address=PHONE)
    here = api.keep("port")
    desk.put("a", 10)
    desk.put("p", 10, title="Port")
    desk.start()
    desk.put("b", 20)
    desk.put("q", 20, title="Port")
    assert sorted(to_addresses(desk.slot())) == [PHONE, "ann@example.com"]
    assert api.alert(here["id"])["address"] is None

    row = desk.listing("b").pk
    explained = api.send("GET", f"/alerts/{there['id']}/explain?listing={row}").json()
    assert explained["goes_to"] == PHONE
    desk.deliver()
    api.send("PATCH", f"/alerts/{there['id']}", {"address": None})
    desk.put("c", 30)
    assert to_addresses(desk.slot()) == ["ann@example.com"]


def test_its_mails_stop_that_alert_alone(desk: Desk, api: Person) -> None:
    confirmed(api)
    there, here = api.keep("wine", address=PHONE), api.keep("port")
    desk.put("a", 10)
    desk.put("p", 10, title="Port")
    desk.start()
    [welcome] = Message.objects.filter(to_address=PHONE, subject__contains="cheapest")
    [other] = Message.objects.filter(to_address="ann@example.com", subject__contains="cheapest")
    for words in ("Unsubscribe from everything", "Watch this one"):
        assert words in other.text
        assert words not in welcome.text + welcome.html
    link = urlsplit(welcome.headers["List-Unsubscribe"].strip("<>")).path
    page = Client().get(link.removesuffix("unsubscribe")).content.decode()
    assert "Unsubscribe from everything" not in page

    assert Client().post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert api.alert(there["id"])["state"] == "paused"
    assert api.alert(here["id"])["state"] == "active"


def test_an_address_that_complained_holds_its_alerts_alone_and_loses_nothing(
    desk: Desk, api: Person
) -> None:
    address = confirmed(api)
    api.keep("wine", address=PHONE)
    api.keep("port")
    desk.start()
    complain(desk, PHONE)
    desk.put("a", 10)
    desk.put("p", 10, title="Port")
    assert to_addresses(desk.slot()) == ["ann@example.com"]
    desk.deliver()
    assert listed(api)[0]["suppression"]["reason"] == "complained"

    lifted = api.send("POST", f"/account/addresses/{address['id']}/lift-suppression")
    assert lifted.json()["suppression"] is None
    [news] = desk.slot()
    assert (news.to_address, "1 new for wine" in news.subject) == (PHONE, True)


def test_the_account_s_address_that_bounced_does_not_hold_the_others(
    desk: Desk, api: Person
) -> None:
    confirmed(api)
    api.keep("wine", address=PHONE)
    api.keep("port")
    desk.start()
    complain(desk, "ann@example.com")
    desk.put("a", 10)
    desk.put("p", 10, title="Port")
    assert to_addresses(desk.slot()) == [PHONE]
    desk.deliver()
    assert desk.slot() == []


def test_a_deleted_address_hands_its_alerts_to_the_account_s(desk: Desk, api: Person) -> None:
    address = confirmed(api)
    alert = api.keep("wine", address=PHONE)
    desk.start()
    desk.put("a", 10)
    [waiting] = desk.slot()
    assert waiting.to_address == PHONE

    path = f"/account/addresses/{address['id']}"
    assert api.send("DELETE", path).status_code == 204
    assert api.send("DELETE", path).status_code == 404
    assert listed(api) == []
    assert api.alert(alert["id"])["address"] is None
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    [news] = desk.slot()
    assert (news.to_address, "1 new" in news.subject) == ("ann@example.com", True)


def test_confirmations_are_limited_and_one_that_is_there_stays(desk: Desk, api: Person) -> None:
    first = add(api)
    assert add(api)["id"] == first["id"]
    path = f"/account/addresses/{first['id']}/resend"
    assert api.send("POST", path).status_code == 202
    assert api.send("POST", path).status_code == 429
    assert Message.objects.filter(to_address=PHONE).count() == 3

    refusal(api.send("POST", "/account/addresses", {"address": "Ann@example.com"}), 422, "address")
    refusal(api.send("POST", "/account/addresses", {"address": "none"}), 422, "address")
    for number in range(9):
        add(api, f"more{number}@example.com")
    tenth = api.send("POST", "/account/addresses", {"address": "more9@example.com"})
    assert tenth.status_code == 409


def test_nobody_touches_the_address_of_another_user(desk: Desk, api: Person) -> None:
    address = confirmed(api)
    bob = person("bob@example.com", desk.clock)
    path = f"/account/addresses/{address['id']}"
    assert listed(bob) == []
    assert bob.send("DELETE", path).status_code == 404
    assert bob.send("POST", f"{path}/resend").status_code == 404
    assert bob.send("POST", f"{path}/lift-suppression").status_code == 404
    body = {"keywords": "wine", "interval_minutes": 15, "address": PHONE}
    refusal(bob.send("POST", "/alerts", body), 422, "address")


def test_a_user_who_leaves_takes_their_mails_at_a_shared_address_and_no_others(
    desk: Desk, api: Person
) -> None:
    bob = person("bob@example.com", desk.clock)
    for one in (api, bob):
        confirmed(one)
        one.keep("wine", address=PHONE)
    gone = api.keep("port", address=PHONE)
    desk.put("a", 10)
    desk.start()
    keeping.delete_alert(api.user, gone["id"], desk.now)

    told = b"".join(api.send("GET", "/account/export").streaming_content).decode()
    kept = json.loads(told)
    assert [one["address"] for one in kept["addresses"]] == [PHONE]
    assert [one["to"] for one in kept["messages"]] == [PHONE] * 3
    assert api.send("DELETE", "/account", {"email": "ann@example.com"}).status_code == 204
    assert not User.objects.filter(email="ann@example.com").exists()
    assert Address.objects.count() == 1
    left = Message.objects.filter(to_address=PHONE)
    assert left.count() == left.filter(key__startswith=f"u{bob.user.pk}:").count() == 2

    assert bob.send("DELETE", "/account", {"email": "bob@example.com"}).status_code == 204
    assert not Message.objects.filter(to_address=PHONE).exists()
    assert Suppression.objects.count() == ConfirmationRequest.objects.count() == 0


def test_an_address_that_is_never_confirmed_is_forgotten(desk: Desk, api: Person) -> None:
    add(api)
    confirmed(api, "other@example.com")
    desk.clock.step(days=31)
    erase_leaving()

    assert [one["address"] for one in listed(api)] == ["other@example.com"]
    assert not Message.objects.filter(to_address=PHONE).exists()


def test_an_export_names_the_address_and_an_import_wants_it_confirmed(
    desk: Desk, api: Person
) -> None:
    confirmed(api)
    api.keep("wine", address=PHONE)
    body = b"".join(api.send("GET", "/alerts/export").streaming_content)
    bob = person("bob@example.com", desk.clock)
    answer = bob.client.generic(
        "POST",
        "/api/alerts/import",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {bob.token}"},
    ).json()
    assert [fault["field"] for fault in answer["errors"]] == ["address"]

    Alert.objects.all().delete()
    answer = api.client.generic(
        "POST",
        "/api/alerts/import",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {api.token}"},
    ).json()
    assert answer["imported"] == 1
    assert Alert.objects.get().address.address == PHONE
