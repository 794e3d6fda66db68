"""What is offered again is told as that, with the price told before."""

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.market.sellers import mark_of
from ebay_alerts.market.services.listing_rows import listings_of
from tests.alerts.conftest import Desk, news
from tests.plans import planned_as_if_large

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
OF_BOB = {"seller": mark_of("bob"), "image_url": "https://i.ebayimg.com/1.jpg", "title": "Wine x"}


def test_it_is_told_as_relisted_with_the_price_told_before(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100, **OF_BOB)
    desk.slot()
    desk.end("a")
    desk.slot()
    desk.clock.step(days=3)
    desk.put("b", 80, **OF_BOB)
    [mail] = desk.slot()
    assert news(alert)[-1] == ("relisted", "b", 80)
    assert "relisted, down 20 %" in mail.text
    assert desk.listing("b").relists_id == desk.listing("a").pk


def test_it_is_new_to_who_was_not_told_of_the_earlier_one(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, max_price=90)
    desk.start()
    desk.put("a", 100, **OF_BOB)
    desk.end("a")
    desk.put("b", 80, **OF_BOB)
    desk.slot()
    assert news(alert) == [("appeared", "b", 80)]


def test_it_is_told_to_who_wants_to_know_what_is_back_alone(desk: Desk, ann: User) -> None:
    back = desk.keep(ann, triggers=["new", "returned"])
    other = desk.keep(desk.user("bob"), triggers=["new", "ended"])
    desk.start()
    desk.put("a", 100, **OF_BOB)
    desk.slot()
    desk.end("a")
    desk.put("b", 80, **OF_BOB)
    desk.slot()
    assert news(back)[-1] == ("relisted", "b", 80)
    assert news(other)[-1] == ("ended", "a", 100)


def test_two_that_live_at_a_time_are_two(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100, **OF_BOB)
    desk.put("b", 80, **OF_BOB)
    desk.slot()
    assert sorted(news(alert)) == [("appeared", "a", 100), ("appeared", "b", 80)]


def test_another_sellers_picture_or_a_month_make_another_listing(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann)
    desk.start()
    desk.put("a", 100, **OF_BOB)
    desk.slot()
    desk.end("a")
    desk.put("b", 80, **OF_BOB | {"seller": mark_of("eve")})
    desk.put("c", 80, **OF_BOB | {"image_url": "https://i.ebayimg.com/2.jpg"})
    desk.clock.step(days=31)
    desk.put("d", 80, **OF_BOB)
    desk.slot()
    assert {kind for kind, name, _ in news(alert) if name in "bcd"} == {"appeared"}


def test_what_a_seller_offers_is_looked_up_by_an_index() -> None:
    marks = [mark_of("bob"), mark_of("eve")]
    with planned_as_if_large():
        assert "listing_seller" in listings_of(marks).explain()
        assert "listing_seller" in listings_of(marks).filter(likeness__in=["a", "b"]).explain()
