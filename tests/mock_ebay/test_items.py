"""getItem, getItems, the token endpoint and the rate limits."""

from typing import Any

import httpx
import pytest

SCOPE = "https://api.ebay.com/oauth/api_scope"
TOKEN = "/identity/v1/oauth2/token"
SEARCH = "/buy/browse/v1/item_summary/search"


def error_of(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["errors"][0]["errorId"]


def test_an_item_is_found_by_the_id_that_a_search_gave(big_mock: Any) -> None:
    for found in big_mock.search("camera", limit=20)["itemSummaries"]:
        item = big_mock.item(found["itemId"]).raise_for_status().json()
        assert item["title"] == found["title"]
        assert item["price"] == found["price"]
        assert item["estimatedAvailabilities"][0]["estimatedAvailabilityStatus"] == "IN_STOCK"


def test_an_auctions_bid_is_mirrored_into_the_price_of_the_item(mock: Any) -> None:
    made = mock.create("Quartz Owl", 30, buying_options=["AUCTION"], bid_count=2)
    item = mock.item(f"v1|{made['id']}|0").json()
    assert item["price"] == item["currentBidPrice"] == {"value": "30.00", "currency": "USD"}
    assert item["bidCount"] == 2


def test_compact_is_a_short_answer_and_stands_alone(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    compact = mock.item(f"v1|{made['id']}|0", fieldgroups="COMPACT").json()
    assert "title" not in compact
    assert compact.keys() >= {"itemId", "price", "estimatedAvailabilities", "sellerItemRevision"}
    both = mock.item(f"v1|{made['id']}|0", fieldgroups="COMPACT,PRODUCT")
    assert error_of(both) == (400, 11018)


def test_an_unknown_item_and_a_deleted_one_are_not_found(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    mock.http.delete(f"/products/{made['id']}")
    assert error_of(mock.item(f"v1|{made['id']}|0")) == (404, 11001)
    assert error_of(mock.item("v1|999|0")) == (404, 11001)


@pytest.mark.parametrize("item_id", ["123", "v1|123", "v2|123|0", "v1||0", "v1|1|x", "v1|1|0|0"])
def test_an_item_id_of_the_wrong_form_is_refused(mock: Any, item_id: str) -> None:
    assert error_of(mock.item(item_id)) == (400, 11012)


def test_an_ended_listing_still_answers_with_an_end_in_the_past(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    mock.control(end=made["id"])
    item = mock.item(f"v1|{made['id']}|0").raise_for_status().json()
    assert item["itemEndDate"] >= item["itemCreationDate"]
    assert item["estimatedAvailabilities"][0]["estimatedAvailabilityStatus"] == "OUT_OF_STOCK"


def test_a_variation_is_found_by_its_item_id_and_its_group(mock: Any) -> None:
    made = mock.create("Quartz Owl", variations=True)
    (found,) = mock.search("quartz")["itemSummaries"]
    assert found["itemGroupType"] == "SELLER_DEFINED_VARIATIONS"
    assert not found["itemId"].endswith("|0")
    assert mock.item(found["itemId"]).json()["legacyItemId"] == made["id"]
    headers = {"Authorization": f"Bearer {mock.token()}"}
    group = mock.http.get(found["itemGroupHref"], headers=headers).json()
    assert group["items"][0]["itemId"] == found["itemId"]
    legacy = "/buy/browse/v1/item/get_item_by_legacy_id"
    assert error_of(mock.get(legacy, legacy_item_id=made["id"])) == (400, 11006)


def test_an_item_is_found_by_its_legacy_id(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    legacy = "/buy/browse/v1/item/get_item_by_legacy_id"
    assert mock.get(legacy, legacy_item_id=made["id"]).json()["title"] == "Quartz Owl"
    assert error_of(mock.get(legacy, legacy_item_id="1")) == (404, 11003)


def bulk_get(mock: Any, **params: str) -> httpx.Response:
    token = mock.token(f"{SCOPE} {SCOPE}/buy.item.bulk", client_id="bulk-test")
    headers = {"Authorization": f"Bearer {token}"}
    return mock.http.get("/buy/browse/v1/item/", params=params, headers=headers)


def test_many_items_come_without_titles_and_missing_ones_as_warnings(mock: Any) -> None:
    ids = [mock.create("Quartz Owl")["id"], mock.create("Quartz Fox")["id"], "999"]
    answer = bulk_get(mock, item_ids=",".join(f"v1|{id_}|0" for id_ in ids)).json()
    assert [item["legacyItemId"] for item in answer["items"]] == ids[:2]
    assert "title" not in answer["items"][0]
    assert answer["warnings"][0]["errorId"] == 11001


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({}, 11017),
        ({"item_ids": "v1|1|0", "item_group_ids": "1"}, 11014),
        ({"item_ids": ",".join(["v1|1|0"] * 21)}, 11015),
        ({"item_group_ids": ",".join(["1"] * 11)}, 11016),
    ],
)
def test_a_wrong_bulk_call_is_refused(mock: Any, params: dict[str, str], number: int) -> None:
    assert error_of(bulk_get(mock, **params)) == (400, number)


def test_many_items_need_a_scope_that_ordinary_clients_do_not_get(mock: Any) -> None:
    answer = mock.get("/buy/browse/v1/item/", item_ids="v1|1|0")
    assert error_of(answer) == (403, 1100)
    form = {"grant_type": "client_credentials", "scope": f"{SCOPE}/buy.item.bulk"}
    refused = mock.http.post(TOKEN, data=form, auth=("test", "secret"))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_a_token_is_granted_as_rfc_6749_says(mock: Any) -> None:
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    answer = mock.http.post(TOKEN, data=form, auth=("test", "secret")).json()
    assert answer["expires_in"] == 7200
    assert answer["token_type"] == "Application Access Token"
    assert answer["access_token"] != mock.token()


@pytest.mark.parametrize("auth", [None, ("bad-id", "secret"), ("test", "bad-secret"), ("", "x")])
def test_a_bad_client_gets_no_token(mock: Any, auth: tuple[str, str] | None) -> None:
    answer = mock.http.post(TOKEN, data={"grant_type": "client_credentials"}, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_another_grant_is_refused(mock: Any) -> None:
    answer = mock.http.post(TOKEN, data={"grant_type": "password"}, auth=("test", "secret"))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_call_without_a_token_stops_at_the_edge(mock: Any) -> None:
    answer = mock.http.get(SEARCH, params={"q": "wine"})
    assert (answer.status_code, answer.content) == (403, b"")


def test_a_call_with_a_bad_token_is_refused(mock: Any) -> None:
    headers = {"Authorization": "Bearer invented"}
    answer = mock.http.get(SEARCH, params={"q": "wine"}, headers=headers)
    assert error_of(answer) == (401, 1001)
    assert answer.json()["errors"][0]["domain"] == "OAuth"


def test_a_revoked_token_is_refused(mock: Any) -> None:
    headers = {"Authorization": f"Bearer {mock.token()}"}
    mock.control(revoke_tokens=True)
    assert error_of(mock.http.get(SEARCH, params={"q": "wine"}, headers=headers)) == (401, 1001)


def test_the_rate_limits_show_what_is_used(start_mock: Any) -> None:
    mock = start_mock(size=10, daily_quota=3)
    for _ in range(3):
        mock.search("wine")
    assert error_of(mock.get(SEARCH, q="wine")) == (429, 2001)
    limits = mock.get("/developer/analytics/v1_beta/rate_limit/", api_name="Browse").json()
    resources = {r["name"]: r["rates"][0] for r in limits["rateLimits"][0]["resources"]}
    rate = resources["buy.browse"]
    assert (rate["count"], rate["limit"], rate["remaining"]) == (3, 3, 0)
    assert resources["buy.browse.item.bulk"]["remaining"] == 3


def test_the_rate_limits_of_another_api_are_empty(mock: Any) -> None:
    answer = mock.get("/developer/analytics/v1_beta/rate_limit/", api_name="feed")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_path_of_an_api_that_is_not_here_is_ebays_404(mock: Any) -> None:
    assert error_of(mock.get("/buy/marketing/v1/merchandised_product")) == (404, 2002)
