"""A made-up market for the tour: neutral names, lifelike prices, and what ann looks for there."""

import json
import random
from pathlib import Path
from typing import Any

from tests.browser.scenery import Scenery, newest_mail
from tests.processes.programs import until

MAKERS = ("Brindle", "Corvane", "Halden", "Marlow", "Ostrava", "Pellworm", "Quillon", "Varden")
# Category at eBay, kinds of thing with the range of their prices, and what sellers add.
STALLS: tuple[tuple[str, dict[str, tuple[int, int]], tuple[str, ...]], ...] = (
    (
        "31388",
        {
            "35mm Rangefinder Camera": (90, 260),
            "Folding Camera 6x9": (45, 140),
            "Instant Camera": (40, 120),
            "TLR Camera 75mm f/3.5": (110, 320),
            "Compact Camera 28mm": (60, 210),
        },
        ("tested", "film tested", "with leather case", "serviced 2025", "for parts", "boxed"),
    ),
    (
        "176985",
        {"Jazz LP 1962": (12, 60), "Piano Trio LP": (9, 40), "String Quartets 3 LP Box": (18, 75)},
        ("near mint", "first pressing", "sleeve worn", "sealed", "mono"),
    ),
    (
        "31387",
        {"Field Watch 36mm": (80, 240), "Diver Watch 40mm": (120, 380), "Pocket Watch": (50, 170)},
        ("hand wound", "automatic", "new strap", "serviced", "runs well"),
    ),
    (
        "20676",
        {"Lever Espresso Machine": (180, 520), "Coffee Grinder": (40, 160)},
        ("descaled", "new seals", "little used", "chrome"),
    ),
)
WISHES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "camera -(for parts)",
        {
            "name": "Rangefinders and the like",
            "max_price": "180",
            "price_basis": "total",
            "note": "For Ida's birthday in May.",
        },
    ),
    ('"field watch"', {"interval_minutes": "60", "max_price": "200"}),
    ("espresso (lever, grinder)", {"interval_minutes": "1440", "name": "Kitchen"}),
    ("jazz lp -sealed", {"interval_minutes": "360"}),
)


def write_catalogue(path: Path) -> Path:
    """180 products, the same in every run."""
    chance = random.Random(11)
    products = [product(chance) for _ in range(180)]
    path.write_text(json.dumps({"products": products}), encoding="utf-8")
    return path


def product(chance: random.Random) -> dict[str, Any]:
    category, kinds, extras = chance.choice(STALLS)
    kind = chance.choice(sorted(kinds))
    low, high = kinds[kind]
    return {
        "product_name": f"{chance.choice(MAKERS)} {kind}, {chance.choice(extras)}",
        "price": round(chance.uniform(low, high)) - 0.01 * chance.choice((0, 1, 5)),
        "category_id": category,
        "condition_id": chance.choice((1000, 3000, 3000, 3000)),
        "shipping": chance.choice((0, 4.9, 6.5, 9.9, 14)),
    }


def have_news(scenery: Scenery) -> None:
    """New listings and falls in what the first alert finds, mailed in one digest."""
    mock, ann = scenery.system.mock, scenery.ann
    known = len(scenery.system.mails_to(ann.email))
    cameras = [one for one in mock.products("camera") if 60 < one["price"] < 150]
    for one in cameras[:2]:
        mock.change(one["id"], price=round(one["price"] * 0.86))
    new = {"category_id": "31388", "condition_id": 3000, "shipping": 6.5}
    mock.create("Halden 35mm Rangefinder Camera, just serviced", 129, **new)
    mock.create("Quillon Folding Camera 6x9, with leather case", 74.5, **new)
    until(lambda: len(scenery.system.mails_to(ann.email)) > known, 90, "the digest")
    scenery.paths["mail"] = newest_mail(scenery.system)
