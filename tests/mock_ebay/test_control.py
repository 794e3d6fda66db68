"""`/control`: disturbances on order."""

from typing import Any

import pytest
import socketio

SEARCH = "/buy/browse/v1/item_summary/search"


@pytest.fixture
def asking(mock: Any) -> Any:
    """Searches with a token that was fetched before anything was disturbed."""
    headers = {"Authorization": f"Bearer {mock.token()}"}
    return lambda: mock.http.get(SEARCH, params={"q": "wine"}, headers=headers)


def test_the_next_calls_fail_as_often_as_asked(mock: Any, asking: Any) -> None:
    mock.control(fail_next=2, status=503)
    assert [asking().status_code for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize(("status", "number"), [(500, 12000), (429, 2001), (401, 1001)])
def test_a_failure_has_ebays_body(mock: Any, asking: Any, status: int, number: int) -> None:
    mock.control(fail_next=1, status=status)
    assert asking().json()["errors"][0]["errorId"] == number


def test_a_429_says_when_to_come_back_where_it_is_told_to(mock: Any, asking: Any) -> None:
    mock.control(fail_next=2, status=429, retry_after="120")
    assert asking().headers["retry-after"] == "120"
    mock.control(retry_after="")
    assert "retry-after" not in asking().headers


def test_a_failing_token_service_answers_in_its_own_form(mock: Any) -> None:
    mock.control(fail_next=1, status=401)
    answer = mock.http.post("/identity/v1/oauth2/token", data={}, auth=("id", "secret"))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("body", [None, [], {"total": "many"}, "text", 7])
def test_any_json_can_be_the_answer(mock: Any, asking: Any, body: Any) -> None:
    mock.control(answer_next=1, answer=body)
    assert asking().json() == body
    assert asking().json()["total"] > 0


def test_a_warned_search_is_not_filtered(mock: Any, asking: Any) -> None:
    mock.create("Wine of an auction", 5, buying_options=["AUCTION"])
    plain = asking().json()
    mock.control(warn_next=1)
    warned = asking().json()
    assert warned["warnings"][0]["errorId"] == 12002
    assert warned["total"] >= plain["total"]
    assert "warnings" not in asking().json()


def test_an_empty_answer_has_no_items_at_all(mock: Any, asking: Any) -> None:
    mock.control(empty_next=1)
    empty = asking().json()
    assert (empty["total"], "itemSummaries" in empty) == (0, False)


def test_a_bare_item_has_what_ebay_never_leaves_out(mock: Any, asking: Any) -> None:
    mock.control(bare_next=1)
    item = asking().json()["itemSummaries"][0]
    assert {"itemId", "title", "price"} <= item.keys()
    assert not item.keys() & {"image", "seller", "shippingOptions", "legacyItemId"}


def test_only_paths_with_the_prefix_fail(mock: Any, asking: Any) -> None:
    mock.control(fail_next=1, path="/buy/browse/v1/item/")
    assert asking().status_code == 200
    assert mock.item("v1|1|0").status_code == 500


def test_the_own_endpoints_never_fail(mock: Any) -> None:
    mock.control(fail_next=5, html_403_next=5)
    assert mock.http.get("/products", params={"_limit": 1}).status_code == 200
    assert mock.http.get("/events").status_code == 200
    assert mock.http.get("/control").json()["fail_next"] == 5


def test_malformed_answers_are_broken_off_json_with_status_200(mock: Any, asking: Any) -> None:
    mock.control(malformed_next=1)
    broken = asking()
    assert broken.status_code == 200
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        broken.json()
    assert asking().json()["total"] > 0


def test_an_edge_servers_refusal_is_html(mock: Any, asking: Any) -> None:
    mock.control(html_403_next=1)
    refusal = asking()
    assert refusal.status_code == 403
    assert refusal.headers["content-type"].startswith("text/html")
    assert "Access Denied" in refusal.text


def test_a_spent_quota_answers_429_until_it_is_raised(mock: Any, asking: Any) -> None:
    mock.control(quota_remaining=1)
    assert [asking().status_code for _ in range(2)] == [200, 429]
    limits = mock.get("/developer/analytics/v1_beta/rate_limit/").json()
    assert limits["rateLimits"][0]["resources"][0]["rates"][0]["remaining"] == 0
    mock.control(quota_remaining=None)
    assert asking().status_code == 200


def test_a_dropped_price_is_missing_once(mock: Any, asking: Any) -> None:
    mock.control(drop_price_next=1)
    first = asking().json()["itemSummaries"][0]
    assert not first.keys() & {"price", "currentBidPrice", "bidCount"}
    assert "price" in asking().json()["itemSummaries"][0]


def test_a_delay_is_used_up_by_its_calls(mock: Any, asking: Any) -> None:
    mock.control(delay_ms=1, calls=2)
    asking()
    assert mock.http.get("/control").json()["delayed_calls"] == 1


def test_calls_are_counted_per_endpoint_however_they_are_answered(mock: Any, asking: Any) -> None:
    mock.control(fail_next=1)
    asking()
    asking()
    mock.item("v1|1|0")
    counts = mock.http.get("/control").json()["calls"]
    assert (counts["browse.search"], counts["browse.item"], counts["oauth.token"]) == (2, 1, 2)
    cleared = mock.http.delete("/control").json()
    assert (cleared["calls"], cleared["calls_total"], cleared["fail_next"]) == ({}, 0, 0)


@pytest.mark.parametrize(
    "plan",
    [
        {"fail_next": "three"},
        {"fail_next": -1},
        {"status": 200},
        {"path": 7},
        {"explode": True},
        {"move": "far"},
    ],
)
def test_a_senseless_plan_is_refused_whole(mock: Any, plan: dict[str, Any]) -> None:
    answer = mock.http.post("/control", json={"drop_price_next": 9} | plan)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert mock.http.get("/control").json()["drop_price_next"] in (0, 9)


def test_an_unknown_listing_cannot_be_ended(mock: Any) -> None:
    assert mock.http.post("/control", json={"end": "nothing"}).status_code == 404


def test_a_listing_ends_only_once(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    assert mock.control(end=made["id"])["ended"] == made["id"]
    assert mock.http.post("/control", json={"end": made["id"]}).status_code == 409
    assert mock.control(relist=made["id"])["relisted"] == made["id"]
    assert mock.titles("quartz") == ["Quartz Owl"]


def test_many_changes_to_products_come_in_one_call_and_in_order(mock: Any) -> None:
    before = mock.events()["head"]
    changes = [
        ["POST", {"id": "owl", "product_name": "Quartz Owl", "price": 20}],
        ["PATCH", "owl", {"price": 18}],
        ["PUT", "owl", {"product_name": "Quartz Cat", "price": 9}],
        ["END", "owl"],
        ["RELIST", "owl"],
        ["DELETE", "owl"],
    ]
    assert mock.control(products=changes)["products"] == ["owl"] * 6
    told = mock.events(after=before)["events"]
    assert [event["product"]["price"] for event in told] == [20, 18, 9, 9, 9, 9]


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (["PATCH", "nothing", {}], 404),
        (["POST", {"product_name": "Owl", "price": -1}], 422),
        (["GET", "owl"], 422),
        ("POST", 422),
    ],
)
def test_the_first_change_that_is_refused_ends_the_call_and_is_named(
    mock: Any, refused: Any, status: int
) -> None:
    good = {"product_name": "Quartz Owl", "price": 20}
    plan = {"products": [["POST", good], refused, ["POST", good]]}
    answer = mock.http.post("/control", json=plan)
    assert answer.status_code == status
    assert answer.json()["error"].startswith("change 1: ")
    assert mock.titles("quartz") == ["Quartz Owl"]


def test_sockets_are_dropped_on_order(mock: Any, eventually: Any) -> None:
    assert mock.control(drop_sockets=True)["dropped"] == 0
    client = socketio.Client(reconnection=False)
    client.connect(mock.url)
    assert mock.control(drop_sockets=True)["dropped"] == 1
    assert eventually(lambda: not client.connected)
