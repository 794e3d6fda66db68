"""One listing, and what follows from its fields alone."""

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

FIXED_PRICE, AUCTION, BEST_OFFER = 1, 2, 4
OPTION_NAMES = {FIXED_PRICE: "FIXED_PRICE", AUCTION: "AUCTION", BEST_OFFER: "BEST_OFFER"}

CONDITIONS = {
    1000: "New",
    1500: "New other (see details)",
    1750: "New with defects",
    2000: "Certified - Refurbished",
    2010: "Excellent - Refurbished",
    2020: "Very Good - Refurbished",
    2030: "Good - Refurbished",
    2500: "Seller refurbished",
    2750: "Like New",
    2990: "Pre-owned - Excellent",
    3000: "Used",
    3010: "Pre-owned - Fair",
    4000: "Very Good",
    5000: "Good",
    6000: "Acceptable",
    7000: "For parts or not working",
}

# Country, masked postal code and city, as summaries show them.
PLACES = {
    "US": (("112**", "Brooklyn"), ("606**", "Chicago"), ("972**", "Portland"), ("787**", "Austin")),
    "GB": (("M1*", "Manchester"), ("SE1*", "London"), ("EH*", "Edinburgh")),
    "DE": (("101**", "Berlin"), ("803**", "München"), ("204**", "Hamburg")),
    "AU": (("30**", "Melbourne"), ("20**", "Sydney")),
    "CA": (("M5V***", "Toronto"), ("V6B***", "Vancouver")),
    "FR": (("750**", "Paris"), ("690**", "Lyon")),
    "IT": (("201**", "Milano"), ("001**", "Roma")),
    "ES": (("280**", "Madrid"), ("080**", "Barcelona")),
    "NL": (("10**", "Amsterdam"),),
    "JP": (("150****", "Tokyo"), ("530****", "Osaka")),
    "CN": (("5180**", "Shenzhen"),),
}


@dataclass(slots=True)
class Listing:
    """One offer. Never changed in place: a change is a new Listing under the same number.

    Money is in cents of the home marketplace's currency, times are in milliseconds of the epoch.
    `cents` is the fixed or Buy It Now price, None for an auction without one. `bid_cents` is the
    current bid or, before the first, the start price. `shipping_type` is FIXED, CALCULATED or "".
    `extra` holds, as JSON, the fields of a product that the mock keeps without using them.
    """

    number: int
    id: str
    title: str
    marketplace: str
    category: str
    condition: int
    options: int
    cents: int | None
    bid_cents: int | None
    bid_count: int
    was_cents: int | None
    shipping_type: str
    shipping_cents: int
    seller: str
    country: str
    worldwide: bool
    pictures: int
    variations: bool
    created_at: int
    origin_at: int
    ends_at: int | None
    ended_at: int | None
    revision: int
    extra: str | None

    @property
    def shown_cents(self) -> int:
        """The fixed price, else the current bid."""
        return self.cents if self.cents is not None else (self.bid_cents or 0)

    @property
    def is_auction(self) -> bool:
        return bool(self.options & AUCTION)

    @property
    def variation(self) -> int:
        """A variation group shows up in searches as one of its variations."""
        return 500_000_000_000 + self.number if self.variations else 0

    @property
    def item_id(self) -> str:
        return f"v1|{self.id}|{self.variation}"


def option_names(options: int) -> list[str]:
    return [name for flag, name in OPTION_NAMES.items() if options & flag]


def place_of(listing: Listing) -> tuple[str, str]:
    """Masked postal code and city: a seller always sells from one place."""
    places = PLACES.get(listing.country, (("", ""),))
    return places[crc32(listing.seller.encode()) % len(places)]


@lru_cache(maxsize=4096)
def feedback_of(seller: str) -> tuple[int, str]:
    """Feedback score and percentage, fixed for a name, as unevenly spread as in life."""
    draw = crc32(seller.encode())
    score = int(3 * 1.000_16 ** (draw % 60_000)) if draw % 40 else 0
    percentage = 100 - (draw >> 8) % 30 / 10 if draw % 3 else 100.0
    return score, f"{percentage:.1f}"


def quote(listing: Listing, country: str | None) -> tuple[str, int] | None:
    """Shipping type and cents to a country; None where nothing is said or nothing goes there.

    Calculated shipping needs an address: without one eBay quotes 0.00, which is not free.
    """
    if not listing.shipping_type:
        return None
    if listing.shipping_type == "CALCULATED" and country is None:
        return "CALCULATED", 0
    if country is None or country == listing.country:
        return listing.shipping_type, listing.shipping_cents
    if not listing.worldwide:
        return None
    return listing.shipping_type, _abroad(listing)


def _abroad(listing: Listing) -> int:
    return listing.shipping_cents * 5 // 2 + 900 if listing.shipping_cents else 0


def ships_to(listing: Listing, country: str) -> bool:
    return listing.worldwide or listing.country == country
