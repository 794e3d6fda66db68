"""Seeded events of a marketplace's stream, as its log tells them, for the benchmarks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from _corpus import drawing, dressed, seeded

STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
# How often of 100: creations, prices, titles, deletions.
MOVES = ("created", "repriced", "retitled", "deleted")
WEIGHTS = (45, 35, 5, 15)


class Events:
    """A market whose titles have 8 to 14 words, `common` of them such as people search for.

    The others are numbers and names that no search knows. Only the last 2,000 listings move.
    """

    def __init__(self, common: range, flatness: int = 0) -> None:
        self._common = common
        self._random = seeded(5)
        self._draw = drawing(self._random, flatness)
        self._alive: list[dict[str, Any]] = []
        self._sequence = 0
        self._created = 0

    def log(self, count: int) -> list[bytes]:
        """The next events, each as JSON."""
        return [json.dumps(event).encode() for event in self._events(count)]

    def _events(self, count: int) -> Iterator[dict[str, Any]]:
        for _ in range(count):
            self._sequence += 1
            at = STARTED_AT + timedelta(seconds=self._sequence)
            kind, item = self._moved(self._random.choices(MOVES, WEIGHTS)[0], at)
            product = {"id": item["legacyItemId"], "marketplace": "EBAY_US", "item": item}
            yield {
                "sequence": self._sequence,
                "type": f"product_{kind}",
                "at": at.isoformat(),
                "product": product,
            }

    def _moved(self, move: str, at: datetime) -> tuple[str, dict[str, Any]]:
        if move == "created" or len(self._alive) < 100:
            self._created += 1
            self._alive.append(_item(self._created, self._title(), self._price(), at))
            return "created", self._alive[-1]
        place = self._random.randrange(max(0, len(self._alive) - 2_000), len(self._alive))
        if move == "deleted":
            return "deleted", self._alive.pop(place)
        change = {"price": self._price()} if move == "repriced" else {"title": self._title()}
        self._alive[place] = self._alive[place] | change
        return "updated", self._alive[place]

    def _title(self) -> str:
        count = self._random.randint(8, 14)
        words = self._draw(min(count, self._random.choice(self._common)))
        words += [f"z{self._random.randrange(10**6)}" for _ in range(count - len(words))]
        self._random.shuffle(words)
        return " ".join(dressed(self._random, word) for word in words)

    def _price(self) -> dict[str, str]:
        return {"value": f"{self._random.randrange(100, 90_000) / 100:.2f}", "currency": "USD"}


def _item(number: int, title: str, price: dict[str, str], at: datetime) -> dict[str, Any]:
    """An item with what a search answer says of one."""
    legacy_id = str(110_000_000_000 + number)
    image = {"imageUrl": f"https://i.example.com/images/g/{number}/s-l225.jpg"}
    return {
        "itemId": f"v1|{legacy_id}|0",
        "legacyItemId": legacy_id,
        "title": title,
        "leafCategoryIds": ["9355"],
        "categories": [
            {"categoryId": "9355", "categoryName": "Cell Phones"},
            {"categoryId": "15032", "categoryName": "Cell Phones & Accessories"},
        ],
        "image": image,
        "thumbnailImages": [image],
        "additionalImages": [image],
        "price": price,
        "itemHref": f"https://api.example.com/buy/browse/v1/item/v1%7C{legacy_id}%7C0",
        "seller": {"username": "seller", "feedbackPercentage": "99.8", "feedbackScore": 5120},
        "condition": "Used",
        "conditionId": "3000",
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": {"value": "5.00", "currency": "USD"}}
        ],
        "buyingOptions": ["FIXED_PRICE", "BEST_OFFER"],
        "itemWebUrl": f"https://www.example.com/itm/{legacy_id}",
        "itemLocation": {"country": "US", "postalCode": "941**"},
        "itemOriginDate": at.isoformat(),
        "itemCreationDate": at.isoformat(),
        "listingMarketplaceId": "EBAY_US",
    }
