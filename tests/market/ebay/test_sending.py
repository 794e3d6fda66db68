"""Whether a listing is sent to a country, as far as eBay says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ebay_alerts.market.ebay.wire import read_item

AT = datetime(2026, 5, 1, tzinfo=UTC)
US, DE = ({"regionType": "COUNTRY", "regionId": code} for code in ("US", "DE"))
WORLD = {"regionType": "WORLDWIDE", "regionId": "WORLDWIDE"}
EUROPE = {"regionType": "WORLD_REGION", "regionId": "EUROPE"}
FIXED = {"shippingCostType": "FIXED", "shippingCost": {"value": "3.00", "currency": "USD"}}


def shipping(deliver_to: str = "DE", **more: Any) -> str:
    body = {
        "itemId": "v1|256123456789|0",
        "title": "Lens",
        "price": {"value": "9.00", "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE"],
    }
    offer = read_item(body | more, "EBAY_US", AT, deliver_to).offer
    assert offer is not None
    return offer.shipping


@pytest.mark.parametrize(
    ("included", "excluded", "found"),
    [
        ([US], [], "none"),
        ([US, DE], [], "unknown"),
        ([WORLD], [], "unknown"),
        ([WORLD], [DE], "none"),
        ([WORLD], [US], "unknown"),
        ([US, EUROPE], [], "unknown"),
        ([], [], "unknown"),
    ],
)
def test_only_a_plain_no_is_taken_for_one(
    included: list[Any], excluded: list[Any], found: str
) -> None:
    regions = {"regionIncluded": included, "regionExcluded": excluded}
    assert shipping(shipToLocations=regions) == found


def test_a_quote_says_more_than_regions() -> None:
    regions = {"regionIncluded": [US]}
    assert shipping(shipToLocations=regions, shippingOptions=[FIXED]) == "fixed"


def test_without_regions_or_without_a_country_nothing_is_known() -> None:
    assert shipping() == "unknown"
    assert shipping("", shipToLocations={"regionIncluded": [US]}) == "unknown"
