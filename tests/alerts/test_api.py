"""The API's answers: alerts, their changes, and lists in portions."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services import keeping
from ebay_alerts.mail.models import Message
from ebay_alerts.market.models import Listing
from tests.alerts.conftest import Desk
from tests.alerts.test_api_refusals import refusal
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


@pytest.fixture
def stranger(desk: Desk) -> Person:
    return person("bob@example.com", desk.clock)


def every(api: Person, path: str, limit: int) -> list[dict[str, Any]]:
    """All items of a list, portion by portion."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.send("GET", f"{path}?limit={limit}&cursor={cursor}").json()
        assert len(answer["items"]) <= limit
        items += answer["items"]
        cursor = answer["next"]
        assert cursor is None or len(answer["items"]) == limit
    return items


def test_a_new_alert_is_answered_whole(api: Person) -> None:
    alert = api.keep("Wine  -cooler", 90, max_price="12.50", deliver_to="de", name="  Cellar ")
    assert (
        alert
        | {
            "keywords": "Wine -cooler",
            "name": "Cellar",
            "interval_minutes": 90,
            "marketplace": "EBAY_US",
            "deliver_to": "DE",
            "min_price": None,
            "currency": "USD",
            "min_change_percent": 0,
            "mail_when": "changes",
            "state": "filling",
            "next_mail_at": None,
            "trouble": None,
        }
        == alert
    )
    assert Decimal(alert["max_price"]) == Decimal("12.50")
    assert alert["coverage"]["words"] == "not yet looked"
    assert api.alert(alert["id"]) == alert


def test_an_alert_with_nothing_but_keywords_and_interval_is_named_after_them(api: Person) -> None:
    assert api.keep("wine", 0)["name"] == "wine"


def test_a_patch_changes_what_is_given_and_keeps_the_rest(api: Person, desk: Desk) -> None:
    alert = api.keep("wine", 15, name="Cellar", max_price=50, min_change_percent=5)
    changed = api.send("PATCH", f"/alerts/{alert['id']}", {"interval_minutes": 60}).json()
    kept = set(alert) - {"interval_minutes", "updated_at"}
    assert {key: changed[key] for key in kept} == {key: alert[key] for key in kept}
    assert changed["interval_minutes"] == 60

    changed = api.send("PATCH", f"/alerts/{alert['id']}", {"max_price": None, "name": None}).json()
    assert (changed["max_price"], changed["name"], changed["min_change_percent"]) == (
        None,
        "wine",
        5,
    )


def test_a_note_is_kept_in_its_lines_and_shown_to_its_user_alone(api: Person, desk: Desk) -> None:
    alert = api.keep("wine", note="  For dad:\r\n <b>old</b>\tones \n")
    assert alert["note"] == "For dad:\n <b>old</b> ones"
    assert b"For dad:<br> &lt;b&gt;old" in api.client.get(alert["page"]).content
    desk.put("a", 10)
    desk.start()
    desk.put("a", 9)
    desk.slot()
    assert not Message.objects.filter(text__contains="dad").exists()
    path = f"/alerts/{alert['id']}"
    assert api.send("PATCH", path, {"interval_minutes": 60}).json()["note"] == alert["note"]
    assert api.send("PATCH", path, {"note": None}).json()["note"] == ""
    refusal(api.send("PATCH", path, {"note": "n" * 1001}), 422, "note")
    assert api.send("GET", f"{path}/history").json()["items"][0]["changed"] == ["note"]


def test_a_patch_of_nothing_changes_nothing(api: Person, desk: Desk) -> None:
    alert = api.keep("wine")
    desk.clock.step(minutes=1)
    assert api.send("PATCH", f"/alerts/{alert['id']}", {}).status_code == 200
    assert api.alert(alert["id"]) == alert


def test_another_marketplace_brings_its_own_country(api: Person) -> None:
    alert = api.keep("wine", category="11450")
    changed = api.send("PATCH", f"/alerts/{alert['id']}", {"marketplace": "EBAY_DE"}).json()
    assert (changed["deliver_to"], changed["currency"], changed["category"]) == ("DE", "EUR", "")


def test_pausing_and_resuming_by_patch(api: Person, desk: Desk) -> None:
    alert = api.keep("wine")
    desk.start()
    paused = api.send("PATCH", f"/alerts/{alert['id']}", {"paused": True}).json()
    assert (paused["state"], paused["next_mail_at"]) == ("paused", None)
    resumed = api.send("PATCH", f"/alerts/{alert['id']}", {"paused": False}).json()
    assert resumed["state"] == "filling"


def test_what_newly_passes_the_gates_is_answered_and_not_mailed(api: Person, desk: Desk) -> None:
    alert = api.keep("wine", max_price=50)
    desk.put_all({"a": 40, "b": 60, "c": 90})
    desk.start()
    changed = api.send("PATCH", f"/alerts/{alert['id']}", {"max_price": 80}).json()
    assert [listing["title"] for listing in changed["newly_within"]] == ["Wine b"]
    narrowed = api.send("PATCH", f"/alerts/{alert['id']}", {"max_price": 10}).json()
    assert narrowed["newly_within"] == []
    moved = api.send("PATCH", f"/alerts/{alert['id']}", {"keywords": "port"}).json()
    assert moved["newly_within"] == []
    assert desk.slot() == []


def test_a_copy_is_answered_whole_and_named_when_it_cannot_be_resumed(api: Person) -> None:
    alert = api.keep("wine", 30, name="Cellar", max_price=50)
    answer = api.send("POST", f"/alerts/{alert['id']}/duplicate")
    assert answer.status_code == 201
    copy = answer.json()
    differing = {name for name in alert if alert[name] != copy[name]}
    assert differing == {"id", "name", "state", "page"}
    assert (copy["name"], copy["state"]) == ("Copy of Cellar", "paused")
    refused = api.send("PATCH", f"/alerts/{copy['id']}", {"paused": False})
    assert (refused.status_code, refused.json()["first"]) == (409, alert["id"])
    page = api.client.post(copy["page"], {"action": "resume"})
    assert page.status_code == 409
    assert b"You keep this alert already" in page.content
    changes = {"max_price": 40, "paused": False}
    assert api.send("PATCH", f"/alerts/{copy['id']}", changes).json()["state"] == "filling"


def test_a_deleted_alert_is_gone(api: Person) -> None:
    alert = api.keep("wine")
    answer = api.send("DELETE", f"/alerts/{alert['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.send("GET", f"/alerts/{alert['id']}").status_code == 404
    assert api.send("DELETE", f"/alerts/{alert['id']}").status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_portions_hold_every_item_exactly_once(api: Person, desk: Desk, limit: int) -> None:
    alerts = [api.keep(f"wine -x{number}")["id"] for number in range(7)]
    desk.put_all({f"n{number}": 10 + number // 3 for number in range(7)})
    for number in range(6):
        desk.put("n0", 20 + number)
    path = f"/alerts/{alerts[0]}/listings"

    assert [alert["id"] for alert in every(api, "/alerts", limit)] == alerts
    listings = every(api, path, limit)
    assert len({listing["id"] for listing in listings}) == len(listings) == 7
    costs = [Decimal(listing["total"]) for listing in listings]
    assert costs == sorted(costs)
    points = every(api, f"/listings/{desk.listing('n0').pk}/prices", limit)
    assert [int(Decimal(point["amount"])) for point in points] == [10, 20, 21, 22, 23, 24, 25]


def test_listings_come_cheapest_first_with_known_shipping(api: Person, desk: Desk) -> None:
    alert = api.keep("wine")
    desk.put("near", 10, shipping="fixed", shipping_minor=500)
    desk.put("far", 12)
    desk.put("dear", 11, shipping="calculated", shipping_minor=None)
    desk.put("gone", 1)
    desk.end("gone")
    items = api.send("GET", f"/alerts/{alert['id']}/listings").json()["items"]
    assert [item["title"] for item in items] == ["Wine dear", "Wine far", "Wine near"]
    assert [item["shipping_kind"] for item in items] == ["calculated", "free", "fixed"]
    assert items[0]["shipping"] is None
    assert Decimal(items[2]["total"]) == 15


def test_what_costs_another_currency_does_not_pass_a_limit(api: Person, desk: Desk) -> None:
    alert = api.keep("wine", max_price=50)
    desk.put("a", 40)
    Listing.objects.update(currency="EUR")
    assert api.send("GET", f"/alerts/{alert['id']}/listings").json()["items"] == []


def test_prices_are_for_those_whom_the_listing_concerns(
    api: Person, stranger: Person, desk: Desk
) -> None:
    alert = api.keep("wine")
    stranger.keep("port")
    desk.put("a", 10)
    desk.start()
    path = f"/listings/{desk.listing('a').pk}/prices"
    assert api.send("GET", path).status_code == 200
    assert stranger.send("GET", path).status_code == 404
    assert api.send("GET", f"/listings/{10**30}/prices").status_code == 404

    api.send("DELETE", f"/alerts/{alert['id']}")
    assert api.send("GET", path).status_code == 200, "it was told, and may be looked up"


def test_the_next_mail_is_in_the_answer(api: Person, desk: Desk) -> None:
    alert = api.keep("wine", 15)
    desk.start()
    shown = api.alert(alert["id"])
    slot = Alert.objects.get().slot
    assert slot is not None
    assert shown["next_mail_at"] is not None
    assert shown["state"] == "active"
    assert desk.now.timestamp() < slot <= (desk.now + timedelta(minutes=15)).timestamp()


def test_trouble_with_ebay_is_said_in_words(api: Person, desk: Desk) -> None:
    alert = api.keep("wine")
    fetch = Alert.objects.get().search.fetch
    fetch.failures, fetch.failure_kind, fetch.failure_reason = 2, "unavailable", "eBay is away"
    fetch.failed_at = fetch.due_at = desk.now
    fetch.save()
    trouble = api.alert(alert["id"])["trouble"]
    assert (trouble["kind"], trouble["reason"]) == ("unavailable", "eBay is away")


def test_an_alert_of_one_user_is_not_told_to_another(
    api: Person, stranger: Person, desk: Desk
) -> None:
    mine, theirs = api.keep("wine"), stranger.keep("wine")
    assert mine["id"] != theirs["id"]
    keeping.delete_alert(stranger.user, theirs["id"], desk.now)
    assert [item["id"] for item in every(api, "/alerts", 10)] == [mine["id"]]
