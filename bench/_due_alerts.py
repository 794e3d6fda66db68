"""Rows of users whose alerts are all due, with changes that none of them has been told."""

import random
from datetime import UTC, datetime, timedelta

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.market.models import Fetch, Listing, Membership, Search, SearchChange
from ebay_alerts.market.services.bulk import insert_rows

ALERTS_EACH, LINES_EACH = 2, 5
_CHUNK = 10_000


def keep_due_alerts(users: int, searches: int) -> None:
    """Users with `ALERTS_EACH` due alerts; each alert has `LINES_EACH` new listings to tell."""
    began = datetime.now(UTC) - timedelta(hours=2)
    found = _searches(searches, began)
    _listings(found, began)
    rows = User.objects.bulk_create(
        [User(email=f"user{number}@example.com", confirmed_at=began, created_at=began)
         for number in range(users)], batch_size=_CHUNK,
    )  # fmt: skip
    chance = random.Random(6)  # noqa: S311 - no secret
    due = int(began.timestamp())
    times = dict.fromkeys(
        ("cursor_at", "started_at", "welcomed_at", "created_at", "updated_at"), began
    )
    Alert.objects.bulk_create(
        [Alert(user=user, search=search, name=search.query, keywords=search.query, filters="",
               interval_minutes=60, currency="USD", state="active", phase=0, cursor=0,
               slot=due, **times)
         for user in rows for search in chance.sample(found, ALERTS_EACH)], batch_size=_CHUNK,
    )  # fmt: skip


def make_due_again(users: int) -> None:
    """All alerts of the first users once more, with the same changes to tell."""
    due = int((datetime.now(UTC) - timedelta(hours=2)).timestamp())
    first = User.objects.order_by("pk").values("pk")[:users]
    Alert.objects.filter(user__in=first).update(cursor=0, slot=due)


def _searches(count: int, began: datetime) -> list[Search]:
    place = {"marketplace": "EBAY_US", "deliver_to": "US", "refresh_seconds": 3600}
    fetches = Fetch.objects.bulk_create(
        [Fetch(keywords=f"wine {number}", asked_at=began, covered=LINES_EACH, total=LINES_EACH,
               is_complete=True, **place) for number in range(count)]
    )  # fmt: skip
    return Search.objects.bulk_create(
        [Search(fetch=fetch, query=fetch.keywords, head=LINES_EACH, filled_at=began,
                created_at=began, **place) for fetch in fetches]
    )  # fmt: skip


def _listings(searches: list[Search], began: datetime) -> None:
    listed = began + timedelta(minutes=30)
    chance = random.Random(7)  # noqa: S311 - no secret
    numbers = [(search, n) for search in searches for n in range(LINES_EACH)]
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        listings = Listing.objects.bulk_create(
            [Listing(marketplace="EBAY_US", legacy_id=str(110_000_000_000 + start + place),
                     reference=f"v1|{start + place}|0", currency="USD", condition="Used",
                     title=f"{search.query.title()}, a bottle of the year {1950 + n}, in its box",
                     url=f"https://www.ebay.example/itm/{110_000_000_000 + start + place}",
                     image_url=f"https://i.ebay.example/images/g/{start + place}/s-l225.jpg",
                     price_minor=chance.randrange(900, 90_000), country="US",
                     seller_percent="99.8", started_at=listed, first_seen_at=listed,
                     observed_at=listed)
             for place, (search, n) in enumerate(chunk)]
        )  # fmt: skip
        insert_rows(
            Membership,
            ("search_id", "listing_id", "shipping", "shipping_minor", "since"),
            [(search.pk, listing.pk, "fixed", 450, listed)
             for (search, _), listing in zip(chunk, listings, strict=True)],
        )  # fmt: skip
        insert_rows(
            SearchChange,
            ("search_id", "revision", "listing_id", "kind", "at", "price_minor", "currency"),
            [(search.pk, n + 1, listing.pk, "appeared", listed, listing.price_minor, "USD")
             for (search, n), listing in zip(chunk, listings, strict=True)],
        )  # fmt: skip
