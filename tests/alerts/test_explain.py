"""Why an alert tells a listing or does not."""

from typing import Any

import pytest

from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.market.sellers import mark_of
from tests.alerts.conftest import Desk
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
GATES = {
    "max_price": 20,
    "min_price": 5,
    "price_basis": "total",
    "buying": "fixed_price",
    "countries": ["US"],
    "excluded_countries": ["CN"],
    "free_shipping": True,
    "conditions": ["new"],
    "sellers": ["bob"],
    "excluded_sellers": ["eve", "mallory"],
    "excluded_words": ["empty", "for parts"],
}


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


def explain(api: Person, desk: Desk, alert_id: int, name: str = "a") -> dict[str, Any]:
    path = f"/alerts/{alert_id}/explain?listing={desk.listing(name).pk}"
    answer = api.send("GET", path)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_every_gate_says_what_it_wants_and_what_is_there(desk: Desk, api: Person) -> None:
    alert_id = api.keep("wine", **GATES)["id"]
    seen = {"seller": mark_of("Eve"), "condition_group": "used", "title": "Wine for parts"}
    desk.put("a", 18, country="CN", shipping="fixed", shipping_minor=500, **seen)
    found = explain(api, desk, alert_id)
    assert {
        one["gate"]: (one["passes"], one["wanted"], one["found"]) for one in found["verdicts"]
    } == {
        "min_price": (True, "at least $5.00", "$23.00 with shipping"),
        "max_price": (False, "at most $20.00", "$23.00 with shipping"),
        "buying": (True, "fixed_price", "a fixed price"),
        "free_shipping": (False, "free shipping", "$5.00 shipping"),
        "countries": (False, "one of US", "CN"),
        "excluded_countries": (False, "none of CN", "CN"),
        "conditions": (False, "one of new", "used"),
        "sellers": (False, "one of bob", "somebody else"),
        "excluded_sellers": (False, "none of eve, mallory", "eve"),
        "excluded_words": (False, "none of empty, for parts", "for parts"),
    }
    assert found["words"] == (
        "It was not told; it does not pass max_price and free_shipping and countries and"
        " excluded_countries and conditions and sellers and excluded_sellers and excluded_words."
    )


def test_what_was_told_is_told_with_its_mail(desk: Desk, api: Person) -> None:
    alert_id = api.keep("wine")["id"]
    desk.start()
    desk.put("a", 18)
    desk.slot()
    desk.deliver()
    desk.put("a", 15)
    desk.clock.step(minutes=16)
    build_due(desk.now)
    found = explain(api, desk, alert_id)
    assert [(one["kind"], one["price"], one["was"]) for one in found["told"]] == [
        ("repriced", "15.00", "18.00"),
        ("appeared", "18.00", None),
    ]
    assert [one["sent_at"] is not None for one in found["told"]] == [False, True]
    assert {one["alert_id"] for one in found["told"]} == {alert_id}
    assert found["verdicts"] == []
    assert found["words"] == "It was told; it passes every gate, so changes of it are told."


def test_a_pause_an_end_and_another_search_are_reasons_too(desk: Desk, api: Person) -> None:
    alert_id = api.keep("wine")["id"]
    other_id = api.keep("port")["id"]
    desk.start()
    desk.put("a", 18)
    assert explain(api, desk, other_id)["words"].endswith("the search does not find it now.")
    desk.slot()
    desk.deliver()
    keeping.pause_alert(api.user, alert_id, desk.now)
    assert explain(api, desk, alert_id)["words"].endswith("but the alert is paused.")
    desk.end("a")
    assert explain(api, desk, alert_id)["words"] == "It was told; it has ended."


def test_anothers_alert_or_listing_is_not_there(desk: Desk, api: Person) -> None:
    alert_id = api.keep("wine")["id"]
    desk.put("a", 18)
    stranger = person("bob@example.com", desk.clock)
    own_id = stranger.keep("port")["id"]
    listing = desk.listing("a").pk
    assert stranger.send("GET", f"/alerts/{alert_id}/explain?listing={listing}").status_code == 404
    assert stranger.send("GET", f"/alerts/{own_id}/explain?listing={listing}").status_code == 404
    assert api.send("GET", f"/alerts/{alert_id}/explain?listing={listing + 1}").status_code == 404
    assert api.send("GET", f"/alerts/{alert_id}/explain").status_code == 422
    assert api.send("GET", f"/alerts/{alert_id}/explain?listing=x").status_code == 422
