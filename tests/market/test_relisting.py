"""Which earlier listing one that begins is offered again for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebay_alerts.market.relisting import Began, Earlier, likeness_of, relisted

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def began(number: int = 1, day: int = 0, **given: Any) -> Began:
    usual = {"likeness": "x", "currency": "USD", "started_at": NOW + day * DAY}
    return Began(("EBAY_US", str(number)), **(usual | given))


def earlier(pk: int = 1, ended: int | None = -1, **given: Any) -> Earlier:
    ended_at = None if ended is None else NOW + ended * DAY
    usual: dict[str, Any] = {"likeness": "x", "currency": "USD", "ended_at": ended_at}
    more = {"ends_at": None, "price_minor": 100, "relisted_as": None}
    return Earlier(pk, **(usual | more | given))


KEY = began().key


def test_what_begins_after_the_end_of_its_like_is_offered_again() -> None:
    assert relisted([began()], [earlier(7)]) == {KEY: 7}
    assert relisted([began()], [earlier(7, 0)]) == {KEY: 7}


@pytest.mark.parametrize(
    "known",
    [
        [],
        [earlier(ended=None)],
        [earlier(ended=1)],
        [earlier(ended=-31)],
        [earlier(currency="EUR")],
        [earlier(likeness="y")],
        [earlier(relisted_as=9)],
        [earlier(1), earlier(2)],
        [earlier(1), earlier(2, ended=None)],
    ],
)
def test_what_is_not_certain_is_new(known: list[Earlier]) -> None:
    assert relisted([began()], known) == {}


def test_two_that_begin_alike_are_both_new() -> None:
    assert relisted([began(1), began(2)], [earlier()]) == {}


def test_one_whose_start_is_not_known_is_new() -> None:
    assert relisted([began(started_at=None)], [earlier()]) == {}


def test_an_end_that_was_seen_late_was_at_the_time_that_had_been_told() -> None:
    seen_late = earlier(7, ended=1, ends_at=NOW - DAY)
    assert relisted([began()], [seen_late]) == {KEY: 7}


def test_a_mere_auction_is_over_when_its_time_is_up() -> None:
    over = earlier(7, ended=None, ends_at=NOW - DAY, price_minor=None)
    assert relisted([began()], [over]) == {KEY: 7}
    assert relisted([began()], [over._replace(price_minor=100)]) == {}


def test_likeness_needs_a_seller_words_and_a_picture() -> None:
    whole = ("EBAY_US", "a1", " wine ", "new", "https://i.ebayimg.com/1.jpg")
    assert likeness_of(*whole)
    for place in (1, 2, 4):
        parts = list(whole)
        parts[place] = " "[: place == 2]
        assert likeness_of(*parts) == ""
    others = {likeness_of(*whole[:at], whole[at] + "b", *whole[at + 1 :]) for at in range(5)}
    assert len({likeness_of(*whole), *others}) == 6


LIVES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20) | st.none()), max_size=8)


@settings(deadline=None)
@given(LIVES)
def test_two_listings_that_ever_lived_together_are_never_one(
    lives: list[tuple[int, int | None]],
) -> None:
    """Listings alike come one after the other, each known when it begins."""
    known: list[Earlier] = []
    for pk, (day, length) in enumerate(sorted(lives, key=lambda life: life[0]), start=1):
        found = relisted([began(pk, day)], known)
        for before in found.values():
            at = next(place for place, one in enumerate(known) if one.pk == before)
            ended_at = known[at].ended_at
            assert ended_at is not None
            assert ended_at <= NOW + day * DAY <= ended_at + 30 * DAY
            assert known[at].relisted_as is None
            known[at] = known[at]._replace(relisted_as=pk)
        known.append(earlier(pk, None if length is None else day + length))
