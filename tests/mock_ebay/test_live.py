"""The generated catalogue, and the moves of a live market."""

from collections import Counter
from pathlib import Path
from typing import Any

from mock_ebay.catalogue import DAY, Catalogue
from mock_ebay.catalogue_words import CATEGORIES
from mock_ebay.listings import AUCTION
from mock_ebay.mock import open_mock
from mock_ebay.settings import MockSettings

NOW = 1_800_000_000_000
PRODUCTS = Path(__file__).with_name("products.json")


def test_the_same_seed_makes_the_same_market_and_another_seed_another() -> None:
    first, again, other = (list(Catalogue(seed, NOW).listings(300)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_market_is_lifelike() -> None:
    listings = list(Catalogue(1, NOW).listings(6000))
    assert len({listing.id for listing in listings}) == 6000
    assert len({listing.category for listing in listings}) >= 20
    assert all(0 < len(listing.title) <= 80 for listing in listings)
    assert all(listing.shown_cents > 0 for listing in listings)
    assert all(listing.created_at < NOW for listing in listings)
    assert {listing.category for listing in listings} <= CATEGORIES.keys()
    auctions = [listing for listing in listings if listing.options & AUCTION]
    assert 0.1 < len(auctions) / 6000 < 0.4
    assert all(NOW < (listing.ends_at or 0) <= NOW + 10 * DAY + DAY for listing in auctions)
    homes = Counter(listing.marketplace for listing in listings)
    assert homes.most_common(1)[0][0] == "EBAY_US"
    assert len(homes) > 5


def test_moves_are_of_every_kind_and_prices_fall_more_often_than_they_rise() -> None:
    mock = open_mock(MockSettings(size=2000))
    moves = Counter(move["move"] for move in (mock.live.move() for _ in range(400)) if move)
    assert moves.keys() == {"listed", "revised", "bid", "ended"}
    assert moves["revised"] > 50
    mock.close()


def test_most_moves_are_where_newcomers_look() -> None:
    mock = open_mock(MockSettings(size=2000))
    popular = ("wine", "lego", "camera", "iphone", "rtx", "pokemon", "guitar", "watch", "books")
    touched = 0
    for _ in range(300):
        move = mock.live.move()
        listing = move and mock.market.find(move["id"])
        touched += bool(listing) and any(word in listing.title.lower() for word in popular)
    assert touched > 120
    mock.close()


def test_a_product_file_moves_too() -> None:
    mock = open_mock(MockSettings(catalogue=PRODUCTS))
    names = {listing.title for listing in mock.market.listings.values()}
    for _ in range(200):
        mock.live.move()
    added = list(mock.market.listings.values())[40:]
    assert added
    assert all(any(name.startswith(listing.title) for name in names) for listing in added)
    mock.close()


def test_an_empty_market_has_no_moves_and_no_errors() -> None:
    mock = open_mock(MockSettings(size=0))
    assert mock.live.move()
    mock.close()


def test_a_live_market_moves_by_itself(start_mock: Any, eventually: Any) -> None:
    mock = start_mock(catalogue=PRODUCTS, live=1200)
    assert eventually(lambda: mock.events()["head"] >= 3)


def test_a_still_market_moves_when_told_to(start_mock: Any) -> None:
    mock = start_mock(catalogue=PRODUCTS)
    moves = mock.control(move=4)["moves"]
    log = mock.events()
    assert [event["product"]["id"] for event in log["events"]] == [move["id"] for move in moves]
