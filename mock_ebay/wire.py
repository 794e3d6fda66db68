"""Listings as eBay's JSON and as products. URLs are paths here; `with_host` makes them absolute."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent

from mock_ebay.catalogue import category_of
from mock_ebay.catalogue_words import CATEGORIES, EVERYTHING_ELSE, PICTURE_HINTS
from mock_ebay.clock import iso
from mock_ebay.keyword import words_of
from mock_ebay.listings import (
    CONDITIONS,
    FIXED_PRICE,
    Listing,
    feedback_of,
    option_names,
    place_of,
    quote,
)
from mock_ebay.money import CURRENCIES, amount, convert, plain_number, wire_amount

Json = dict[str, Any]

_URL_FIELDS = ("itemHref", "itemWebUrl", "itemGroupHref")
_IMAGE_FIELDS = ("thumbnailImages", "additionalImages")


@dataclass(frozen=True, slots=True)
class View:
    """Who looks: through which marketplace, and from which country if that is known."""

    marketplace: str = "EBAY_US"
    country: str | None = None

    @property
    def currency(self) -> str:
        return CURRENCIES[self.marketplace]


def home_view(listing: Listing) -> View:
    return View(listing.marketplace, listing.marketplace[5:])


def price_in(listing: Listing, view: View) -> int:
    """The shown price in cents of the view's currency."""
    return convert(listing.shown_cents, CURRENCIES[listing.marketplace], view.currency)


def total_in(listing: Listing, view: View) -> int:
    """Price and quoted shipping in cents of the view's currency: what `sort=price` goes by."""
    shipping = quote(listing, view.country)
    cents = listing.shown_cents + (shipping[1] if shipping else 0)
    return convert(cents, CURRENCIES[listing.marketplace], view.currency)


def summary(listing: Listing, view: View, *, extended: bool = False) -> Json:
    """An ItemSummary."""
    category = category_of(listing)
    postal, city = place_of(listing)
    id_ = percent(listing.id, safe="")
    location = {"country": listing.country, "postalCode": postal}
    wire: Json = {
        "itemId": listing.item_id,
        "legacyItemId": listing.id,
        "title": listing.title,
        "leafCategoryIds": [category.id],
        "categories": [
            {"categoryId": category.id, "categoryName": category.name},
            {"categoryId": category.parent_id, "categoryName": category.parent_name},
        ],
        **_images(listing),
        **_prices(listing, view),
        "itemHref": f"/buy/browse/v1/item/v1%7C{id_}%7C{listing.variation}",
        "seller": _seller(listing),
        "condition": CONDITIONS[listing.condition],
        "conditionId": str(listing.condition),
        **_shipping(listing, view),
        "buyingOptions": option_names(listing.options),
        "itemWebUrl": f"/itm/{id_}",
        "itemLocation": location | {"city": city} if extended else location,
        "adultOnly": False,
        "availableCoupons": False,
        "itemOriginDate": iso(listing.origin_at),
        "itemCreationDate": iso(listing.created_at),
        **_end_date(listing),
        "topRatedBuyingExperience": feedback_of(listing.seller)[0] > 5000,
        "priorityListing": False,
        "listingMarketplaceId": listing.marketplace,
    }
    if listing.variations:
        wire["itemGroupHref"] = f"/buy/browse/v1/item/get_items_by_item_group?item_group_id={id_}"
        wire["itemGroupType"] = "SELLER_DEFINED_VARIATIONS"
    return wire | {"shortDescription": _description(listing)} if extended else wire


def item(listing: Listing, view: View) -> Json:
    """What getItem answers: an auction's bid is mirrored into `price`."""
    category = category_of(listing)
    wire = summary(listing, view, extended=True)
    wire |= {
        "price": wire.get("price") or wire["currentBidPrice"],
        "categoryId": category.id,
        "categoryPath": f"{category.parent_name}|{category.name}",
        "categoryIdPath": f"{category.parent_id}|{category.id}",
        "description": f"<p>{_description(listing)}</p>",
        "localizedAspects": [{"type": "STRING", "name": "Type", "value": category.name}],
        "estimatedAvailabilities": [_availability(listing)],
        "shipToLocations": {"regionIncluded": [_region(listing)]},
        "returnTerms": {"returnsAccepted": True, "returnPeriod": {"value": 30, "unit": "DAY"}},
        "sellerItemRevision": str(listing.revision),
        "immediatePay": False,
        "enabledForGuestCheckout": True,
    }
    if listing.is_auction:
        wire |= _bidding(listing, view)
    return wire


_COMPACT = (
    *("itemId", "price", "currentBidPrice", "bidCount", "buyingOptions", "estimatedAvailabilities"),
    *("sellerItemRevision", "itemEndDate", "itemAffiliateWebUrl", "shippingOptions"),
    *("uniqueBidderCount", "minimumPriceToBid", "reservePriceMet", "itemLocation"),
)


def compact_item(listing: Listing, view: View) -> Json:
    """What getItem answers to fieldgroups=COMPACT."""
    wire = item(listing, view)
    return {name: wire[name] for name in _COMPACT if name in wire}


def core_item(listing: Listing, view: View) -> Json:
    """What getItems answers for each item: no title, no picture."""
    return compact_item(listing, view) | {"legacyItemId": listing.id}


def product(listing: Listing) -> Json:
    """A listing as /products shows it: money as numbers of the home marketplace's currency."""
    wire: Json = {
        "id": listing.id,
        "product_name": listing.title,
        "price": plain_number(listing.shown_cents),
        "currency": CURRENCIES[listing.marketplace],
        "marketplace": listing.marketplace,
        "category_id": listing.category,
        "condition_id": listing.condition,
        "buying_options": option_names(listing.options),
        "bid": None if listing.bid_cents is None else plain_number(listing.bid_cents),
        "bid_count": listing.bid_count,
        "shipping": _product_shipping(listing),
        "seller": listing.seller,
        "country": listing.country,
        "worldwide": bool(listing.worldwide),
        "pictures": listing.pictures,
        "variations": bool(listing.variations),
        "created_at": iso(listing.created_at),
        "ends_at": listing.ends_at and iso(listing.ends_at),
        "ended_at": listing.ended_at and iso(listing.ended_at),
    }
    return json.loads(listing.extra) | wire if listing.extra else wire


def with_host(wire: Json, host: str) -> Json:
    """The same item with the URLs of its own pages and pictures made absolute."""
    absolute = wire | {name: host + wire[name] for name in _URL_FIELDS if name in wire}
    if "image" in wire:
        absolute["image"] = {"imageUrl": host + wire["image"]["imageUrl"]}
    for name in _IMAGE_FIELDS:
        if name in wire:
            absolute[name] = [{"imageUrl": host + image["imageUrl"]} for image in wire[name]]
    return absolute


def _product_shipping(listing: Listing) -> int | float | str | None:
    if not listing.shipping_type:
        return None
    if listing.shipping_type == "CALCULATED":
        return "calculated"
    return plain_number(listing.shipping_cents)


def _images(listing: Listing) -> Json:
    paths = [picture_path(listing, at) for at in range(listing.pictures)]
    if not paths:
        return {}
    images = [{"imageUrl": path} for path in paths]
    more = {"additionalImages": images[1:]} if len(images) > 1 else {}
    return {"image": images[0], "thumbnailImages": images[:1], **more}


def picture_path(listing: Listing, at: int = 0) -> str:
    return f"/images/{_picture_category(listing)}/{listing.number}-{at}.png"


def _picture_category(listing: Listing) -> str:
    if listing.category != EVERYTHING_ELSE.id:
        return listing.category
    hints = (PICTURE_HINTS.get(word) for word in words_of(listing.title))
    return next(filter(None, hints), listing.category)


def _prices(listing: Listing, view: View) -> Json:
    home = CURRENCIES[listing.marketplace]
    wire: Json = {}
    if listing.cents is not None:
        wire["price"] = wire_amount(listing.cents, home, view.currency)
    if listing.is_auction:
        wire["currentBidPrice"] = wire_amount(listing.bid_cents or 0, home, view.currency)
        wire["bidCount"] = listing.bid_count
    if listing.was_cents is not None and listing.cents is not None:
        wire["marketingPrice"] = _marketing_price(listing.was_cents, listing.cents, home, view)
    return wire


def _marketing_price(was: int, cents: int, home: str, view: View) -> Json:
    return {
        "originalPrice": wire_amount(was, home, view.currency),
        "discountPercentage": str(round(100 * (was - cents) / was)),
        "discountAmount": wire_amount(was - cents, home, view.currency),
        "priceTreatment": "STRIKE_THROUGH",
    }


def _seller(listing: Listing) -> Json:
    score, percentage = feedback_of(listing.seller)
    return {
        "username": listing.seller,
        "feedbackPercentage": percentage,
        "feedbackScore": score,
        "sellerAccountType": account_type(listing.seller),
    }


def account_type(seller: str) -> str:
    return "BUSINESS" if feedback_of(seller)[0] > 2000 else "INDIVIDUAL"


def _shipping(listing: Listing, view: View) -> Json:
    quoted = quote(listing, view.country)
    if quoted is None:
        return {}
    kind, cents = quoted
    cost = wire_amount(cents, CURRENCIES[listing.marketplace], view.currency)
    return {"shippingOptions": [{"shippingCostType": kind, "shippingCost": cost}]}


def _end_date(listing: Listing) -> Json:
    ends_at = listing.ended_at or listing.ends_at
    return {"itemEndDate": iso(ends_at)} if ends_at else {}


def _availability(listing: Listing) -> Json:
    if listing.ended_at:
        return {
            "estimatedAvailabilityStatus": "OUT_OF_STOCK",
            "estimatedAvailableQuantity": 0,
            "estimatedSoldQuantity": 1,
        }
    quantity = 1 if not listing.options & FIXED_PRICE else 1 + listing.number % 3
    return {
        "estimatedAvailabilityStatus": "IN_STOCK",
        "estimatedAvailableQuantity": quantity,
        "estimatedSoldQuantity": 0,
    }


def _bidding(listing: Listing, view: View) -> Json:
    bid = listing.bid_cents or 0
    step = 0 if not listing.bid_count else max(25, bid // 40)
    home = CURRENCIES[listing.marketplace]
    return {
        "uniqueBidderCount": (listing.bid_count + 1) // 2,
        "minimumPriceToBid": wire_amount(bid + step, home, view.currency),
        "reservePriceMet": True,
    }


def _region(listing: Listing) -> Json:
    if listing.worldwide:
        return {"regionName": "Worldwide", "regionType": "WORLDWIDE", "regionId": "WORLDWIDE"}
    return {"regionName": listing.country, "regionType": "COUNTRY", "regionId": listing.country}


def _description(listing: Listing) -> str:
    category = CATEGORIES[listing.category]
    price = f"{amount(listing.shown_cents)} {CURRENCIES[listing.marketplace]}"
    return f"{category.name}, {CONDITIONS[listing.condition].lower()}, offered at {price}."
