"""eBay fails in every way it can: alerts are kept and filled later, and nothing is called ended."""

from typing import Any

import pytest

from tests.end_to_end.conftest import Person, System

ANSWERS = {
    "500": {"fail_next": 1, "status": 500},
    "503": {"fail_next": 1, "status": 503},
    "a page of HTML with 403": {"html_403_next": 1},
    "JSON cut off": {"malformed_next": 1},
}
SEARCHES = "/buy/browse/v1/item_summary"
ITEMS = "/buy/browse/v1/item/"
TOKENS = "/identity"


def trouble_of(person: Person, alert: dict[str, Any]) -> Any:
    return person.alert(alert["id"])["trouble"]


def search_calls(system: System) -> int:
    return int(system.mock.calls()["calls"].get("browse.search", 0))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_alert_is_kept_while_ebay_fails_and_welcomed_later(
    system: System, owner: Person, answer: dict[str, int]
) -> None:
    system.mock.control(path=SEARCHES, **answer)
    alert = owner.keep("wine")
    assert alert["state"] == "filling"

    assert system.run(seconds=1) == []
    kept = owner.alert(alert["id"])
    assert kept["state"] == "filling"
    assert kept["trouble"]["reason"]
    assert kept["trouble"]["next_try_at"]

    (welcome,) = system.run(seconds=30)
    assert welcome["To"] == "owner@example.com"
    assert owner.alert(alert["id"])["state"] == "active"
    assert trouble_of(owner, alert) is None


def test_a_failing_token_service_is_waited_out_too(system: System, owner: Person) -> None:
    alert = owner.keep("wine")
    for answer in ANSWERS.values():
        # A token is asked for twice: to ask what is left of the quota, and to search.
        for_both = {name: 2 if value == 1 else value for name, value in answer.items()}
        system.mock.control(path=TOKENS, **for_both)
        assert system.run(minutes=5) == []
        assert trouble_of(owner, alert)
        system.mock.http.delete("/control").raise_for_status()
    (welcome,) = system.run(minutes=5)
    assert welcome["To"] == "owner@example.com"


def test_the_other_alerts_go_on_while_one_cannot_be_filled(
    system: System, owner: Person, stranger: Person
) -> None:
    stranger.keep("camera")
    system.run(seconds=1)
    system.mock.create("Camera that appears meanwhile", 50)
    system.clock.step(minutes=16)
    owner.keep("wine")
    system.mock.control(path=SEARCHES, fail_next=1)

    (digest,) = system.run()
    assert digest["To"] == "stranger@example.com"
    (welcome,) = system.run(seconds=30)
    assert welcome["To"] == "owner@example.com"


def test_a_failure_later_calls_nothing_ended(system: System, owner: Person) -> None:
    alert = owner.keep("wine")
    system.run(seconds=1)
    for answer in ANSWERS.values():
        system.mock.control(path=SEARCHES, **answer)
        assert system.run(minutes=16) == []
        assert trouble_of(owner, alert)
    assert system.run(minutes=16) == []
    assert trouble_of(owner, alert) is None


def test_what_a_failed_call_could_not_confirm_is_not_called_ended(
    system: System, owner: Person
) -> None:
    owner.keep("wine")
    system.run(seconds=1)
    system.mock.delete(system.mock.products("Merlot")[0]["id"])
    for answer in ANSWERS.values():
        system.mock.control(path=ITEMS, **answer)
        assert system.run(minutes=16) == []
    (digest,) = system.run(minutes=16)
    assert "1 ended for wine" in digest["Subject"]


def test_while_the_quota_is_spent_nothing_is_asked_and_the_user_sees_it(
    system: System, owner: Person
) -> None:
    system.mock.control(quota_remaining=0)
    alert = owner.keep("wine")
    assert system.run(seconds=1) == []
    assert trouble_of(owner, alert)["kind"] == "rate_limited"
    calls = search_calls(system)
    assert system.run(minutes=10) == []
    assert search_calls(system) == calls

    system.mock.control(quota_remaining=None)
    (welcome,) = system.run(hours=25)
    assert welcome["To"] == "owner@example.com"
    assert trouble_of(owner, alert) is None


def test_too_fast_a_pace_pauses_every_call_and_is_waited_out(
    system: System, owner: Person, stranger: Person
) -> None:
    system.mock.control(path=SEARCHES, fail_next=1, status=429)
    alerts = [(owner, owner.keep("wine")), (stranger, stranger.keep("camera"))]
    assert system.run(seconds=1) == []
    assert {trouble_of(*alert)["kind"] for alert in alerts} == {"rate_limited"}
    welcomes = system.run(minutes=6)
    assert {mail["To"] for mail in welcomes} == {"owner@example.com", "stranger@example.com"}


def test_an_item_without_a_price_is_left_out_until_it_has_one(
    system: System, owner: Person
) -> None:
    products = system.mock.products("wine")
    system.mock.control(drop_price_next=1)
    alert = owner.keep("wine")
    (welcome,) = system.run(seconds=1)
    assert f"{len(products) - 1} listings for wine" in welcome["Subject"]

    assert system.run(minutes=16) == [], "it is no news: it was there before the alert"
    listings = owner.send("GET", f"/alerts/{alert['id']}/listings").json()["items"]
    assert {row["title"] for row in listings} == {p["product_name"] for p in products}
    for product in products:
        system.mock.change(product["id"], price=product["price"] + 1)
    (digest,) = system.run(minutes=16)
    assert f"{len(products)} price changes for wine" in digest["Subject"]


def test_an_item_that_loses_its_price_later_is_not_called_ended(
    system: System, owner: Person
) -> None:
    owner.keep("wine")
    system.run(seconds=1)
    system.mock.control(drop_price_next=1)
    assert system.run(minutes=16) == []
    assert system.run(minutes=16) == []
