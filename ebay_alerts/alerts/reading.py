"""What a pasted address asks for, in the fields of an alert."""

from typing import Any

from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.schemas.alerts import AlertIn
from ebay_alerts.market.addresses import (
    listing_address,
    read_listing_address,
)
from ebay_alerts.market.errors import UnreadableAddress
from ebay_alerts.market.marketplaces import DEFAULT
from ebay_alerts.market.search_addresses import NotTaken, SearchAddress, read_search_address

# The parameters of eBay's that fields are read from which alerts may not have.
_PARAMETERS = {
    "conditions": "LH_ItemCondition",
    "excluded_words": "_ex_kw",
    "sellers": "_ssn",
    "excluded_sellers": "_sasl",
}


def read_address(address: str) -> dict[str, Any]:
    """In the shape of `AddressOut`. Raises InvalidAlert for what is no page of eBay's to watch."""
    try:
        found = _read(address)
    except UnreadableAddress as error:
        raise InvalidAlert("address", str(error)) from error
    taken = {name: value for name, value in found.fields.items() if name in AlertIn.model_fields}
    others = [
        NotTaken(_PARAMETERS.get(name, name), _words(value), "Alerts have no such field.")
        for name, value in found.fields.items()
        if name not in taken
    ]
    return {
        "fields": taken,
        "not_taken": [refused._asdict() for refused in [*found.not_taken, *others]],
        "without_effect": found.without_effect,
    }


def _read(address: str) -> SearchAddress:
    try:
        listing = read_listing_address(address)
    except UnreadableAddress:
        return read_search_address(address)
    marketplace = listing.marketplace or DEFAULT
    fields = {
        "listing": listing_address(marketplace, listing.legacy_id),
        "marketplace": marketplace,
    }
    refused = [NotTaken("var", listing.variation, "All variations are watched as one listing.")]
    return SearchAddress(fields, refused if listing.variation else [])


def _words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
