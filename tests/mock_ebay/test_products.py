"""`/products` in json-server's manners, and what it does to the Browse API."""

import json
from pathlib import Path
from typing import Any

import pytest

PRODUCTS = json.loads(Path(__file__).with_name("products.json").read_text())["products"]


def test_the_products_of_the_file_keep_their_ids_names_and_prices(mock: Any) -> None:
    served = {p["id"]: (p["product_name"], p["price"]) for p in mock.products()}
    assert served == {p["id"]: (p["product_name"], p["price"]) for p in PRODUCTS}


def test_q_finds_text_in_names_whatever_its_case(mock: Any) -> None:
    names = {p["product_name"] for p in mock.products(q="WINE -")}
    assert names == {p["product_name"] for p in PRODUCTS if "Wine -" in p["product_name"]}


def test_pages_have_a_total_and_links(mock: Any) -> None:
    answer = mock.http.get("/products", params={"_page": 2, "_limit": 15})
    assert [p["id"] for p in answer.json()] == [p["id"] for p in PRODUCTS[15:30]]
    assert answer.headers["X-Total-Count"] == "40"
    rels = {link: target["url"] for link, target in answer.links.items()}
    assert rels.keys() == {"first", "prev", "next", "last"}
    assert "_page=3" in rels["next"]
    assert rels["next"] == rels["last"]


def test_a_page_has_ten_products_unless_it_says_otherwise(mock: Any) -> None:
    assert len(mock.products(_page=1)) == 10
    assert len(mock.products(_limit=3)) == 3
    assert len(mock.products(_start=38)) == 2


def test_lists_are_sorted_by_any_field_in_either_order(mock: Any) -> None:
    prices = [p["price"] for p in mock.products(_sort="price", _order="desc")]
    assert prices == sorted((p["price"] for p in PRODUCTS), reverse=True)
    names = [p["product_name"] for p in mock.products(_sort="product_name")]
    assert names == sorted(p["product_name"] for p in PRODUCTS)
    pairs = [(p["product_name"], p["price"]) for p in mock.products(_sort="product_name,price")]
    assert pairs == sorted(pairs)


def test_a_field_can_be_asked_for_by_its_value(mock: Any) -> None:
    assert [p["price"] for p in mock.products(product_name="Tea - Earl Grey Loose Leaf")] == [9, 12]
    assert len(mock.products(price=9)) == 1
    assert mock.products(no_such_field="x") == []


def test_one_product_is_served_and_an_unknown_one_is_not(mock: Any) -> None:
    known = mock.http.get(f"/products/{PRODUCTS[0]['id']}")
    assert known.json()["product_name"] == PRODUCTS[0]["product_name"]
    unknown = mock.http.get("/products/nothing")
    assert unknown.status_code == 404
    assert unknown.json() == {"error": "no such product"}


def test_a_new_product_is_a_listing_at_once(mock: Any) -> None:
    body = {"id": "my-own-id", "product_name": "Quartz Owl", "price": 12.5}
    answer = mock.http.post("/products", json=body)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{mock.url}/products/my-own-id"
    (found,) = mock.search("quartz", sort="newlyListed")["itemSummaries"]
    assert found["itemId"] == "v1|my-own-id|0"
    assert found["legacyItemId"] == "my-own-id"
    assert found["price"] == {"value": "12.50", "currency": "USD"}
    assert found["buyingOptions"] == ["FIXED_PRICE"]
    assert found["listingMarketplaceId"] == "EBAY_US"


def test_a_product_without_an_id_is_given_one(mock: Any) -> None:
    first, second = mock.create("Quartz Owl"), mock.create("Quartz Owl")
    assert first["id"] != second["id"]
    assert mock.http.get(f"/products/{second['id']}").json() == second


def test_an_id_that_exists_is_refused(mock: Any) -> None:
    body = {"id": PRODUCTS[0]["id"], "product_name": "Quartz Owl", "price": 1}
    answer = mock.http.post("/products", json=body)
    assert answer.status_code == 409
    assert "id" in answer.json()["error"]


def test_a_patched_price_and_name_show_at_once(mock: Any) -> None:
    made = mock.create("Quartz Owl", 20)
    answer = mock.http.patch(f"/products/{made['id']}", json={"price": 15.25})
    assert answer.json()["price"] == 15.25
    assert mock.search("quartz owl")["itemSummaries"][0]["price"]["value"] == "15.25"
    mock.http.patch(f"/products/{made['id']}", json={"product_name": "Onyx Fox"})
    assert mock.titles("quartz") == []
    assert mock.titles("onyx") == ["Onyx Fox"]


def test_a_put_product_forgets_what_it_does_not_say(mock: Any) -> None:
    made = mock.create("Quartz Owl", 20, condition_id=3000, shelf="A7")
    body = {"product_name": "Quartz Owl", "price": 22}
    put = mock.http.put(f"/products/{made['id']}", json=body).json()
    assert (put["price"], put["condition_id"]) == (22, 1000)
    assert "shelf" not in put
    assert put["created_at"] == made["created_at"]


def test_a_product_can_be_sent_back_as_it_came(mock: Any) -> None:
    made = mock.create("Quartz Owl", 20, buying_options=["AUCTION", "FIXED_PRICE"], bid=5)
    assert mock.http.put(f"/products/{made['id']}", json=made).json() == made


def test_unknown_fields_are_kept(mock: Any) -> None:
    made = mock.create("Quartz Owl", shelf="A7")
    mock.http.patch(f"/products/{made['id']}", json={"row": 3})
    kept = mock.http.get(f"/products/{made['id']}").json()
    assert (kept["shelf"], kept["row"]) == ("A7", 3)


def test_a_deleted_product_is_gone(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    assert mock.http.delete(f"/products/{made['id']}").json() == {}
    assert mock.http.get(f"/products/{made['id']}").status_code == 404
    assert mock.http.delete(f"/products/{made['id']}").status_code == 404


def test_richer_products_become_richer_listings(mock: Any) -> None:
    mock.create(
        "Quartz Owl",
        80,
        buying_options=["AUCTION", "FIXED_PRICE"],
        bid=12,
        bid_count=0,
        condition_id=7000,
        category_id="19006",
        shipping="calculated",
        seller="owl_barn",
        pictures=3,
        created_at="2020-02-03T04:05:06Z",
        ends_at="2040-01-01T00:00:00Z",
    )
    (found,) = mock.search("quartz")["itemSummaries"]
    assert found["currentBidPrice"]["value"] == "12.00"
    assert found["price"]["value"] == "80.00"
    assert found["conditionId"] == "7000"
    assert found["leafCategoryIds"] == ["19006"]
    assert found["shippingOptions"][0]["shippingCostType"] == "CALCULATED"
    assert found["seller"]["username"] == "owl_barn"
    assert len(found["additionalImages"]) == 2
    assert found["itemOriginDate"] == "2020-02-03T04:05:06.000Z"
    assert found["itemEndDate"] == "2040-01-01T00:00:00.000Z"


def test_a_patched_price_of_an_auction_is_its_bid(mock: Any) -> None:
    made = mock.create("Quartz Owl", 10, buying_options=["AUCTION"])
    mock.http.patch(f"/products/{made['id']}", json={"price": 14}).raise_for_status()
    (found,) = mock.search("quartz", filter="buyingOptions:{AUCTION}")["itemSummaries"]
    assert found["currentBidPrice"]["value"] == "14.00"
    assert "price" not in found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "product_name"),
        ({"product_name": "Quartz"}, "price"),
        ({"product_name": " ", "price": 1}, "product_name"),
        ({"product_name": 7, "price": 1}, "product_name"),
        ({"product_name": "x" * 201, "price": 1}, "product_name"),
        ({"product_name": "a\x00b", "price": 1}, "product_name"),
        ({"product_name": "\ud800", "price": 1}, "product_name"),
        ({"product_name": "Quartz", "price": "12"}, "price"),
        ({"product_name": "Quartz", "price": True}, "price"),
        ({"product_name": "Quartz", "price": None}, "price"),
        ({"product_name": "Quartz", "price": -1}, "price"),
        ({"product_name": "Quartz", "price": 1.005}, "price"),
        ({"product_name": "Quartz", "price": 1e300}, "price"),
        ({"product_name": "Quartz", "price": 1, "id": ""}, "id"),
        ({"product_name": "Quartz", "price": 1, "id": "a|b"}, "id"),
        ({"product_name": "Quartz", "price": 1, "id": ["a"]}, "id"),
        ({"product_name": "Quartz", "price": 1, "marketplace": "EBAY_MOON"}, "marketplace"),
        ({"product_name": "Quartz", "price": 1, "marketplace": []}, "marketplace"),
        ({"product_name": "Quartz", "price": 1, "category_id": "1"}, "category_id"),
        ({"product_name": "Quartz", "price": 1, "condition_id": 12}, "condition_id"),
        ({"product_name": "Quartz", "price": 1, "buying_options": ["BARTER"]}, "buying_options"),
        ({"product_name": "Quartz", "price": 1, "buying_options": []}, "buying_options"),
        ({"product_name": "Quartz", "price": 1, "shipping": "cheap"}, "shipping"),
        ({"product_name": "Quartz", "price": 1, "ends_at": "soon"}, "ends_at"),
        ({"product_name": "Quartz", "price": 1, "ends_at": "9999-12-31T23:59:59-20:00"}, "ends_at"),
        ({"product_name": "Quartz", "price": 1, "created_at": None}, "created_at"),
        ({"product_name": "Quartz", "price": 1, "pictures": 99}, "pictures"),
        ({"product_name": "Quartz", "price": 1, "worldwide": "yes"}, "worldwide"),
        ({"product_name": "Quartz", "price": 1, "country": "usa"}, "country"),
        ({"product_name": "Quartz", "price": 1, "notes": "x" * 10_001}, "body"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_bad_product_is_refused_and_the_field_is_named(mock: Any, body: Any, field: str) -> None:
    answer = mock.http.post("/products", content=json.dumps(body))
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert mock.titles("quartz") == []


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", '{"price": NaN}', "[" * 100_000, "\xff"])
def test_a_body_that_is_no_json_is_refused(mock: Any, text: str) -> None:
    answer = mock.http.post("/products", content=text.encode("latin-1"))
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


def test_a_body_that_is_too_long_is_refused(mock: Any) -> None:
    answer = mock.http.post("/products", content=b" " * 1_000_001)
    assert answer.status_code == 413


def test_an_id_cannot_be_changed(mock: Any) -> None:
    made = mock.create("Quartz Owl")
    answer = mock.http.patch(f"/products/{made['id']}", json={"id": "other"})
    assert (answer.status_code, answer.json()["field"]) == (422, "id")


@pytest.mark.parametrize(
    "params", [{"_page": "x"}, {"_limit": "-1"}, {"_start": "1.5"}, {"_end": ""}]
)
def test_a_bad_page_is_refused(mock: Any, params: dict[str, str]) -> None:
    assert mock.http.get("/products", params=params).status_code == 400
