"""What recording writes for each kind of change."""

from dataclasses import replace

import pytest

from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import Listing, Membership, PricePoint, SearchChange, SearchNews
from ebay_alerts.market.services.recording import record_observations
from tests.market.scenery import (
    assert_log_adds_up,
    at,
    bid,
    kinds_of,
    listing,
    log_of,
    matcher,
    members_of,
    offer,
    points_of,
    record,
    search_for,
    seen,
)

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

BID = PricePoint.Kind.BID


def snapshot() -> list[object]:
    """Everything that recording writes."""
    models = (Listing, Membership, PricePoint, SearchChange, SearchNews)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_fresh_listing_appears_and_an_old_one_is_discovered() -> None:
    wine = search_for("wine")
    record([seen(20, offer(started_at=at(15)), "new")], wine)
    record([seen(20, offer(started_at=at(-9)), "shown late")], wine)
    record([seen(20, offer(started_at=at(-11)), "old")], wine)
    record([seen(20, offer(), "of unknown age")], wine)
    assert kinds_of(wine) == ["appeared", "appeared", "discovered", "discovered"]
    assert_log_adds_up(wine)


def test_the_filling_of_a_search_tells_nothing_as_new() -> None:
    wine = search_for("wine", filled_at=None)
    record([seen(20, offer(started_at=at(19)))], wine)
    assert log_of(wine) == [("discovered", None, 1000)]


def test_a_search_filled_anew_tells_nothing_as_returned_or_appeared() -> None:
    wine, beer = search_for("wine"), search_for("beer", filled_at=None)
    record([seen(1, offer("Beer")), seen(2, None), seen(3, offer("Wine"))], wine, beer)
    record([seen(20, offer("Beer", started_at=at(19)))], wine, beer)
    assert kinds_of(beer) == ["discovered", "ended", "discovered"]


def test_a_listing_joins_the_searches_that_it_matches_and_no_other() -> None:
    wine, red, uncooled = search_for("wine"), search_for("red wine"), search_for("wine -cooler")
    record([seen(1, offer("Wine cooler"))], wine, red, uncooled)
    assert [members_of(search) for search in (wine, red, uncooled)] == [{"1"}, set(), set()]
    assert kinds_of(red) == []


def test_a_repricing_is_told_to_every_search_that_has_the_listing() -> None:
    """Also to those whose own fetch has not asked yet."""
    wine, red = search_for("wine"), search_for("red")
    record([seen(1, offer("Red wine", 1000))], wine, red)
    assert record([seen(2, offer("Red wine", 900))], wine) == 2
    for search in (wine, red):
        assert log_of(search)[1:] == [("repriced", 1000, 900)]
        assert_log_adds_up(search)
    assert points_of("1") == [1000, 900]


def test_applying_an_observation_twice_equals_applying_it_once() -> None:
    wine = search_for("wine")
    for observation in (
        seen(1, offer(price=1000)),
        seen(2, offer(price=900)),
        seen(3, None),
        seen(4, offer("Red wine", 800)),
        seen(5, bid(5)),
    ):
        record([observation], wine)
        once = snapshot()
        assert record([observation], wine) == 0
        assert snapshot() == once


def test_an_older_observation_changes_nothing() -> None:
    wine, red = search_for("wine"), search_for("red")
    record([seen(5, offer(price=1000))], wine, red)
    before = snapshot()
    assert record([seen(4, offer("Red wine", 1))], wine, red) == 0
    assert record([seen(4, None)], wine, red) == 0
    assert record([seen(4, offer())], red) == 0
    assert snapshot() == before


def test_a_page_older_than_an_event_still_fills_a_search_with_what_is_known() -> None:
    wine, dry = search_for("wine"), search_for("wine -sweet", filled_at=None)
    record([seen(10, offer("Wine", 900))], wine)
    record([seen(5, offer("Wine", 1000))], wine, dry)
    assert log_of(dry) == [("discovered", None, 900)]
    assert kinds_of(wine) == ["discovered"]
    assert listing("1").price_minor == 900

    sweet = search_for("sweet", filled_at=None)
    record([seen(6, offer("Sweet wine", 1000))], sweet)
    record([seen(11, None)], wine, dry)
    record([seen(7, offer("Wine", 1000))], wine, dry)
    assert log_of(sweet) == []
    assert kinds_of(dry) == ["discovered", "ended"]
    assert_log_adds_up(dry)


def test_an_old_page_recorded_after_the_end_brings_nothing_back() -> None:
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    record([seen(3, None)], wine)
    assert record([seen(2, offer(price=5))], wine) == 0
    assert kinds_of(wine) == ["discovered", "ended"]
    assert listing().ended_at == at(3)


def test_an_end_is_told_to_every_search_and_leaves_no_membership() -> None:
    wine, red, unasked = search_for("wine"), search_for("red"), search_for("merlot")
    searches = (wine, red, unasked)
    record([seen(1, offer("Red wine merlot"))], *searches)
    assert record([seen(2, None)]) == 3
    for search in searches:
        assert kinds_of(search)[-1] == "ended"
        assert members_of(search) == set()
        assert_log_adds_up(search)
    assert listing().ended_at == at(2)


def test_the_end_of_a_listing_nobody_has_seen_is_nothing() -> None:
    assert record([seen(1, None)], search_for("wine")) == 0
    assert not Listing.objects.exists()


def test_a_listing_that_comes_back_has_returned() -> None:
    wine = search_for("wine")
    record([seen(1, offer(price=1000))], wine)
    record([seen(2, None)], wine)
    record([seen(3, offer(price=900, started_at=at(3)))], wine)
    assert log_of(wine)[1:] == [("ended", None, 1000), ("returned", None, 900)]
    assert points_of("1") == [1000, 900]
    assert listing().ended_at is None
    assert_log_adds_up(wine)


def test_a_listing_that_comes_back_at_its_old_price_has_a_new_price_point() -> None:
    wine = search_for("wine")
    record([seen(1, offer()), seen(2, None), seen(3, offer())], wine)
    assert kinds_of(wine) == ["discovered", "ended", "returned"]
    assert points_of("1") == [1000, 1000]


def test_a_retitled_listing_leaves_what_it_no_longer_matches_and_appears_where_it_does() -> None:
    wine, beer = search_for("wine"), search_for("beer")
    record([seen(20, offer("Wine", started_at=at(-500)))], wine, beer)
    record([seen(21, offer("Beer", started_at=at(-500)))], wine, beer)
    assert kinds_of(wine) == ["discovered", "left"]
    assert kinds_of(beer) == ["appeared"]
    assert (members_of(wine), members_of(beer)) == (set(), {"1"})


def test_a_retitled_listing_leaves_searches_that_were_not_asked() -> None:
    wine, beer = search_for("wine"), search_for("beer")
    record([seen(1, offer("Wine"))], wine)
    record([seen(2, offer("Beer", 900))], beer)
    assert log_of(wine)[1:] == [("left", None, 900)]
    assert_log_adds_up(wine)


def test_a_retitled_listing_stays_in_searches_that_still_want_it() -> None:
    wine, red = search_for("wine"), search_for("red")
    record([seen(1, offer("Red wine"))], wine, red)
    assert record([seen(2, offer("Old red wine"))], wine) == 0
    assert members_of(red) == {"1"}


def test_a_listing_that_matches_again_has_returned() -> None:
    wine = search_for("wine")
    for minute, title in enumerate(["Wine", "Beer", "Wine"]):
        record([seen(minute, offer(title))], wine)
    assert kinds_of(wine) == ["discovered", "left", "returned"]


def test_a_listing_stays_where_it_was_not_asked_for() -> None:
    """One fetch's answer says nothing about the searches of another."""
    wine, red = search_for("wine"), search_for("red")
    record([seen(1, offer("Red wine"))], wine, red)
    assert record([seen(2, offer("Red wine"))], wine) == 0
    assert members_of(red) == {"1"}


def test_exchange_rates_make_no_change() -> None:
    wine = search_for("wine")
    own = {"own": Money(900, "EUR")}
    record([seen(1, offer(price=1000, **own))], wine)
    assert record([seen(2, offer(price=1013, **own))], wine) == 0
    assert (listing().price_minor, points_of("1")) == (1013, [1000])


def test_bids_are_no_changes_and_become_price_points_at_most_hourly() -> None:
    wine = search_for("wine")
    for minute, minor in [(0, 100), (10, 110), (59, 120), (60, 130), (61, 140)]:
        record([seen(minute, bid(minor))], wine)
    assert kinds_of(wine) == ["discovered"]
    assert points_of("1", BID) == [100, 130]
    assert listing().bid_minor == 140
    assert points_of("1") == []


def test_the_last_bid_becomes_a_price_point() -> None:
    wine = search_for("wine")
    record([seen(0, bid(100))], wine)
    record([seen(5, bid(170))], wine)
    record([seen(6, None)], wine)
    assert points_of("1", BID) == [100, 170]
    assert log_of(wine)[-1] == ("ended", None, 170)


def test_an_unmoved_bid_is_no_price_point() -> None:
    wine = search_for("wine")
    for minute in (0, 90, 180):
        record([seen(minute, bid(100))], wine)
    assert points_of("1", BID) == [100]


def test_losing_buy_it_now_is_no_end_and_no_repricing() -> None:
    wine = search_for("wine")
    record([seen(0, offer(price=5000, bid=Money(100, "USD")))], wine)
    assert record([seen(1, bid(150))], wine) == 0
    assert (listing().price_minor, listing().bid_minor) == (None, 150)
    assert members_of(wine) == {"1"}


def test_a_price_that_an_auction_gains_later_becomes_a_price_point() -> None:
    wine = search_for("wine")
    record([seen(0, bid(100))], wine)
    assert record([seen(1, offer(price=5000, bid=Money(100, "USD")))], wine) == 0
    assert points_of("1") == [5000]


def test_shipping_is_kept_for_the_search_that_asked() -> None:
    wine, red = search_for("wine"), search_for("red")
    free = {"shipping": "free", "shipping_minor": 0}
    record([seen(1, offer("Red wine", shipping="fixed", shipping_minor=500))], wine, red)
    assert record([seen(2, offer("Red wine", **free))], wine) == 0
    of = {m.search_id: (m.shipping, m.shipping_minor) for m in Membership.objects.all()}
    assert of == {wine.pk: ("free", 0), red.pk: ("fixed", 500)}


def test_news_of_a_search_stand_there_once_with_their_last_time() -> None:
    wine, red = search_for("wine"), search_for("red")
    record([seen(1, offer())], wine, red)
    record([seen(2, offer(price=5))], wine, red)
    record([seen(3, offer(price=5))], wine, red)
    news = SearchNews.objects.get()
    assert (news.search_id, news.noticed_at) == (wine.pk, at(2))


def test_several_observations_of_one_listing_apply_in_their_order() -> None:
    wine = search_for("wine")
    steps = [offer(price=1000), offer(price=900), None, offer(price=800)]
    assert record([seen(n, what) for n, what in enumerate(steps)], wine) == 4
    assert log_of(wine) == [
        ("discovered", None, 1000),
        ("repriced", 1000, 900),
        ("ended", None, 900),
        ("returned", None, 800),
    ]
    assert_log_adds_up(wine)


def test_more_listings_than_a_transaction_takes_are_all_recorded() -> None:
    wine = search_for("wine")
    assert record([seen(1, offer(), str(n)) for n in range(450)], wine) == 450
    assert len(members_of(wine)) == 450
    assert_log_adds_up(wine)


def test_the_same_id_on_two_marketplaces_is_two_listings() -> None:
    one = seen(1, offer())
    record([one, replace(one, marketplace="EBAY_GB")], search_for("wine"))
    assert Listing.objects.count() == 2


def test_a_check_is_settled_by_seeing_the_listing_and_due_after_its_end_time() -> None:
    wine = search_for("wine")
    record([seen(1, offer())], wine)
    Listing.objects.update(check_due_at=at(1))
    record([seen(2, offer())], wine)
    assert listing().check_due_at is None
    record([seen(3, offer(ends_at=at(30)))], wine)
    assert listing().check_due_at == at(31)
    record([seen(4, None)], wine)
    assert listing().check_due_at is None


def test_a_failure_in_the_middle_leaves_nothing_behind() -> None:
    search_for("wine")

    def failing(_: object) -> list[int]:
        raise ZeroDivisionError

    before = snapshot()
    with pytest.raises(ZeroDivisionError):
        record_observations([seen(1, offer(), "a"), seen(1, offer(), "b")], failing, at(1))
    assert snapshot() == before


@pytest.mark.parametrize("count", [1, 200])
def test_recording_takes_few_queries_however_many_listings(
    count: int, django_assert_max_num_queries
) -> None:
    wine = search_for("wine")
    first = [seen(1, offer(), str(n)) for n in range(count)]
    with django_assert_max_num_queries(24):
        record(first, wine)
    with django_assert_max_num_queries(5):
        assert record([replace(one, at=at(2)) for one in first], wine) == 0
    repriced = [seen(3, offer(price=5), one.legacy_id) for one in first]
    with django_assert_max_num_queries(12):
        assert record(repriced, wine) == count


def test_nothing_observed_is_nothing_recorded() -> None:
    assert record_observations([], matcher(), at(1)) == 0


def test_a_listing_on_another_marketplace_is_another_one() -> None:
    wine = search_for("wine")
    record([seen(1, offer(price=900))], wine)
    abroad = replace(seen(2, offer(price=700)), marketplace="EBAY_GB")
    record([abroad, seen(2, offer(), "2")], wine)
    assert Listing.objects.count() == 3
    assert listing().price_minor == 900
