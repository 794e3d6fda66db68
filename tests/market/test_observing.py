"""What an observation changes, by the rules of order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.money import Money
from ebay_alerts.market.observing import (
    MISSED_FOR,
    POLL_SKEW,
    Effect,
    Known,
    Observation,
    Offer,
    effect_of,
    has_left,
    is_moved_out,
    is_news,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
OLD = Effect(is_old=True)
IN_DOUBT = Effect(is_old=True, is_in_doubt=True)
NOTHING = Effect()
ENDS = Effect(ends=True)
RETURNS = Effect(returns=True)

KNOWN = Known(
    title="Wine",
    currency="USD",
    price_minor=1000,
    bid_minor=None,
    own_minor=None,
    own_currency="",
    observed_at=NOON,
    event_sequence=None,
    ended_at=None,
)
OFFER = Offer(title="Wine", url="", price=Money(1000, "USD"))


def known(**changes: Any) -> Known:
    return replace(KNOWN, **changes)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def poll(minute: float, offer: Offer | None = OFFER) -> Observation:
    return Observation("EBAY_US", "1", "v1|1|0", at(minute), offer)


def event(
    sequence: int, minute: float, offer: Offer | None = OFFER, *, created: bool = False
) -> Observation:
    seen = poll(minute, offer)
    return replace(seen, sequence=sequence, is_creation=created)


ENDED_BY_POLL = known(ended_at=NOON)
ENDED_BY_EVENT = known(ended_at=NOON, event_sequence=7)


@pytest.mark.parametrize(
    ("before", "seen", "effect"),
    [
        # Polls compare by the time they were sent.
        (known(), poll(1), NOTHING),
        (known(), poll(0), NOTHING),
        (known(), poll(-1), OLD),
        (known(), poll(1, None), ENDS),
        (known(), poll(-1, None), OLD),
        (known(event_sequence=7), poll(1), NOTHING),
        (known(event_sequence=7), poll(-1), OLD),
        # Events compare with events by sequence, whatever their times say.
        (known(event_sequence=7), event(8, -5), NOTHING),
        (known(event_sequence=7), event(8, -5, None), ENDS),
        (known(event_sequence=7), event(7, 5), OLD),
        (known(event_sequence=7), event(7, 5, None), OLD),
        (known(event_sequence=7), event(6, 5, created=True), OLD),
        # An event compares with a poll by time.
        (known(), event(1, 1), NOTHING),
        (known(), event(1, -1), OLD),
        (known(), event(1, 1, None), ENDS),
        (known(), event(1, -1, None), OLD),
        # What has ended returns by a created event or by a poll sent after the end.
        (ENDED_BY_POLL, poll(1), RETURNS),
        (ENDED_BY_POLL, poll(0), OLD),
        (ENDED_BY_POLL, poll(-1), OLD),
        (ENDED_BY_POLL, event(1, 1, created=True), RETURNS),
        # An update tells of a listing that lives, whose creation is still to come.
        (ENDED_BY_POLL, event(1, 1), IN_DOUBT),
        (ENDED_BY_POLL, event(1, -1, created=True), OLD),
        (ENDED_BY_EVENT, event(8, 1, created=True), RETURNS),
        (ENDED_BY_EVENT, event(8, -1, created=True), RETURNS),
        (ENDED_BY_EVENT, event(7, 1, created=True), OLD),
        (ENDED_BY_EVENT, event(8, 1), IN_DOUBT),
        (ENDED_BY_EVENT, poll(1), RETURNS),
        (ENDED_BY_EVENT, poll(0), OLD),
        # What has ended does not end again.
        (ENDED_BY_POLL, poll(1, None), NOTHING),
        (ENDED_BY_EVENT, event(8, 1, None), NOTHING),
        (ENDED_BY_EVENT, event(7, 1, None), OLD),
    ],
)
def test_order_decides_what_an_observation_does(
    before: Known, seen: Observation, effect: Effect
) -> None:
    assert effect_of(before, seen) == effect


SECOND = 1 / 60


@pytest.mark.parametrize(
    ("before", "seen", "follower", "effect"),
    [
        # The poll of minute 0 was sent two seconds later: what it saw is one of these, or neither.
        (known(), event(1, SECOND), event(2, 2 * SECOND), OLD),
        (known(), event(1, SECOND, None), event(2, 2 * SECOND, created=True), OLD),
        (known(), event(1, SECOND), event(2, 2 * SECOND, None), OLD),
        # The last one counts.
        (known(), event(2, 2 * SECOND, None), None, ENDS),
        (known(), event(1, SECOND), event(2, 2.1 * SECOND), NOTHING),
        # Not in order, not an event, and not held against a poll.
        (known(), event(2, SECOND), event(1, 2 * SECOND), NOTHING),
        (known(), event(1, SECOND), poll(2 * SECOND), NOTHING),
        (known(), poll(SECOND), event(1, 2 * SECOND), NOTHING),
        (known(event_sequence=1), event(2, SECOND), event(3, 2 * SECOND), NOTHING),
        # What was seen to have ended comes back by nothing but its creation.
        (ENDED_BY_POLL, event(1, SECOND, created=True), event(2, 2 * SECOND), RETURNS),
    ],
)
def test_of_events_that_a_poll_may_have_seen_the_last_one_counts(
    before: Known, seen: Observation, follower: Observation | None, effect: Effect
) -> None:
    assert at(2 * SECOND) == NOON + POLL_SKEW
    assert effect_of(before, seen, follower) == effect


@pytest.mark.parametrize(
    ("missed_at", "swept_at", "seen_at", "left"),
    [
        (at(0), at(60), at(61), True),
        (at(0), at(90), at(91), True),
        # The last sweep showed it, or none was complete since the event stream broke.
        (None, at(60), at(61), False),
        (at(0), None, at(61), False),
        # One sweep, or two that one and the same delay of eBay's index may explain.
        (at(0), at(0), at(61), False),
        (at(0), at(59.9), at(61), False),
        # It may have ended since it was seen.
        (at(0), at(60), at(60), True),
        (at(0), at(60), at(59.9), False),
    ],
)
def test_a_listing_has_left_when_sweeps_an_hour_apart_miss_it_and_it_is_offered_after_them(
    missed_at: datetime | None, swept_at: datetime | None, seen_at: datetime, left: bool
) -> None:
    assert timedelta(minutes=60) == MISSED_FOR
    assert has_left(missed_at, swept_at, seen_at) is left


WINE, BEER = frozenset({"177", "11700"}), frozenset({"3323", "11700"})
IN_BEER = replace(OFFER, categories=BEER, has_all_categories=True)


@pytest.mark.parametrize(
    ("category", "before", "offer", "is_out"),
    [
        ("177", WINE, IN_BEER, True),
        ("11700", WINE, IN_BEER, False),
        ("3323", WINE, IN_BEER, False),
        ("", WINE, IN_BEER, False),
        # What was never told, or is not told now, proves nothing.
        ("99", WINE, IN_BEER, False),
        ("177", frozenset(), IN_BEER, False),
        ("177", WINE, replace(IN_BEER, has_all_categories=False), False),
    ],
)
def test_a_listing_is_moved_out_of_a_category_that_it_was_in(
    category: str, before: frozenset[str], offer: Offer, is_out: bool
) -> None:
    assert is_moved_out(category, before, offer) is is_out


def test_other_categories_are_told_apart_where_all_are_known() -> None:
    assert effect_of(known(categories=WINE), poll(1, IN_BEER)) == Effect(recategorises=True)
    assert effect_of(known(categories=BEER), poll(1, IN_BEER)) == NOTHING
    assert effect_of(known(), poll(1, IN_BEER)) == NOTHING
    assert effect_of(known(categories=WINE), poll(1)) == NOTHING


EURO = Money(900, "EUR")


@pytest.mark.parametrize(
    ("before", "offer", "is_repriced"),
    [
        ({}, {"price": Money(1000, "USD")}, False),
        ({}, {"price": Money(999, "USD")}, True),
        ({}, {"price": Money(0, "USD")}, True),
        ({}, {"price": Money(999, "EUR")}, False),
        # The seller's own price counts where the marketplace converts it.
        (
            {"own_minor": 900, "own_currency": "EUR"},
            {"price": Money(1010, "USD"), "own": EURO},
            False,
        ),
        ({"own_minor": 950, "own_currency": "EUR"}, {"own": EURO}, True),
        ({"own_minor": 900, "own_currency": "GBP"}, {"own": EURO, "price": Money(5, "USD")}, False),
        ({"own_minor": 900, "own_currency": "EUR"}, {"price": Money(999, "USD")}, True),
        # A bid is no repricing, and losing or gaining Buy It Now is none.
        ({"price_minor": None, "bid_minor": 5}, {"price": None, "bid": Money(6, "USD")}, False),
        ({"bid_minor": 5}, {"price": None, "bid": Money(6, "USD")}, False),
        ({"price_minor": None, "bid_minor": 5}, {"bid": Money(6, "USD")}, False),
        ({"bid_minor": 5}, {"bid": Money(6, "USD"), "price": Money(999, "USD")}, True),
    ],
)
def test_a_repricing_is_another_price_of_the_sellers_own(
    before: dict[str, Any], offer: dict[str, Any], is_repriced: bool
) -> None:
    effect = effect_of(known(**before), poll(1, replace(OFFER, **offer)))
    assert effect == Effect(reprices=is_repriced)


def test_another_title_is_a_retitling() -> None:
    assert effect_of(known(), poll(1, replace(OFFER, title="Red wine"))) == Effect(retitles=True)


def test_a_listing_may_return_at_another_price_and_title() -> None:
    offer = replace(OFFER, title="Red wine", price=Money(5, "USD"))
    assert effect_of(ENDED_BY_POLL, poll(1, offer)) == Effect(
        returns=True, reprices=True, retitles=True
    )


observations = st.builds(
    lambda sequence, minute, offer, created: (
        poll(minute, offer) if sequence is None else event(sequence, minute, offer, created=created)
    ),
    st.one_of(st.none(), st.integers(1, 9)),
    st.integers(-5, 5),
    st.sampled_from([None, OFFER, replace(OFFER, price=Money(5, "USD"))]),
    st.booleans(),
)


def after(before: Known, seen: Observation) -> Known:
    """What is known once `seen` is applied, as recording writes it."""
    if effect_of(before, seen).is_old:
        return before
    price = seen.offer.price if seen.offer else None
    return replace(
        before,
        price_minor=price.minor if price else before.price_minor,
        observed_at=max(seen.at, before.observed_at),
        event_sequence=seen.sequence or before.event_sequence,
        ended_at=None if seen.offer else before.ended_at or seen.at,
    )


@given(st.lists(observations, max_size=6), observations)
def test_applying_an_observation_twice_equals_applying_it_once(
    earlier: list[Observation], seen: Observation
) -> None:
    before = known()
    for one in earlier:
        before = after(before, one)
    once = after(before, seen)
    assert after(once, seen) == once
    assert effect_of(once, seen) in (OLD, IN_DOUBT, NOTHING)


@pytest.mark.parametrize(
    ("started_at", "filled_at", "is_new"),
    [
        (at(1), None, False),
        (None, NOON, False),
        (at(1), NOON, True),
        (at(-10), NOON, True),
        (at(-10.01), NOON, False),
    ],
)
def test_a_listing_is_news_from_ten_minutes_before_the_filling_on(
    started_at: datetime | None, filled_at: datetime | None, is_new: bool
) -> None:
    assert is_news(started_at, filled_at) is is_new
