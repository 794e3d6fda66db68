"""Items as eBay's Browse API describes them, for tests to bend."""

from typing import Any


def item(**changes: Any) -> dict[str, Any]:
    """A plain fixed-price summary; a field that is None is left out."""
    wire: dict[str, Any] = {
        "itemId": "v1|110001|0",
        "legacyItemId": "110001",
        "title": "Wine - Old Mill Pinot Noir",
        "price": money("41.00"),
        "buyingOptions": ["FIXED_PRICE"],
        "itemWebUrl": "https://www.ebay.com/itm/110001",
        "image": {"imageUrl": "https://i.ebayimg.com/1.jpg"},
        "seller": {"username": "old_mill", "feedbackPercentage": "99.9", "feedbackScore": 31327},
        "condition": "New",
        "shippingOptions": [{"shippingCostType": "FIXED", "shippingCost": money("5.50")}],
        "itemLocation": {"country": "US"},
        "itemCreationDate": "2026-01-02T03:04:05.678Z",
    }
    return {name: value for name, value in (wire | changes).items() if value is not None}


def money(value: Any, currency: Any = "USD", **more: Any) -> dict[str, Any]:
    return {"value": value, "currency": currency, **more}
