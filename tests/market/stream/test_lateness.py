"""What the listener remembers of listings that nobody wanted."""

from datetime import UTC, datetime

from ebay_alerts.market.observing import Observation
from ebay_alerts.market.stream.lateness import Unwanted
from tests.market.scenery import offer


def event(listing: str, sequence: int, title: str) -> Observation:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return Observation("EBAY_US", listing, listing, at, offer(title), sequence)


def wine(seen: Observation) -> list[int]:
    return [1] if seen.offer and seen.offer.title == "Wine" else []


def test_the_listings_unwanted_longest_ago_are_forgotten_first() -> None:
    unwanted = Unwanted(wine, most=2)
    for listing, sequence in (("a", 10), ("b", 11), ("a", 12), ("c", 13)):
        assert unwanted.matches(event(listing, sequence, "Beer")) == []
    assert unwanted.matches(event("b", 5, "Wine")) == [1], "forgotten"
    assert unwanted.matches(event("a", 5, "Wine")) == ()
    assert unwanted.matches(event("c", 5, "Wine")) == ()


def test_the_same_event_again_says_what_it_said() -> None:
    """A search may have come to want it meanwhile."""
    unwanted = Unwanted(wine)
    unwanted.matches(event("a", 10, "Beer"))
    assert unwanted.matches(event("a", 10, "Wine")) == [1]
