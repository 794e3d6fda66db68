"""A listing that a search no longer finds though it is offered leaves, and may be found again."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.models import Fetch, Listing, Membership, Search
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.services.checking import check_due
from ebay_alerts.market.services.missing import Sweep, note_missing
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.market.services.refreshing import refresh_due
from ebay_alerts.market.services.searches import ensure_search
from tests.conftest import SteppedClock
from tests.market.scenery import (
    assert_log_adds_up,
    at,
    kinds_of,
    listing,
    members_of,
    offer,
    record,
    search_for,
    seen,
    terms_of,
)
from tests.servers import RunningMock

pytestmark = [pytest.mark.backend, pytest.mark.django_db(transaction=True)]

WINES, BEERS = frozenset({"177", "11700"}), frozenset({"3323", "11700"})


@dataclass
class Canada:
    """A search for wine of one category that is delivered to Canada, swept at each refresh."""

    ebay: EbayClient
    mock: RunningMock
    clock: SteppedClock
    search: Search

    def refresh(self, **later: float) -> None:
        Fetch.objects.update(due_at=self.clock.step(**later))
        refresh_due(self.ebay)

    def check(self) -> None:
        check_due(self.ebay)

    def has(self, listing_id: str) -> bool:
        return listing_id in members_of(self.search)

    def kinds(self, listing_id: str) -> list[str]:
        changes = self.search.changes.filter(listing__legacy_id=listing_id)
        return list(changes.order_by("revision").values_list("kind", flat=True))

    def missed_at(self, listing_id: str) -> datetime | None:
        member = Membership.objects.get(search=self.search, listing__legacy_id=listing_id)
        return member.missed_at


@pytest.fixture
def canada(ebay: EbayClient, mock: RunningMock, stepped_clock: SteppedClock) -> Canada:
    search = search_for("wine", filled_at=None, now=stepped_clock.now())
    Search.objects.update(category="177", deliver_to="CA")
    Fetch.objects.update(category="177", deliver_to="CA", due_at=stepped_clock.now())
    return Canada(ebay, mock, stepped_clock, search)


def wine_for_canada(canada: Canada) -> str:
    made = canada.mock.create("Wine that moves", 10, category_id="177", worldwide=True)
    canada.refresh()
    assert canada.has(made)
    return made


MOVED = {
    "to another category": {"category_id": "3323"},
    "to buyers of its own country alone": {"worldwide": False},
}


@pytest.mark.parametrize("change", MOVED.values(), ids=MOVED)
def test_a_listing_that_ebay_no_longer_finds_though_it_lives_leaves_the_search(
    canada: Canada, change: dict[str, object]
) -> None:
    made = wine_for_canada(canada)
    canada.mock.change(made, **change)
    for _ in range(2):
        canada.refresh(hours=2)
        canada.check()
    assert not canada.has(made)
    assert canada.kinds(made) == ["discovered", "left"]
    assert Listing.objects.get(legacy_id=made).ended_at is None
    assert_log_adds_up(canada.search)


def test_sweeps_less_than_an_hour_apart_make_nothing_leave(canada: Canada) -> None:
    """One delay of eBay's index may be behind all of them."""
    made = wine_for_canada(canada)
    canada.mock.change(made, worldwide=False)
    for _ in range(4):
        canada.refresh(minutes=19)
        canada.check()
        assert canada.has(made)
    canada.refresh(minutes=19)
    canada.check()
    assert not canada.has(made)


def test_a_listing_that_a_sweep_shows_again_is_missed_anew(canada: Canada) -> None:
    made = wine_for_canada(canada)
    canada.mock.change(made, worldwide=False)
    canada.refresh(hours=2)
    assert canada.missed_at(made)
    canada.mock.change(made, worldwide=True)
    canada.refresh(minutes=10)
    assert canada.missed_at(made) is None
    canada.mock.change(made, worldwide=False)
    canada.refresh(hours=2)
    canada.check()
    assert canada.has(made)


def test_a_listing_that_another_fetch_had_checked_just_before_leaves_all_the_same(
    canada: Canada,
) -> None:
    made = wine_for_canada(canada)
    canada.mock.change(made, worldwide=False)
    canada.refresh(hours=2)
    canada.check()
    Listing.objects.update(confirmed_at=canada.clock.step(hours=2))
    canada.refresh(seconds=1)
    canada.check()
    assert not canada.has(made)


def test_a_listing_that_ended_since_the_last_sweep_has_ended_and_not_left(canada: Canada) -> None:
    made = wine_for_canada(canada)
    canada.mock.change(made, worldwide=False)
    canada.refresh(hours=2)
    canada.check()
    canada.refresh(hours=2)
    canada.mock.delete(made)
    canada.check()
    assert canada.kinds(made) == ["discovered", "ended"]


def test_a_sweep_with_a_warning_misses_nothing(canada: Canada) -> None:
    made = wine_for_canada(canada)
    canada.mock.change(made, worldwide=False, category_id="3323")
    canada.mock.control(warn_next=1)
    canada.refresh(hours=2)
    assert canada.missed_at(made) is None
    canada.refresh(hours=2)
    assert canada.missed_at(made)


def test_a_listing_that_a_sweep_showed_in_a_shape_that_cannot_be_read_is_not_missed(
    canada: Canada,
) -> None:
    made = wine_for_canada(canada)
    canada.mock.control(drop_price_next=1)
    canada.refresh(hours=2)
    assert canada.missed_at(made) is None
    assert Listing.objects.get(legacy_id=made).check_due_at == canada.clock.now()


def test_what_cannot_be_told_apart_leaves_nothing_missed() -> None:
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    note_missing(wine.fetch, Sweep(at(2), (), ["unknown"]))
    assert Membership.objects.get().missed_at is None
    note_missing(wine.fetch, Sweep(at(3), (), ["v1|2|0"]))
    assert Membership.objects.get().missed_at == at(3)


def missed_for_long(search: Search, minute: float) -> None:
    """Two complete sweeps an hour apart, the last at that minute, have not shown anything."""
    for asked_at in (at(minute - 60), at(minute)):
        note_missing(search.fetch, Sweep(asked_at, ()))
    Fetch.objects.update(swept_at=at(minute))


def found_alive(minute: float, price: int = 1000) -> None:
    """As a single check finds it: for no search."""
    record_observations([seen(minute, offer(price=price))], lambda _: (), at(minute))


@pytest.mark.parametrize(
    ("started", "kinds"),
    [
        (0, ["appeared", "left", "returned"]),
        (-1000, ["discovered", "left", "discovered"]),
    ],
)
def test_a_listing_that_is_found_again_enters_as_it_had(started: float, kinds: list[str]) -> None:
    """What was news stays news to whoever was not told of it, what was old is never told as new."""
    wine = search_for("wine")
    what = offer(started_at=at(started))
    record([seen(1, what)], wine)
    missed_for_long(wine, 90)
    found_alive(91)
    assert members_of(wine) == set()
    record([seen(100, what)], wine)
    assert kinds_of(wine) == kinds
    assert_log_adds_up(wine)


def test_a_listing_that_changed_since_it_was_missed_is_missed_anew() -> None:
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    missed_for_long(wine, 90)
    found_alive(91, price=900)
    assert members_of(wine) == {"1"}
    assert Membership.objects.get().missed_at is None
    found_alive(92, price=900)
    assert kinds_of(wine) == ["discovered", "repriced"]


def test_an_observation_that_matches_keeps_a_listing_that_sweeps_miss() -> None:
    """Another fetch shows what this one's order hides."""
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    missed_for_long(wine, 90)
    record([seen(91, offer())], wine)
    found_alive(92)
    assert members_of(wine) == {"1"}


def test_a_listing_that_was_observed_while_the_sweep_went_on_is_missed_since_then() -> None:
    """Several fetches may miss it at once: the check of one must not hide it from the others."""
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    found_alive(3)
    note_missing(wine.fetch, Sweep(at(2), ()))
    assert Membership.objects.get().missed_at == at(3)


def test_a_listing_is_not_missed_by_a_sweep_that_was_sent_before_it_came() -> None:
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    note_missing(wine.fetch, Sweep(at(1), ()))
    assert Membership.objects.get().missed_at is None


@dataclass
class Filed:
    """A search for wine of one category beside one for any, and events that say the category."""

    any_wine: Search
    wine: Search

    def tell(self, minute: int, categories: frozenset[str], *, has_all: bool = True) -> None:
        what = offer("Wine", categories=categories, has_all_categories=has_all)
        event = Observation("EBAY_US", "1", "v1|1|0", at(minute), what, minute, minute == 1)
        record_observations([event], self._wanted, at(minute))

    def _wanted(self, told: Observation) -> list[int]:
        is_filed = told.offer is not None and self.wine.category in told.offer.categories
        return [self.any_wine.pk, self.wine.pk] if is_filed else [self.any_wine.pk]


@pytest.fixture
def filed() -> Filed:
    any_wine, wine = search_for("wine"), ensure_search(terms_of("wine", "177"), at(0))
    Search.objects.filter(pk=wine.pk).update(filled_at=at(0))
    wine.refresh_from_db()
    return Filed(any_wine, wine)


def test_a_listing_whose_categories_change_leaves_the_search_of_the_old_one_at_once(
    filed: Filed,
) -> None:
    filed.tell(1, WINES)
    filed.tell(2, BEERS)
    assert (members_of(filed.wine), members_of(filed.any_wine)) == (set(), {"1"})
    assert kinds_of(filed.wine)[-1] == "left"
    filed.tell(3, WINES)
    assert members_of(filed.wine) == {"1"}
    for search in (filed.wine, filed.any_wine):
        assert_log_adds_up(search)


def test_an_event_of_the_old_category_does_not_bring_a_listing_back(filed: Filed) -> None:
    """Told again, after a crash, or late; also when a poll came in between."""
    filed.tell(1, WINES)
    filed.tell(2, BEERS)
    filed.tell(1, WINES)
    assert members_of(filed.wine) == set()
    record([seen(5, offer(categories=BEERS, has_all_categories=True))], filed.any_wine)
    filed.tell(1, WINES)
    assert members_of(filed.wine) == set()


def test_an_event_that_does_not_tell_all_categories_makes_nothing_leave(filed: Filed) -> None:
    filed.tell(1, WINES)
    filed.tell(2, frozenset({"3323"}), has_all=False)
    filed.tell(3, frozenset(), has_all=False)
    assert members_of(filed.wine) == {"1"}


def test_a_category_that_was_never_told_proves_nothing(filed: Filed) -> None:
    """eBay's own filter found it there, by a category that its lists leave out."""
    record([seen(0.5, offer(categories=BEERS, has_all_categories=True))], filed.wine)
    filed.tell(1, frozenset({"99"}))
    assert members_of(filed.wine) == {"1"}


def test_more_categories_than_are_kept_are_not_known(filed: Filed) -> None:
    many = frozenset(str(10**9 + number) for number in range(30)) | WINES
    filed.tell(1, many)
    filed.tell(2, BEERS)
    assert listing().categories == "11700 3323"
    assert members_of(filed.wine) == {"1"}
