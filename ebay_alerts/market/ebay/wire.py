"""The part of eBay's wire format that we read, and how it becomes our words.

Field names are those of eBay's Browse contract. Everything may be missing, so everything is
optional here, and what is needed is asked for by name.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from ebay_alerts.kit.money import Money, parse_money
from ebay_alerts.market.errors import Malformed
from ebay_alerts.market.models import Shipping
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.sellers import mark_of
from ebay_alerts.market.terms import Condition

_LONGEST_URL = 1000
_LONGEST_ID = 64
_LONGEST_REFERENCE = 120
_YEARS = range(1990, 2200)
# What an integer column holds.
_LARGEST_COUNT = 2**31 - 1


# eBay's ids of conditions (its documentation of item condition ids); names of one id differ by
# category and language. What eBay adds later belongs to no group until it stands here.
_CONDITIONS = {
    "1000": Condition.NEW,
    "1500": Condition.OPEN_BOX,  # new other: opened, or without its packaging
    "1750": Condition.OPEN_BOX,  # new with defects
    "2000": Condition.REFURBISHED,  # certified
    "2010": Condition.REFURBISHED,
    "2020": Condition.REFURBISHED,
    "2030": Condition.REFURBISHED,
    "2500": Condition.REFURBISHED,  # by the seller
    "2750": Condition.USED,  # like new
    "2990": Condition.USED,
    "3000": Condition.USED,
    "3010": Condition.USED,
    "4000": Condition.USED,
    "5000": Condition.USED,
    "6000": Condition.USED,
    "7000": Condition.FOR_PARTS,
}


def _web_address(value: object) -> str:
    """Links come from strangers: only http(s) ones are kept."""
    text = value.strip() if isinstance(value, str) else ""
    is_web = text.startswith(("http://", "https://")) and len(text) <= _LONGEST_URL
    return text if is_web and text.isprintable() else ""


def _one_line(value: object) -> str:
    text = str(value) if isinstance(value, str | int | float) else ""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def _percent(value: object) -> str:
    """A share such as 99.8; whatever else stands there could be anything, and is not kept."""
    text = _one_line(value)
    return text if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", text) else ""


def _seller_mark(value: object) -> str:
    """A name is kept in no other form, not even for a moment: an error would say it."""
    return mark_of(value) if isinstance(value, str) else ""


def _in_our_time(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError(f"the year {moment.year} is out of range")
    return moment.astimezone(UTC)


Link = Annotated[str, BeforeValidator(_web_address)]
Line = Annotated[str, BeforeValidator(_one_line)]
Mark = Annotated[str, BeforeValidator(_seller_mark)]
Percent = Annotated[str, BeforeValidator(_percent)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT)]


class _Wire(BaseModel):
    # Errors may be logged with their cause: what eBay said of people must not come along.
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", hide_input_in_errors=True)


class Amount(_Wire):
    value: str
    currency: str
    converted_from_value: str | None = None
    converted_from_currency: str | None = None

    def money(self) -> Money:
        return parse_money(self.value, self.currency)

    def own(self) -> Money | None:
        """The seller's own price where the marketplace converts it."""
        if self.converted_from_value and self.converted_from_currency:
            return parse_money(self.converted_from_value, self.converted_from_currency)
        return None


class Image(_Wire):
    image_url: Link = ""


class ShippingOption(_Wire):
    shipping_cost_type: str = ""
    shipping_cost: Amount | None = None


class Seller(_Wire):
    """Who sells, as far as a mail shows it and gates ask: of the name a mark alone is kept."""

    username: Mark = ""
    feedback_percentage: Percent = ""


class Category(_Wire):
    category_id: str = ""


class Place(_Wire):
    country: Line = ""


class Region(_Wire):
    region_type: str = ""
    region_id: str = ""


class Regions(_Wire):
    """Where a listing is sent; getItem alone says it."""

    region_included: list[Region] = []
    region_excluded: list[Region] = []


class Item(_Wire):
    """A summary of a search answer, or the whole item of getItem."""

    item_id: str
    legacy_item_id: str = ""
    title: Line = ""
    item_web_url: Link = ""
    image: Image | None = None
    price: Amount | None = None
    current_bid_price: Amount | None = None
    bid_count: Count | None = None
    buying_options: list[str] = []
    shipping_options: list[ShippingOption] = []
    ship_to_locations: Regions | None = None
    condition: Line = ""
    condition_id: Line = ""
    seller: Seller | None = None
    item_location: Place | None = None
    item_creation_date: Moment | None = None
    item_end_date: Moment | None = None
    item_group_type: str | None = None
    leaf_category_ids: list[str] = []
    categories: list[Category] = []


class Page(_Wire):
    """A search answer. `itemSummaries` may be absent when nothing is found."""

    total: Count
    next: str | None = None
    item_summaries: list[Any] = []
    warnings: list[Any] = []


def read_page(body: Any) -> Page:
    """Raises Malformed."""
    try:
        return Page.model_validate(body)
    except ValidationError as error:
        raise Malformed(f"eBay's search answer cannot be read: {_brief(error)}") from error


def read_group(body: Any) -> list[Any]:
    """The items of a group of variations, each still to be read. Raises Malformed."""
    try:
        return list(body["items"])
    except (LookupError, TypeError) as error:
        raise Malformed("eBay's answer on a listing's variations cannot be read") from error


def read_item(body: Any, marketplace: str, at: datetime, deliver_to: str = "") -> Observation:
    """What eBay says of one listing, observed at `at`, asked for delivery to that country.

    Raises Malformed with the reason.
    """
    try:
        item = Item.model_validate(body)
        has_ended = item.item_end_date is not None and item.item_end_date <= at
        return Observation(
            marketplace=marketplace,
            legacy_id=_checked_id(item.legacy_item_id or _legacy_id(item.item_id), _LONGEST_ID),
            reference=_checked_id(item.item_id, _LONGEST_REFERENCE),
            at=at,
            offer=None if has_ended else _offer(item, deliver_to),
        )
    except ValidationError as error:
        raise Malformed(_brief(error)) from error
    except ValueError as error:
        raise Malformed(str(error)) from error


def reference_of(body: Any) -> str:
    """The item id in a body that cannot be read otherwise, as far as there is one."""
    found = body.get("itemId") if isinstance(body, dict) else None
    return _one_line(found)[:_LONGEST_REFERENCE] or "unknown"


def _offer(item: Item, deliver_to: str) -> Offer:
    price, bid, currency = _figures(item)
    shipping, shipping_minor = _shipping(item.shipping_options, currency)
    if shipping == Shipping.UNKNOWN and _is_not_sent(item.ship_to_locations, deliver_to):
        shipping = Shipping.NONE
    if not item.title:
        raise ValueError("it has no title")
    seller = item.seller or Seller()
    return Offer(
        title=item.title[:200],
        url=item.item_web_url,
        price=price.money() if price else None,
        bid=bid.money() if bid else None,
        bid_count=item.bid_count,
        own=price.own() if price else None,
        is_from_price=item.item_group_type is not None,
        image_url=item.image.image_url if item.image else "",
        shipping=shipping,
        shipping_minor=shipping_minor,
        condition=item.condition[:60],
        condition_group=_CONDITIONS.get(item.condition_id, ""),
        seller=seller.username,
        seller_percent=seller.feedback_percentage,
        country=(item.item_location.country if item.item_location else "")[:2],
        started_at=item.item_creation_date,
        ends_at=item.item_end_date,
        categories=frozenset(
            [*item.leaf_category_ids, *(category.category_id for category in item.categories)]
        ),
        # The leaves alone say nothing of the categories above them.
        has_all_categories=bool(item.categories),
    )


def _figures(item: Item) -> tuple[Amount | None, Amount | None, str]:
    """Fixed price, current bid and their currency.

    getItem mirrors the bid of a mere auction into `price`.
    """
    bid = item.current_bid_price
    is_fixed = "FIXED_PRICE" in item.buying_options or bid is None
    price = item.price if is_fixed else None
    currencies = {amount.currency for amount in (price, bid) if amount}
    if len(currencies) != 1:
        raise ValueError(
            "its price and its bid are in different currencies"
            if currencies
            else "it has neither a price nor a bid"
        )
    return price, bid, currencies.pop()


def _shipping(options: list[ShippingOption], currency: str) -> tuple[str, int | None]:
    """The cheapest known way; calculated shipping without an address is unknown, not free."""
    fixed = [
        option.shipping_cost.money().minor
        for option in options
        if option.shipping_cost
        and option.shipping_cost.currency == currency
        and option.shipping_cost_type != "CALCULATED"
    ]
    if fixed:
        cheapest = min(fixed)
        return (Shipping.FIXED, cheapest) if cheapest else (Shipping.FREE, 0)
    return (Shipping.CALCULATED if options else Shipping.UNKNOWN), None


def _is_not_sent(regions: Regions | None, country: str) -> bool:
    """Whether eBay says for certain that nothing goes to the country: it is excluded, or others are
    named and no region that it may be part of."""
    if regions is None or not country:
        return False
    if any(_is_country(region, country) for region in regions.region_excluded):
        return True
    included = regions.region_included
    has_only_countries = all(region.region_type == "COUNTRY" for region in included)
    is_named = any(_is_country(region, country) for region in included)
    return bool(included) and has_only_countries and not is_named


def _is_country(region: Region, country: str) -> bool:
    return region.region_type == "COUNTRY" and region.region_id.upper() == country


def _legacy_id(item_id: str) -> str:
    """`v1|LEGACY|VARIATION` is the form of eBay's item ids."""
    parts = item_id.split("|")
    if len(parts) != 3 or not parts[1]:
        raise ValueError(f"its id {item_id!r:.60} is no item id")
    return parts[1]


def _checked_id(text: str, longest: int) -> str:
    """An id that fits its column and can be shown: cut short, it could be another listing's."""
    if not (0 < len(text) <= longest and text.isprintable()):
        raise ValueError(f"its id {text!r:.60} is no item id")
    return text


def _brief(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}"
