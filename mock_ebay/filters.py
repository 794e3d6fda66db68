"""`filter=`: eBay's grammar for narrowing a search, read into one Selection.

A bad filter does not fail the call: it is left out and the answer carries a warning. Only what
eBay answers with an error raises one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from mock_ebay.clock import parse_iso
from mock_ebay.errors import EbayError, detail
from mock_ebay.listings import CONDITIONS, Listing, quote, ships_to
from mock_ebay.money import CURRENCIES, convert, to_cents
from mock_ebay.wire import View, account_type

_FILTER = re.compile(r"([A-Za-z]+):(\{[^}]*\}|\[[^\]]*\]|[^,{\[]*)(?:,|$)")
_COUNTRY = re.compile(r"[A-Z]{2}")
_USERNAME = re.compile(r"[A-Za-z0-9._*!$\-]{1,64}")
_OPTIONS = {"FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"}
_CONDITION_GROUPS = {
    "NEW": tuple(c for c in CONDITIONS if c < 2000),
    "USED": tuple(c for c in CONDITIONS if c >= 2000),
    "UNSPECIFIED": (),
}
_EU = frozenset({"AT", "BE", "DE", "ES", "FR", "IE", "IT", "NL", "PL"})
_REGIONS = {
    "WORLDWIDE": None,
    "EUROPEAN_UNION": _EU,
    "CONTINENTAL_EUROPE": _EU - {"IE"} | {"CH"},
    "NORTH_AMERICA": frozenset({"US", "CA"}),
    "UK_AND_IRELAND": frozenset({"GB", "IE"}),
    "ASIA": frozenset({"JP", "CN", "HK", "SG"}),
}
_MAX_SELLERS = 250

Test = Callable[[Listing], bool]


class BadFilterError(Exception):
    """A filter cannot be used and becomes the warning with this number."""

    def __init__(self, number: int = 12002) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True)
class Selection:
    """What a listing must pass besides its title.

    Of each tuple in `any_of` a listing must have at least one facet of the index, of `none_of`
    not one; then every test must hold.
    """

    any_of: list[tuple[str, ...]] = field(default_factory=list)
    none_of: list[str] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


def select(text: str, view: View, q: str = "") -> Selection:
    """Read a whole filter parameter. Raises EbayError for what eBay refuses."""
    selection = Selection()
    given = _split(text, selection)
    _refuse_conflicts(given, q)
    if "buyingOptions" not in given:
        selection.any_of.append(("FIXED_PRICE",))
    for name, value in given.items():
        try:
            _READERS[name](value, given, view, selection)
        except BadFilterError as bad:
            selection.warnings.append(detail(bad.number, filterName=name, value=value))
            if name == "buyingOptions":
                selection.any_of.append(("FIXED_PRICE",))
    return selection


def _split(text: str, selection: Selection) -> dict[str, str]:
    """Filters by name; what is no filter at all, or not a known one, becomes a warning."""
    given: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _FILTER.match(text, at)
        if match is None:
            selection.warnings.append(detail(12002, filterName=text[at:][:100]))
            break
        at = match.end()
        if match[1] in _READERS:
            given[match[1]] = match[2].strip()
        else:
            selection.warnings.append(detail(12002, filterName=match[1]))
    return given


def _refuse_conflicts(given: dict[str, str], q: str) -> None:
    if "itemLocationRegion" in given and "itemLocationCountry" in given:
        raise EbayError(12517)
    if given.get("searchInDescription") == "true" and len(q) == 1:
        raise EbayError(12516)
    delivery = given.get("deliveryCountry") and given.get("deliveryPostalCode")
    if "qualifiedPrograms" in given and not delivery:
        raise EbayError(12033)
    for name in ("sellers", "excludeSellers"):
        if len(given.get(name, "").split("|")) > _MAX_SELLERS:
            raise EbayError(12032)


def _set(value: str) -> list[str]:
    """The members of `{A|B}`."""
    members = value[1:-1].split("|") if value.startswith("{") and value.endswith("}") else []
    if not members or not all(members):
        raise BadFilterError
    return [member.strip() for member in members]


def _range(value: str, read: Callable[[str], int]) -> tuple[int | None, int | None]:
    """The ends of `[lo..hi]`, `[lo..]`, `[..hi]` or `[lo]`, which is lo or more; hi is included."""
    if not (value.startswith("[") and value.endswith("]")):
        raise BadFilterError
    low, _, high = value[1:-1].partition("..")
    try:
        ends = (read(low) if low else None, read(high) if high else None)
    except (ValueError, InvalidOperation, OverflowError):
        raise BadFilterError from None
    if ends == (None, None) or (None not in ends and ends[0] > ends[1]):  # type: ignore[operator]
        raise BadFilterError
    return ends


def _within(ends: tuple[int | None, int | None], figure: int | None) -> bool:
    low, high = ends
    if figure is None:
        return False
    return (low is None or figure >= low) and (high is None or figure <= high)


def _cents(text: str) -> int:
    value = Decimal(text)
    if not value.is_finite() or not 0 <= value < 10**9:
        raise ValueError(text)
    return to_cents(value)


def _read_price(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    currency = given.get("priceCurrency", "")
    if currency not in CURRENCIES.values():
        raise BadFilterError(12012)
    ends = _range(value, _cents)
    homes = CURRENCIES
    selection.tests.append(
        lambda it: _within(ends, convert(it.shown_cents, homes[it.marketplace], currency))
    )


def _read_price_currency(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    if "price" not in given or value not in CURRENCIES.values():
        raise BadFilterError(12012)


def _read_buying_options(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    options = _set(value)
    if not _OPTIONS.issuperset(options):
        raise BadFilterError
    selection.any_of.append(tuple(options))


def _read_conditions(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    names = _set(value)
    if not all(name in _CONDITION_GROUPS for name in names):
        raise BadFilterError
    ids = [c for name in names for c in _CONDITION_GROUPS[name]]
    selection.any_of.append(tuple(f"condition:{c}" for c in ids))


def _read_condition_ids(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    ids = _set(value)
    if not all(c.isascii() and c.isdigit() and int(c) in CONDITIONS for c in ids):
        raise BadFilterError(12520)
    selection.any_of.append(tuple(f"condition:{int(c)}" for c in ids))


def _read_bid_count(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    ends = _range(value, int)
    selection.tests.append(lambda it: it.is_auction and _within(ends, it.bid_count))


def _read_start(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    ends = _range(value, parse_iso)
    selection.tests.append(lambda it: _within(ends, it.created_at))


def _read_end(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    ends = _range(value, parse_iso)
    selection.tests.append(lambda it: _within(ends, it.ends_at))


def _read_location(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    """One country; a set of them eBay ignores without a word."""
    if value.startswith("{"):
        return
    if not _COUNTRY.fullmatch(value):
        raise BadFilterError
    selection.tests.append(lambda it: it.country == value)


def _read_region(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    if value not in _REGIONS:
        raise BadFilterError
    countries = _REGIONS[value]
    if countries is not None:
        selection.tests.append(lambda it: it.country in countries)


def _usernames(value: str) -> frozenset[str]:
    names = _set(value)
    if not all(_USERNAME.fullmatch(name) for name in names):
        raise BadFilterError(12003)
    return frozenset(name.lower() for name in names)


def _read_sellers(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    names = _usernames(value)
    selection.tests.append(lambda it: it.seller.lower() in names)


def _read_exclude_sellers(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    names = _usernames(value)
    selection.tests.append(lambda it: it.seller.lower() not in names)


def _read_exclude_categories(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    selection.none_of.extend(f"category:{id_}" for id_ in _set(value))


def _read_delivery_country(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    if not _COUNTRY.fullmatch(value):
        raise BadFilterError
    selection.tests.append(lambda it: ships_to(it, value))


def _read_delivery_postal_code(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    if "deliveryCountry" not in given:
        raise BadFilterError(12011)


def _read_max_delivery_cost(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    if value.strip("[.]") != "0":
        raise BadFilterError
    country = given.get("deliveryCountry") or view.country
    selection.tests.append(lambda it: quote(it, country) == ("FIXED", 0))


def _read_account_types(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    types = frozenset(_set(value))
    if not types <= {"BUSINESS", "INDIVIDUAL"}:
        raise BadFilterError
    selection.tests.append(lambda it: account_type(it.seller) in types)


def _read_flag(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    """Accepted without effect: every seller here takes returns, and titles say it all."""
    if value not in ("true", "false"):
        raise BadFilterError


def _read_nothing_has_it(
    value: str, given: dict[str, str], view: View, selection: Selection
) -> None:
    if value != "false":
        selection.tests.append(lambda it: False)


def _read_pickup(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    """Local pickup is not imitated; the rule that its four filters belong together is."""
    needed = {"pickupCountry", "pickupPostalCode", "pickupRadius", "pickupRadiusUnit"}
    if not needed <= given.keys():
        raise BadFilterError(12010)


def _read_ignored(value: str, given: dict[str, str], view: View, selection: Selection) -> None:
    """Known to eBay, without effect here."""


_READERS: dict[str, Callable[[str, dict[str, str], View, Selection], None]] = {
    "price": _read_price,
    "priceCurrency": _read_price_currency,
    "buyingOptions": _read_buying_options,
    "conditions": _read_conditions,
    "conditionIds": _read_condition_ids,
    "bidCount": _read_bid_count,
    "itemStartDate": _read_start,
    "itemEndDate": _read_end,
    "itemLocationCountry": _read_location,
    "itemLocationRegion": _read_region,
    "sellers": _read_sellers,
    "excludeSellers": _read_exclude_sellers,
    "excludeCategoryIds": _read_exclude_categories,
    "deliveryCountry": _read_delivery_country,
    "deliveryPostalCode": _read_delivery_postal_code,
    "maxDeliveryCost": _read_max_delivery_cost,
    "sellerAccountTypes": _read_account_types,
    "returnsAccepted": _read_flag,
    "searchInDescription": _read_flag,
    "charityOnly": _read_nothing_has_it,
    "qualifiedPrograms": _read_nothing_has_it,
    "deliveryOptions": _read_pickup,
    "pickupCountry": _read_pickup,
    "pickupPostalCode": _read_pickup,
    "pickupRadius": _read_pickup,
    "pickupRadiusUnit": _read_pickup,
    "paymentMethods": _read_ignored,
    "guaranteedDeliveryInDays": _read_ignored,
    "priorityListing": _read_ignored,
}
