"""Reads products from outside: what /products is sent and what a catalogue file holds.

A product needs `product_name` and `price` (US dollars, or the currency of its marketplace; at
most two decimals). `id` may be left out. These fields make a richer listing; the rest is kept and
given back, but means nothing here:

`marketplace` ("EBAY_GB"), `category_id`, `condition_id` (3000), `buying_options` (a list of
FIXED_PRICE, AUCTION, BEST_OFFER), `bid` (current bid or start price), `bid_count`, `shipping` (a
number, "calculated", or null when nothing is said), `seller`, `country`, `worldwide` (ships
everywhere, and so shows in every marketplace), `pictures` (how many), `variations`, `created_at`,
`ends_at` (ISO 8601). For an auction without Buy It Now `price` is the bid. `currency`, `ended_at`
and `item` come with answers and are ignored when sent back.
"""

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any
from zlib import crc32

from mock_ebay.catalogue import seller_named
from mock_ebay.catalogue_words import CATEGORIES, EVERYTHING_ELSE
from mock_ebay.clock import parse_iso
from mock_ebay.listings import AUCTION, CONDITIONS, FIXED_PRICE, OPTION_NAMES, Listing
from mock_ebay.money import CURRENCIES, to_cents

MAX_NAME, MAX_ID = 200, 100
_MAX_PRICE = 10_000_000
_DAY = 86_400_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BAD_ID = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff|/\\?#%]")
_READ_ONLY = ("currency", "ended_at", "item")
_MAX_EXTRA = 10_000

Body = dict[str, Any]


class ProductError(Exception):
    """A product is refused: {field} {reason}"""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field


def parse_json(text: str | bytes) -> Any:
    """JSON with exact decimals. Raises ValueError, also for NaN, Infinity and lost nesting."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_id(body: Body) -> str | None:
    """The id that a product asks for, as text; None where it leaves the choice."""
    value = body.get("id")
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or _BAD_ID.search(value):
        raise ProductError("id", f"must be up to {MAX_ID} characters without spaces and |/\\?#%")
    return value


def new_listing(body: Any, number: int, fallback_id: str, now: int) -> Listing:
    """A product without a past. Raises ProductError."""
    product = _object(body)
    _require(product)
    id_ = read_id(product) or fallback_id
    plain = Listing(
        number=number,
        id=id_,
        title="",
        marketplace="EBAY_US",
        category=EVERYTHING_ELSE.id,
        condition=1000,
        options=FIXED_PRICE,
        cents=0,
        bid_cents=None,
        bid_count=0,
        was_cents=None,
        shipping_type="FIXED",
        shipping_cents=0,
        seller=seller_named(crc32(id_.encode())),
        country="US",
        worldwide=True,
        pictures=1,
        variations=False,
        created_at=now,
        origin_at=now,
        ends_at=None,
        ended_at=None,
        revision=0,
        extra=None,
    )
    return _fill(plain, product, now)


def replaced_listing(listing: Listing, body: Any, now: int) -> Listing:
    """PUT: everything that the body does not say falls back to what a new product has."""
    product = _object(body)
    _refuse_other_id(product, listing)
    fresh = new_listing(product | {"id": listing.id}, listing.number, listing.id, now)
    kept = {"ended_at": listing.ended_at, "revision": listing.revision}
    if "created_at" not in product:
        kept |= {"created_at": listing.created_at, "origin_at": listing.origin_at}
    return replace(fresh, **kept)  # type: ignore[arg-type]


def changed_listing(listing: Listing, body: Any, now: int) -> Listing:
    """PATCH: only what the body says changes. Raises ProductError."""
    product = _object(body)
    _refuse_other_id(product, listing)
    return _fill(listing, product, now)


def _object(body: Any) -> Body:
    if not isinstance(body, dict):
        raise ProductError("body", "must be a JSON object")
    return body


def _require(product: Body) -> None:
    for name in ("product_name", "price"):
        if name not in product:
            raise ProductError(name, "is missing")


def _refuse_other_id(product: Body, listing: Listing) -> None:
    if read_id(product) not in (None, listing.id):
        raise ProductError("id", "cannot be changed")


def _fill(listing: Listing, product: Body, now: int) -> Listing:
    changes: Body = {}
    for name, value in product.items():
        if name in _READERS:
            changes |= _READERS[name](value)
    changes |= _extra(listing, product)
    price = changes.pop("price", None)
    bid = changes.pop("bid", None)
    known = {field.name for field in fields(Listing)}
    changed = replace(listing, **{k: v for k, v in changes.items() if k in known})
    return _priced(changed, price, bid, now)


def _priced(listing: Listing, price: int | None, bid: int | None, now: int) -> Listing:
    """Let a price and a bid land where the format has them."""
    if not listing.options & AUCTION:
        cents = listing.shown_cents if price is None else price
        return replace(listing, cents=cents, bid_cents=None, bid_count=0)
    ends_at = listing.ends_at or now + 7 * _DAY
    if listing.options & FIXED_PRICE:
        cents = listing.shown_cents if price is None else price
        bid = bid if bid is not None else listing.bid_cents or cents // 2
        return replace(listing, cents=cents, bid_cents=bid, ends_at=ends_at)
    bid = next(b for b in (bid, price, listing.bid_cents, listing.shown_cents) if b is not None)
    return replace(listing, cents=None, bid_cents=bid, ends_at=ends_at)


def _extra(listing: Listing, product: Body) -> dict[str, str | None]:
    unknown = {
        name: value
        for name, value in product.items()
        if name not in _READERS and name != "id" and name not in _READ_ONLY
    }
    if not unknown:
        return {}
    kept = json.loads(listing.extra or "{}")
    text = json.dumps(kept | unknown, default=float)
    if len(text) > _MAX_EXTRA:
        raise ProductError("body", f"has more than {_MAX_EXTRA} characters of other fields")
    return {"extra": text}


def _name(value: Any) -> Body:
    if not isinstance(value, str) or not value.strip():
        raise ProductError("product_name", "must be text that is not empty")
    if len(value) > MAX_NAME or _CONTROL.search(value):
        raise ProductError(
            "product_name", f"must be at most {MAX_NAME} characters without control characters"
        )
    return {"title": value}


def _money(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ProductError(field, "must be a number, such as 12 or 12.50")
    if not 0 <= value <= _MAX_PRICE:
        raise ProductError(field, f"must be between 0 and {_MAX_PRICE:,}")
    amount = Decimal(value)
    if amount != amount.quantize(Decimal("0.01")):
        raise ProductError(field, "must have at most two decimals")
    return to_cents(amount)


def _shipping(value: Any) -> Body:
    if value is None:
        return {"shipping_type": "", "shipping_cents": 0}
    if value == "calculated":
        return {"shipping_type": "CALCULATED", "shipping_cents": 1295}
    return {"shipping_type": "FIXED", "shipping_cents": _money("shipping", value)}


def _marketplace(value: Any) -> Body:
    if not isinstance(value, str) or value not in CURRENCIES:
        raise ProductError("marketplace", f"must be one of {', '.join(CURRENCIES)}")
    return {"marketplace": value, "country": value[5:]}


def _category(value: Any) -> Body:
    if str(value) not in CATEGORIES:
        raise ProductError("category_id", f"must be one of {', '.join(CATEGORIES)}")
    return {"category": str(value)}


def _condition(value: Any) -> Body:
    conditions = {str(id_): id_ for id_ in CONDITIONS}
    if str(value) not in conditions:
        raise ProductError("condition_id", f"must be one of {', '.join(conditions)}")
    return {"condition": conditions[str(value)]}


def _options(value: Any) -> Body:
    flags = {name: flag for flag, name in OPTION_NAMES.items()}
    if not isinstance(value, list) or not value or not all(str(name) in flags for name in value):
        raise ProductError("buying_options", f"must be a list of {', '.join(flags)}")
    options = sum({flags[str(name)] for name in value})
    if not options & (FIXED_PRICE | AUCTION):
        raise ProductError("buying_options", "must have FIXED_PRICE or AUCTION")
    return {"options": options}


def _count(field: str, most: int) -> Callable[[Any], Body]:
    def read(value: Any) -> Body:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ProductError(field, f"must be a whole number up to {most:,}")
        return {field: value}

    return read


def _flag(field: str) -> Callable[[Any], Body]:
    def read(value: Any) -> Body:
        if not isinstance(value, bool):
            raise ProductError(field, "must be true or false")
        return {field: value}

    return read


def _text(field: str, pattern: str) -> Callable[[Any], Body]:
    def read(value: Any) -> Body:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ProductError(field, f"does not look like a {field}")
        return {field: value}

    return read


def _time(field: str, *targets: str) -> Callable[[Any], Body]:
    def read(value: Any) -> Body:
        if value is None and field == "ends_at":
            return {field: None}
        try:
            at = parse_iso(value)
        except (TypeError, ValueError, OverflowError):
            raise ProductError(field, "must be a time such as 2030-01-31T12:00:00Z") from None
        return dict.fromkeys((field, *targets), at)

    return read


_READERS: dict[str, Callable[[Any], Body]] = {
    "product_name": _name,
    "price": lambda value: {"price": _money("price", value)},
    "bid": lambda value: {"bid": None if value is None else _money("bid", value)},
    "bid_count": _count("bid_count", 10_000),
    "shipping": _shipping,
    "marketplace": _marketplace,
    "category_id": _category,
    "condition_id": _condition,
    "buying_options": _options,
    "seller": _text("seller", r"[A-Za-z0-9._*!$\-]{1,64}"),
    "country": _text("country", r"[A-Z]{2}"),
    "worldwide": _flag("worldwide"),
    "pictures": _count("pictures", 12),
    "variations": _flag("variations"),
    "created_at": _time("created_at", "origin_at"),
    "ends_at": _time("ends_at"),
}
