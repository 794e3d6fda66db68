"""Whatever is observed in whatever order: the state is the sum of what was appended."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import Listing, PricePoint, Search, SearchChange
from ebay_alerts.market.observing import BID_POINT_EVERY, Offer
from tests.market.scenery import assert_log_adds_up, offer, record, search_for, seen

pytestmark = [pytest.mark.backend, pytest.mark.django_db]

KEYWORDS = ["wine", "wine -cooler", "red", "(red, white) wine"]
TITLES = ["Wine", "Red wine", "White wine cooler", "Red beer", "Beer"]


@dataclass(frozen=True)
class Step:
    """One answer to one fetch: what it showed of a listing, and which searches share the fetch."""

    listing: str
    minute: int
    what: Offer | None
    asked: frozenset[int]


def figures(price: int | None, bid: int | None) -> dict[str, object]:
    if price is None and bid is None:
        bid = 1
    return {"price": price, "bid": None if bid is None else Money(bid, "USD")}


offers = st.builds(
    lambda title, price, bid: offer(title, **figures(price, bid)),
    st.sampled_from(TITLES),
    st.sampled_from([None, 900, 1000, 1100]),
    st.sampled_from([None, None, 100, 200]),
)
steps = st.builds(
    Step,
    listing=st.sampled_from(["1", "2", "3"]),
    minute=st.integers(0, 200),
    what=st.one_of(offers, offers, st.none()),
    asked=st.frozensets(st.integers(0, len(KEYWORDS) - 1)),
)


def appended() -> list[object]:
    return [
        *SearchChange.objects.order_by("search", "revision").values(),
        *PricePoint.objects.order_by("pk").values(),
    ]


def last_point(listing: Listing, kind: PricePoint.Kind) -> int | None:
    points = PricePoint.objects.filter(listing=listing, kind=kind).order_by("pk")
    return points.values_list("minor", flat=True).last()


def assert_prices_add_up(listing: Listing, has_ended: bool) -> None:
    """The last price is now's, and bids stand an hour apart, but for the one before an end."""
    if listing.price_minor is not None:
        assert last_point(listing, PricePoint.Kind.PRICE) == listing.price_minor
    bids = PricePoint.objects.filter(listing=listing, kind=PricePoint.Kind.BID).order_by("pk")
    times = list(bids.values_list("at", flat=True))
    assert has_ended or all(
        later - earlier >= BID_POINT_EVERY for earlier, later in pairwise(times)
    )


def apply(step: Step, searches: list[Search]) -> int:
    asked = [searches[number] for number in step.asked]
    return record([seen(step.minute, step.what, step.listing)], *asked)


# Not shrunk: that takes minutes here.
@settings(max_examples=25, deadline=None, phases=set(Phase) - {Phase.shrink, Phase.explain})
@given(st.lists(steps, min_size=1, max_size=12), st.booleans())
def test_the_state_is_the_sum_of_the_log(plan: list[Step], in_order: bool) -> None:
    with transaction.atomic():
        searches = [search_for(keywords) for keywords in KEYWORDS]
        count = 0
        for step in sorted(plan, key=lambda step: step.minute) if in_order else plan:
            before = appended()
            made = apply(step, searches)
            after = appended()
            assert all(row in after for row in before)
            count += made
            assert apply(step, searches) == 0
            assert appended() == after
        assert SearchChange.objects.count() == count
        for search in searches:
            assert_log_adds_up(search)
        ended = {step.listing for step in plan if step.what is None}
        for listing in Listing.objects.all():
            assert_prices_add_up(listing, listing.legacy_id in ended)
        transaction.set_rollback(True)
