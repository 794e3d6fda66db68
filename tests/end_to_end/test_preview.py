"""A preview of an alert over the API, from the real mock and from the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.previews import preview_limit
from ebay_alerts.market.models import ApiPause, Listing, QuotaWindow, Search
from ebay_alerts.market.services.glancing import glances
from tests.end_to_end.conftest import Person, System

pytestmark = pytest.mark.backend


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    preview_limit.cache_clear()
    glances.cache_clear()
    yield
    preview_limit.cache_clear()
    glances.cache_clear()


def preview(person: Person, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = person.send("POST", "/alerts/preview", {"interval_minutes": 60, **body})
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def codes(seen: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in seen["warnings"]]


def calls(system: System) -> int:
    """Searches that the mock was asked for."""
    return int(system.mock.calls()["calls"].get("browse.search", 0))


def shelf(system: System) -> None:
    for number in range(7):
        more = {"seller": "corky" if number % 2 else "vinny", "condition_id": 3000}
        system.mock.create(f"Zinfandel number {number}", 10 + number, shipping=0, **more)
    system.mock.create("Zinfandel for parts", 5, shipping=0, condition_id=7000)
    system.mock.create("Zinfandel empty", 1, shipping=0, condition_id=1000)


def test_it_says_what_matches_what_is_cheapest_and_what_to_expect_and_keeps_nothing(
    system: System, owner: Person
) -> None:
    shelf(system)
    seen = preview(
        owner,
        keywords="zinfandel",
        excluded_words=["for parts"],
        conditions=["used", "for_parts"],
        max_price=15,
    )
    assert (seen["matches"], seen["is_exact"], seen["source"]) == (6, True, "ebay")
    assert [one["total"] for one in seen["cheapest"]] == [f"{price}.00" for price in range(10, 15)]
    assert seen["cheapest"][0]["title"] == "Zinfandel number 0"
    assert seen["lowest_price"] == "10.00"
    assert 0 < seen["new_per_day"] <= 6
    assert 0 < seen["mails_per_day"] < seen["new_per_day"]
    assert codes(seen) == []
    assert (Alert.objects.count(), Search.objects.count(), Listing.objects.count()) == (0, 0, 0)


def test_whoever_types_on_about_the_gates_costs_one_call(system: System, owner: Person) -> None:
    shelf(system)
    before = calls(system)
    for gates in ({}, {"max_price": 12}, {"sellers": ["Corky"]}, {"max_price": 3}):
        preview(owner, keywords="zinfandel", **gates)
    assert preview(owner, keywords="zinfandel", sellers=["Corky"])["matches"] == 3
    assert calls(system) - before == 1
    assert QuotaWindow.objects.get().spent == 1


def test_a_target_below_every_price_comes_with_one_within_reach(
    system: System, owner: Person
) -> None:
    shelf(system)
    wished = {"keywords": "zinfandel -(empty, parts)", "max_price": 8}
    seen = preview(owner, **wished)
    assert codes(seen) == ["target_below_lowest"]
    assert seen["warnings"][0]["suggested_max_price"] == "10.00"
    assert codes(preview(owner, keywords="zinfandel xylophone")) == ["no_match"]
    assert codes(preview(owner, keywords="zinfandel", sellers=["nobody"])) == ["gates_refuse_all"]


def test_a_search_that_is_kept_here_is_looked_up_here(system: System, owner: Person) -> None:
    shelf(system)
    owner.keep("zinfandel")
    system.run(seconds=1)
    before = calls(system)
    seen = preview(owner, keywords="zinfandel", conditions=["used"], max_price=12)
    assert (seen["source"], seen["matches"], seen["is_exact"]) == ("database", 3, True)
    assert seen["lowest_price"] == "10.00"
    cheaper = preview(owner, keywords="zinfandel", conditions=["used"], max_price=9)
    assert codes(cheaper) == ["target_below_lowest"]
    assert calls(system) == before
    assert Alert.objects.count() == 1


def test_a_large_result_is_told_by_two_calls_and_its_share(system: System, owner: Person) -> None:
    products = [["POST", {"product_name": f"Picpoul {n}", "price": 300 - n}] for n in range(250)]
    system.mock.control(products=products)
    before = calls(system)
    seen = preview(owner, keywords="picpoul")
    assert (seen["matches"], seen["is_exact"]) == (250, False)
    assert seen["cheapest"][0]["price"] == "51.00"
    assert calls(system) - before == 2
    assert codes(seen) == ["too_broad"]


def test_where_the_quota_is_spent_it_says_so_and_asks_nothing(
    system: System, owner: Person
) -> None:
    preview(owner, keywords="zinfandel")
    QuotaWindow.objects.update(spent=QuotaWindow.objects.get().limit)
    before = calls(system)
    answer = owner.send("POST", "/alerts/preview", {"keywords": "merlot", "interval_minutes": 60})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "spent" in answer.json()["detail"]
    assert calls(system) == before
    # What was asked lately is told all the same.
    preview(owner, keywords="zinfandel", max_price=5)


def test_a_refusal_by_ebay_pauses_all_calls_like_any_other(system: System, owner: Person) -> None:
    preview(owner, keywords="malbec")
    system.mock.control(fail_next=1, status=429, path="/buy/browse")
    problem = preview(owner, 503, keywords="zinfandel")
    assert "eBay" in problem["detail"]
    assert ApiPause.objects.exists()
    preview(owner, 503, keywords="merlot")


def test_one_user_has_so_many_previews_an_hour(
    system: System, owner: Person, stranger: Person, settings: Settings
) -> None:
    settings.PREVIEWS_PER_HOUR = 2
    preview(owner, keywords="zinfandel")
    preview(owner, keywords="merlot")
    preview(owner, 429, keywords="shiraz")
    preview(owner, keywords="merlot", max_price=20)
    preview(stranger, keywords="shiraz")
    system.clock.step(hours=1)
    preview(owner, keywords="malbec")


def test_what_an_alert_would_be_refused_for_a_preview_is_too(system: System, owner: Person) -> None:
    assert preview(owner, 422, keywords="(")["field"] == "keywords"
    assert preview(owner, 422, keywords="a", conditions=["shiny"])["field"] == "conditions"
    assert preview(owner, 422)["field"] == "keywords"
