"""Naming many numbers in a condition."""

import pytest

from ebay_alerts.market.models import Listing
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.selectors.among import Among
from tests.analytics.story import START
from tests.market.scenery import offer, record, search_for

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def test_a_condition_names_more_numbers_than_a_statement_takes_parameters() -> None:
    seen = [Observation("EBAY_US", lot, f"v1|{lot}|0", START, offer()) for lot in "123"]
    record(seen, search_for("wine"))
    first, second, _ = Listing.objects.order_by("pk").values_list("pk", flat=True)
    far = range(10**7, 10**7 + 300_000)
    found = Listing.objects.filter(Among("id", {second, first, *far})).order_by("pk")
    assert list(found.values_list("pk", flat=True)) == [first, second]
    assert not Listing.objects.filter(Among("id", ())).exists()
