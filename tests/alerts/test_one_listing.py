"""Alerts on one listing, over the recording of its search."""

from datetime import timedelta

import pytest

from ebay_alerts.accounts.models import User
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.services.recording import record_observations
from tests.alerts.conftest import Desk, news, usd

pytestmark = [pytest.mark.backend, pytest.mark.django_db]
RENAMED = Offer(title="Something else", url="https://www.ebay.com/itm/1", price=usd(8))


def test_who_waits_for_one_listing_is_told_of_it_however_old_it_is(desk: Desk, ann: User) -> None:
    watch = desk.keep(ann, "", listing="v1|old|0")
    keywords = desk.keep(desk.user("bob"), "wine")
    desk.start()
    desk.put("old", 10, started_at=desk.now - timedelta(days=90))
    desk.put("other", 10)
    desk.slot()
    assert news(watch) == [("appeared", "old", 10)]
    assert news(keywords) == [("appeared", "other", 10)]


def test_no_title_takes_a_listing_out_of_its_search(desk: Desk, ann: User) -> None:
    watch = desk.keep(ann, "", listing="v1|a|0")
    keywords = desk.keep(desk.user("bob"), "wine")
    desk.put("a", 10)
    desk.start()
    seen = Observation("EBAY_US", "a", "v1|a|0", desk.clock.step(seconds=1), RENAMED)
    record_observations([seen], lambda _: (), desk.now)  # as a single check does
    desk.slot()
    assert news(watch) == [("repriced", "a", 8)]
    assert news(keywords) == []
