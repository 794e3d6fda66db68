"""Listings that an event called ended before anybody knew them stay out, unless they come back."""

from dataclasses import replace

import pytest

from ebay_alerts.market.models import Listing, Search, Tombstone
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.market.services.tombstones import KEPT_FOR, prune_tombstones
from tests.market.scenery import at, kinds_of, listing, matcher, offer, record, search_for, seen

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def told(sequence: int, minute: float, what: Offer | None, **more: bool) -> Observation:
    """What an event tells; `what` is None for a deletion."""
    return replace(seen(minute, what), sequence=sequence, **more)


@pytest.fixture
def wine() -> Search:
    search = search_for("wine")
    record([told(7, 5, None)], search)
    return search


def test_a_poll_sent_before_an_unknown_listings_end_does_not_bring_it(wine: Search) -> None:
    assert record([seen(4, offer())], wine) == 0
    assert not Listing.objects.exists()


def test_a_late_event_does_not_bring_an_unknown_listing_that_ended(wine: Search) -> None:
    assert record([told(6, 4, offer(), is_creation=True)], wine) == 0
    assert record([told(6, 6, offer())], wine) == 0
    assert not Listing.objects.exists()


def test_a_poll_sent_after_the_end_brings_the_listing(wine: Search) -> None:
    assert record([seen(6, offer())], wine) == 1
    assert kinds_of(wine) == ["discovered"]
    assert not Tombstone.objects.exists()


def test_a_later_creation_takes_the_tombstone_down_even_if_nobody_wants_it(wine: Search) -> None:
    record([told(8, 6, offer("Beer"), is_creation=True)], wine)
    assert not Tombstone.objects.exists()
    record([told(9, 7, offer("Wine"))], wine)
    assert listing().title == "Wine"


def test_only_the_listing_itself_is_kept_out(wine: Search) -> None:
    other = replace(seen(4, offer()), marketplace="EBAY_GB")
    assert record([other, seen(4, offer(), "2")], wine) == 2


def test_a_tombstone_told_again_keeps_the_later_end(wine: Search) -> None:
    record([told(9, 8, None)], wine)
    record([told(7, 5, None)], wine)
    assert Tombstone.objects.get().sequence == 9


def test_an_end_that_a_known_listing_has_needs_no_tombstone(wine: Search) -> None:
    record([seen(6, offer())], wine)
    record([told(8, 7, None)], wine)
    assert kinds_of(wine) == ["discovered", "ended"]
    assert not Tombstone.objects.exists()


def test_tombstones_go_after_an_hour(wine: Search) -> None:
    assert prune_tombstones(at(5) + KEPT_FOR) == 0
    assert prune_tombstones(at(6) + KEPT_FOR) == 1


def test_a_listing_recorded_at_the_moment_of_its_end_is_looked_at(wine: Search) -> None:
    Tombstone.objects.all().delete()
    record_observations([seen(4, offer())], matcher(wine), at(4))
    Tombstone.objects.create(marketplace="EBAY_US", legacy_id="1", ended_at=at(5), sequence=7)
    prune_tombstones(at(90))
    assert listing().check_due_at == at(90)
