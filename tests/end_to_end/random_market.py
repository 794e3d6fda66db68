"""A market that moves at random, played to a mock in bulk; it remembers what prices there were."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

WORDS = ("wine", "port", "beer", "oak", "red", "old", "rare", "lot", "crate", "glass", "box", "dry")
CATEGORIES = ("27386", "177", "3323")
# Most are sold on the first, where most searches look.
HOMES = ("EBAY_US",) * 8 + ("EBAY_GB", "EBAY_DE")
POPULATION = 100
Change = list[Any]


def home_of(id_: str) -> str:
    """Under the same id comes the same kind of thing from the same place, as from a relist."""
    return random.Random(id_).choice(HOMES)


class RandomMarket:
    """Draws changes as `/control`'s `products` takes them, from what is for sale and what was."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._standing: dict[str, dict[str, Any]] = {}
        self._ended: dict[str, dict[str, Any]] = {}
        self._deleted: list[str] = []
        self._made = 0
        self.made: Counter[str] = Counter()
        self.prices: dict[str, list[int]] = defaultdict(list)
        self.recent: dict[str, list[Change]] = defaultdict(list)

    def changes(self, count: int) -> list[Change]:
        drawn = [self._draw() for _ in range(count)]
        for change in drawn:
            self.recent[str(change[1]["id"] if change[0] == "POST" else change[1])].append(change)
        return drawn

    def _draw(self) -> Change:
        crowd = len(self._standing) / POPULATION
        kinds = {
            self._create: 3 if crowd < 1 else 1,
            self._recreate: 1 if self._deleted else 0,
            self._relist: 1 if self._ended else 0,
            self._reprice: 5,
            self._retitle: 3,
            self._reship: 1,
            self._refile: 1,
            self._reach: 1,
            self._bid: 1,
            self._move_end: 1,
            self._end: 0.6 * crowd,
            self._delete: 1.5 * crowd,
        }
        if len(self._standing) < 5:
            kinds = {self._create: 1}
        kind = self._chance.choices(list(kinds), list(kinds.values()))[0]
        self.made[kind.__name__.strip("_")] += 1
        return kind()

    def _create(self) -> Change:
        self._made += 1
        return self._list(f"lot-{self._made}")

    def _recreate(self) -> Change:
        return self._list(self._deleted.pop(self._chance.randrange(len(self._deleted))))

    def _list(self, id_: str) -> Change:
        fixed = random.Random(id_)
        body = {
            "id": id_,
            "product_name": self._title(),
            "price": self._price(id_),
            "marketplace": home_of(id_),
            "category_id": fixed.choice(CATEGORIES),
            "worldwide": fixed.random() < 0.3,
            "shipping": self._shipping(),
        }
        if fixed.random() < 0.2:
            body |= {"buying_options": ["AUCTION"], "ends_at": self._end_time()}
        self._standing[id_] = body
        return ["POST", body]

    def _reprice(self) -> Change:
        id_, body = self._pick("FIXED_PRICE")
        body["price"] = self._price(id_)
        return ["PATCH", id_, {"price": body["price"]}]

    def _retitle(self) -> Change:
        return ["PATCH", self._pick()[0], {"product_name": self._title()}]

    def _reship(self) -> Change:
        return ["PATCH", self._pick()[0], {"shipping": self._shipping()}]

    def _refile(self) -> Change:
        id_, body = self._pick()
        others = [category for category in CATEGORIES if category != body["category_id"]]
        body["category_id"] = self._chance.choice(others)
        return ["PATCH", id_, {"category_id": body["category_id"]}]

    def _reach(self) -> Change:
        """It is sold to all countries from now on, or to its own alone."""
        id_, body = self._pick()
        body["worldwide"] = not body["worldwide"]
        return ["PATCH", id_, {"worldwide": body["worldwide"]}]

    def _bid(self) -> Change:
        id_, body = self._pick("AUCTION")
        if "buying_options" not in body:
            return self._reprice()
        body["bid_count"] = body.get("bid_count", 0) + 1
        return ["PATCH", id_, {"bid": self._price(id_), "bid_count": body["bid_count"]}]

    def _move_end(self) -> Change:
        id_, body = self._pick("AUCTION")
        if "buying_options" not in body:
            return self._reprice()
        return ["PATCH", id_, {"ends_at": self._end_time()}]

    def _end(self) -> Change:
        id_, body = self._pick("FIXED_PRICE")
        if "buying_options" in body:
            return self._retitle()
        self._ended[id_] = self._standing.pop(id_)
        return ["END", id_]

    def _relist(self) -> Change:
        id_ = self._chance.choice(list(self._ended))
        self._standing[id_] = self._ended.pop(id_)
        return ["RELIST", id_]

    def _delete(self) -> Change:
        id_, _ = self._pick()
        del self._standing[id_]
        self._deleted.append(id_)
        return ["DELETE", id_]

    def _pick(self, option: str = "") -> tuple[str, dict[str, Any]]:
        """Something that stands, with this buying option where a few draws find one."""
        ids = list(self._standing)
        for _ in range(8):
            id_ = self._chance.choice(ids)
            has = self._standing[id_].get("buying_options", ["FIXED_PRICE"])
            if not option or option in has:
                break
        return id_, self._standing[id_]

    def _title(self) -> str:
        return " ".join(self._chance.sample(WORDS, 4)).title()

    def _price(self, id_: str) -> float:
        """A price that the listing does not have, so that each change is one."""
        before = self.prices[id_][-1] if self.prices[id_] else None
        while (minor := self._chance.randrange(100, 9000)) == before:
            """Drawn again."""
        self.prices[id_].append(minor)
        return minor / 100

    def _shipping(self) -> float | str | None:
        return self._chance.choice([None, "calculated", 0, 4.5, 9.99])

    def _end_time(self) -> str:
        """Over in a moment, or so late that no clock of the test comes there."""
        is_soon = self._chance.random() < 0.3
        delta = timedelta(seconds=self._chance.uniform(0, 1)) if is_soon else timedelta(days=10)
        return (datetime.now(UTC) + delta).isoformat()
