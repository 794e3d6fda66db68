"""Makes up listings as sellers write them: the same seed and hour give the same market."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from random import Random

from mock_ebay.catalogue_words import (
    CATEGORIES,
    FLAGS,
    GENERATED,
    SELLER_ENDS,
    SELLER_STARTS,
    Category,
    Model,
)
from mock_ebay.listings import AUCTION, BEST_OFFER, FIXED_PRICE, Listing
from mock_ebay.money import CURRENCIES, convert

TITLE_LENGTH = 80
DAY = 86_400_000

_HOMES = (
    *["EBAY_US"] * 70,
    *["EBAY_GB"] * 9,
    *["EBAY_DE"] * 7,
    *["EBAY_AU"] * 4,
    *["EBAY_CA"] * 4,
    *["EBAY_FR"] * 2,
    *["EBAY_IT"] * 2,
    "EBAY_ES",
    "EBAY_NL",
)
_CONDITIONS = (1000,) * 8 + (1500, 1500, 2500, 2020) + (3000,) * 10 + (7000,)
_SHIPPING = (0, 0, 0, 399, 499, 595, 650, 799, 895, 1000, 1250, 1499, 1995)
_ENDINGS = (99, 95, 0, 50, 99, 0, 37, 88)
_SELLERS = tuple(
    f"{start}_{end}{suffix}"
    for start in SELLER_STARTS
    for end in SELLER_ENDS
    for suffix in ("", "_77")
)
# Every so often, per this many categories in the deck, a category by its weight.
_DECK = tuple(category for category in GENERATED for _ in range(category.weight))


class Catalogue:
    """A source of lifelike listings around one instant, in milliseconds of the epoch."""

    def __init__(self, seed: int, now: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a market, not a secret
        self._draw = self._random.random
        self._now = now

    def listings(self, size: int) -> Iterator[Listing]:
        """The standing market: older listings first, auctions that end in the coming ten days."""
        previous: Listing | None = None
        for number, age in enumerate(self._ages(size)):
            listing = self.listing(number, legacy_id(number), self._now - age)
            if previous is not None and number % 12 == 0:
                listing = self.near_copy(previous, listing)
            previous = listing
            yield listing

    def _ages(self, size: int) -> list[int]:
        """Ages in milliseconds, most of them young, from about four months down to a minute."""
        gaps = accumulate(self._draw() + 0.02 for _ in range(size))
        shares = list(gaps)
        total = shares[-1] if shares else 1.0
        return [int(120 * DAY * (share / total) ** 2) + 60_000 for share in reversed(shares)]

    def listing(self, number: int, id_: str, created_at: int) -> Listing:
        """One new listing of a random category."""
        draw = self._draw
        category = _DECK[int(draw() * len(_DECK))]
        model = category.models[int(draw() * len(category.models))]
        condition = _CONDITIONS[int(draw() * len(_CONDITIONS))]
        home = _HOMES[int(draw() * len(_HOMES))]
        return self._priced(
            Listing(
                number=number,
                id=id_,
                title=self._title(category, model, condition),
                marketplace=home,
                category=category.id,
                condition=condition,
                options=FIXED_PRICE,
                cents=self._price(model, condition, home),
                bid_cents=None,
                bid_count=0,
                was_cents=None,
                shipping_type="FIXED",
                shipping_cents=0,
                seller=_SELLERS[int(draw() ** 2 * len(_SELLERS))],
                country=self._country(home),
                worldwide=draw() < 0.3,
                pictures=int(draw() * 5) if draw() < 0.6 else 1,
                variations=False,
                created_at=created_at,
                origin_at=created_at,
                ends_at=None,
                ended_at=None,
                revision=0,
                extra=None,
            ),
            category,
        )

    def near_copy(self, model: Listing, fresh: Listing) -> Listing:
        """`fresh` turned into what another seller lists after seeing `model`."""
        words = model.title.split(" ")
        if len(words) > 3 and self._draw() < 0.6:
            words.pop()
        cents = int(model.shown_cents * (0.8 + 0.35 * self._draw())) or 99
        is_auction = fresh.is_auction and not fresh.options & FIXED_PRICE
        return replace(
            fresh,
            title=" ".join(words),
            category=model.category,
            condition=model.condition,
            marketplace=model.marketplace,
            country=model.country,
            cents=None if is_auction else cents,
            was_cents=None,
            bid_cents=cents // 3 if fresh.is_auction else None,
        )

    def _title(self, category: Category, model: Model, condition: int) -> str:
        title = model.name
        for choices in category.details:
            word = choices[int(self._draw() * len(choices))]
            if len(title) + len(word) < TITLE_LENGTH and word not in title:
                title = f"{title} {word}"
        if self._draw() < 0.45:
            return self._flagged(title, condition)
        return title

    def _flagged(self, title: str, condition: int) -> str:
        kind = "new" if condition < 2000 else "parts" if condition == 7000 else "used"
        flag = FLAGS[kind][int(self._draw() * len(FLAGS[kind]))]
        if len(title) + len(flag) >= TITLE_LENGTH or flag in title:
            return title
        return f"{flag} {title}" if self._draw() < 0.5 else f"{title} {flag}"

    def _price(self, model: Model, condition: int, home: str) -> int:
        dollars = model.low + (model.high - model.low) * self._draw()
        worth = 0.35 if condition == 7000 else 1.12 if condition == 1000 else 1.0
        units = max(1, int(dollars * worth))
        cents = convert(units * 100, "USD", CURRENCIES[home])
        return max(99, cents // 100 * 100 - 100 + _ENDINGS[int(self._draw() * len(_ENDINGS))])

    def _country(self, home: str) -> str:
        if home == "EBAY_US":
            draw = self._draw()
            return "US" if draw < 0.88 else "JP" if draw < 0.94 else "CN"
        return home[5:]

    def _priced(self, listing: Listing, category: Category) -> Listing:
        """Decide format and shipping, in place: nobody has seen the listing yet."""
        draw = self._draw
        if draw() * 100 < category.auctions:
            self._make_auction(listing)
        elif draw() < 0.25:
            listing.options |= BEST_OFFER
        elif draw() < 0.06:
            listing.variations = True
        elif draw() < 0.12:
            listing.was_cents = int(listing.shown_cents * (1.1 + draw() * 0.4))
        self._make_shipping(listing)
        return listing

    def _make_auction(self, listing: Listing) -> None:
        draw = self._draw
        cents = listing.shown_cents
        listing.bid_count = int(draw() ** 2 * 24) if draw() < 0.6 else 0
        listing.bid_cents = max(99, int(cents * (0.15 + 0.6 * draw() * bool(listing.bid_count))))
        # A bid takes Buy It Now away, so only an auction without one can have both.
        both = listing.bid_count == 0 and draw() < 0.3
        listing.options = AUCTION | FIXED_PRICE if both else AUCTION
        listing.cents = cents if both else None
        self._time_auction(listing)

    def _time_auction(self, listing: Listing) -> None:
        """Auctions last up to ten days, so a standing one is younger than that."""
        length = (3, 5, 7, 7, 10)[int(self._draw() * 5)] * DAY
        age = self._now - listing.created_at
        if age >= length:
            listing.created_at = self._now - int(self._draw() * length)
            listing.origin_at = listing.created_at
        listing.ends_at = listing.created_at + length + 60_000

    def _make_shipping(self, listing: Listing) -> None:
        draw = self._draw()
        if draw < 0.08:
            listing.shipping_type = ""
        elif draw < 0.28:
            listing.shipping_type = "CALCULATED"
            listing.shipping_cents = 700 + int(self._draw() * 1800)
        else:
            listing.shipping_cents = _SHIPPING[int(self._draw() * len(_SHIPPING))]


def legacy_id(number: int) -> str:
    """Twelve digits, as eBay's own; different for every number below ten million."""
    return str(116_000_000_000 + number * 7_919 + number % 97 * 3)


def seller_named(draw: int) -> str:
    """One of the market's sellers for any number."""
    return _SELLERS[draw % len(_SELLERS)]


def category_of(listing: Listing) -> Category:
    return CATEGORIES[listing.category]
