"""A bid is no repricing; one that passes the limit of who was told of the auction is told."""

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import HeldListing
from ebay_alerts.alerts.services.held import note_bids, wake_held
from ebay_alerts.market.models import BidNews
from tests.alerts.conftest import Desk, news, usd

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def bid(desk: Desk, dollars: int, name: str = "a", **offer: object) -> None:
    desk.show(name, None, bid=usd(dollars), **offer)
    note_bids(desk.now)
    wake_held(desk.now)


@pytest.mark.parametrize("interval", [0, 15])
def test_a_bid_that_passes_the_limit_is_told_once(desk: Desk, ann: User, interval: int) -> None:
    alert = desk.keep(ann, interval_minutes=interval, max_price=20)
    desk.start()
    bid(desk, 10)
    desk.slot()
    bid(desk, 20)
    assert desk.slot() == []
    assert not HeldListing.objects.exists()
    bid(desk, 25)
    desk.slot()
    bid(desk, 30)
    assert desk.slot() == []
    assert news(alert) == [("appeared", "a", 10), ("exceeded", "a", 25)]
    assert not BidNews.objects.exists()
    assert not HeldListing.objects.exists()


def test_a_limit_of_the_total_counts_shipping(desk: Desk, ann: User) -> None:
    alert = desk.keep(ann, max_price=20, price_basis="total")
    desk.start()
    sent = {"shipping": "fixed", "shipping_minor": 500}
    bid(desk, 10, **sent)
    desk.slot()
    bid(desk, 15, **sent)
    assert desk.slot() == []
    bid(desk, 16, **sent)
    desk.slot()
    assert news(alert)[-1] == ("exceeded", "a", 16)


def test_auctions_that_were_not_told_have_no_limit_to_pass(desk: Desk, ann: User) -> None:
    limited, free = desk.keep(ann, max_price=20), desk.keep(desk.user("bob"))
    desk.start()
    bid(desk, 25)
    desk.slot()
    bid(desk, 35)
    assert desk.slot() == []
    assert (news(limited), news(free)) == ([], [("appeared", "a", 25)])
