"""Pasted addresses at the API: what is read can be kept, and what is left out is named."""

from typing import Any

import pytest

from ebay_alerts.alerts.models import Alert
from tests.alerts.conftest import Desk
from tests.end_to_end.conftest import Person, person

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def api(desk: Desk) -> Person:
    return person("ann@example.com", desk.clock)


def read(api: Person, address: str) -> dict[str, Any]:
    answer = api.send("POST", "/alerts/read-address", {"address": address})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_what_is_read_of_a_search_can_be_kept_as_it_is(api: Person) -> None:
    found = read(
        api,
        "https://www.ebay.co.uk/sch/625/i.html?_nkw=leica+-(case,strap)&_udlo=50&_udhi=1,200.00"
        "&LH_BIN=1&LH_FS=1&LH_PrefLoc=1&_sop=10",
    )
    assert found["not_taken"] == []
    assert found["without_effect"] == ["_sop"]
    assert Alert.objects.count() == 0

    answer = api.send("POST", "/alerts", found["fields"] | {"interval_minutes": 15})
    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["marketplace"], kept["category"]) == ("EBAY_GB", "625")
    assert (kept["min_price"], kept["max_price"]) == ("50.00", "1200.00")
    assert (kept["buying"], kept["free_shipping"]) == ("fixed_price", True)
    assert kept["countries"] == ["GB"]


def test_what_is_read_of_a_listing_can_be_kept_as_it_is(api: Person) -> None:
    found = read(api, "https://www.ebay.de/itm/256123456789?var=5")
    assert [refused["parameter"] for refused in found["not_taken"]] == ["var"]

    answer = api.send("POST", "/alerts", found["fields"] | {"interval_minutes": 15})
    assert answer.json()["listing"] == "https://www.ebay.de/itm/256123456789"


def test_what_alerts_have_no_field_for_is_named(api: Person) -> None:
    found = read(api, "https://www.ebay.com/sch/i.html?_nkw=a&Brand=Nikon&_ex_kw=x&LH_Sold=1")

    named = {refused["parameter"] for refused in found["not_taken"]}
    assert {"Brand", "LH_Sold"} <= named
    assert "_ex_kw" in named or "excluded_words" in found["fields"]


@pytest.mark.parametrize("address", ["", "camera", "https://evil.example/sch/?_nkw=a", "x" * 9000])
def test_what_is_no_address_of_ebay_s_is_refused(api: Person, address: str) -> None:
    answer = api.send("POST", "/alerts/read-address", {"address": address})

    assert answer.status_code == 422
    assert "address" in answer.content.decode()


def test_a_stranger_is_not_answered(api: Person) -> None:
    answer = api.client.post("/api/alerts/read-address", {"address": "x"}, "application/json")

    assert answer.status_code == 401
