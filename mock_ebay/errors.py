"""eBay's error numbers and the bodies in which they arrive."""

from typing import Any

# Number: HTTP status (200 marks a warning), category, message.
_ERRORS: dict[int, tuple[int, str, str]] = {
    1001: (401, "REQUEST", "Invalid access token"),
    1100: (403, "REQUEST", "Access denied"),
    2001: (429, "REQUEST", "Too many requests."),
    2002: (404, "REQUEST", "Resource not found"),
    11000: (500, "APPLICATION", "The item service met an internal error."),
    11001: (404, "REQUEST", "The specified item Id was not found."),
    11002: (404, "REQUEST", "The specified item group Id was not found."),
    11003: (404, "REQUEST", "The specified legacy Id was not found."),
    11006: (400, "REQUEST", "The legacy Id is that of an item group."),
    11012: (400, "REQUEST", "The item Id is not in a valid format."),
    11014: (400, "REQUEST", "Give either item Ids or item group Ids, not both."),
    11015: (400, "REQUEST", "At most 20 item Ids can be asked for at once."),
    11016: (400, "REQUEST", "At most 10 item group Ids can be asked for at once."),
    11017: (400, "REQUEST", "Item Ids or item group Ids are required."),
    11018: (400, "REQUEST", "The COMPACT field group cannot be combined with others."),
    12000: (500, "APPLICATION", "The search service met an internal error."),
    12001: (400, "REQUEST", "The call must have a valid q, category_ids, epid or gtin parameter."),
    12002: (200, "REQUEST", "The filter value is invalid."),
    12003: (200, "REQUEST", "A seller's username in the filter is invalid."),
    12004: (400, "REQUEST", "The offset must not be negative."),
    12005: (400, "REQUEST", "The offset is not an integer."),
    12006: (400, "REQUEST", "The limit must be between 1 and 200."),
    12007: (400, "REQUEST", "The limit is not an integer."),
    12008: (200, "REQUEST", "The sort value is invalid; the default order was used."),
    12010: (200, "REQUEST", "Local pickup needs country, postal code, radius and radius unit."),
    12011: (200, "REQUEST", "A delivery postal code needs a delivery country."),
    12012: (200, "REQUEST", "The price filter needs both price and priceCurrency."),
    12013: (409, "REQUEST", "A first-level category needs a keyword as well."),
    12016: (200, "REQUEST", "The field group is invalid."),
    12020: (409, "REQUEST", "Refinements need a single category."),
    12029: (400, "REQUEST", "The offset must be less than 10,000."),
    12032: (400, "REQUEST", "At most 250 sellers can be given."),
    12033: (400, "REQUEST", "qualifiedPrograms needs deliveryCountry and deliveryPostalCode."),
    12515: (400, "REQUEST", "The offset must be zero or a multiple of the limit."),
    12516: (400, "REQUEST", "A search in descriptions needs a longer keyword."),
    12517: (400, "REQUEST", "itemLocationRegion and itemLocationCountry exclude each other."),
    12520: (200, "REQUEST", "A condition id in the filter is invalid."),
    12521: (400, "REQUEST", "The query has malformed percent-encoding."),
    195001: (404, "REQUEST", "There is no public key of that id."),
}

_LONG = {
    1001: "Invalid access token. Check the value of the Authorization HTTP request header.",
    1100: "Insufficient permissions to fulfill the request.",
    2001: "The request limit has been reached for the resource.",
}
_DOMAINS = {
    1001: "OAuth",
    1100: "ACCESS",
    2001: "ACCESS",
    2002: "ACCESS",
    195001: "API_NOTIFICATION",
}


class EbayError(Exception):
    """A call is refused with one of eBay's numbers."""

    def __init__(self, number: int, **parameters: str) -> None:
        super().__init__(number)
        self.number = number
        self.parameters = parameters

    @property
    def status(self) -> int:
        return _ERRORS[self.number][0]

    def body(self) -> dict[str, Any]:
        return {"errors": [detail(self.number, **self.parameters)]}


def detail(number: int, **parameters: str) -> dict[str, Any]:
    """An ErrorDetailV3: the same shape for errors and warnings."""
    _, category, message = _ERRORS[number]
    wire: dict[str, Any] = {
        "errorId": number,
        "domain": _DOMAINS.get(number, "API_BROWSE"),
        "category": category,
        "message": message,
        "longMessage": _LONG.get(number, message),
    }
    if parameters:
        wire["parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
    return wire
