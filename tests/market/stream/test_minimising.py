"""What is kept of an event that cannot be read names nobody."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ebay_alerts.market.stream.events import read_event
from ebay_alerts.market.stream.minimising import without_seller

NAME = "ann_sells_cameras"


@pytest.mark.parametrize(
    "body",
    [
        {"product": {"seller": NAME}},
        {"product": {"item": {"seller": {"username": NAME, "userId": NAME}}}},
        {"product": {"item": {"seller": {"username": NAME, "feedbackPercentage": {"x": NAME}}}}},
        {"product": {"item": {"seller": {"username": NAME, "feedbackPercentage": NAME}}}},
        {"pages": [[{"Seller": [NAME]}]]},
        {"sellerName": NAME},
        {"notification": {"data": {"username": NAME, "userId": NAME, "eiasToken": NAME}}},
    ],
)
def test_what_is_named_for_a_person_is_dropped_at_any_depth(body: dict[str, Any]) -> None:
    assert NAME not in json.dumps(without_seller(body))


def test_everything_else_stays_as_it_was() -> None:
    body = {"sequence": 1, "product": {"id": "7", "title": None, "list": [1, "a", {"b": 2.5}]}}
    assert without_seller(body) == body
    assert without_seller("no object at all") == "no object at all"


def test_an_event_reads_the_same_but_for_its_seller() -> None:
    item = {
        "itemId": "v1|110|0",
        "title": "Wine",
        "price": {"value": "12", "currency": "USD"},
        "seller": {"username": NAME, "feedbackScore": 7, "feedbackPercentage": "99.8"},
    }
    product = {"id": "110", "seller": NAME, "item": item}
    event = {
        "sequence": 3,
        "type": "product_created",
        "at": "2026-05-01T12:00:00Z",
        "product": product,
    }
    whole = read_event(event).observation
    kept = read_event(without_seller(event)).observation
    assert whole.offer is not None
    assert whole.offer.seller
    assert kept == replace(whole, offer=replace(whole.offer, seller=""))
    assert whole.offer.seller_percent == "99.8"


def test_what_is_too_deep_to_walk_is_not_kept() -> None:
    deep: Any = {"seller": NAME}
    for _ in range(100_000):
        deep = [deep]
    assert without_seller(deep) is None
    while deep:  # else the interpreter itself takes it apart too deeply
        deep = deep[0] if isinstance(deep, list) else None
