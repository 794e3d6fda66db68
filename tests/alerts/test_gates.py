"""Price limits, the least change worth a mail, and what a listing must be."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebay_alerts.alerts.gates import Basis, Buying, Features, Gates, Seller, Trigger
from ebay_alerts.market.errors import InvalidKeywords
from ebay_alerts.market.keyword_query import parse, spaced_words
from ebay_alerts.market.terms import Condition


@pytest.mark.parametrize(
    ("minor", "is_admitted"), [(999, False), (1000, True), (2000, True), (2001, False)]
)
def test_limits_include_their_own_price(minor: int, is_admitted: bool) -> None:
    assert Gates("USD", 1000, 2000).admit(minor, "USD") is is_admitted


def test_a_limit_of_zero_is_a_limit() -> None:
    assert not Gates("USD", max_minor=0).admit(1, "USD")
    assert Gates("USD", max_minor=0).admit(0, "USD")


def test_another_currency_passes_only_where_there_is_no_limit() -> None:
    assert Gates("USD").admit(1000, "EUR")
    assert not Gates("USD", max_minor=5000).admit(1000, "EUR")
    assert not Gates("USD", min_minor=1).admit(1000, "EUR")


@pytest.mark.parametrize(
    ("was", "now", "percent", "is_worth_it"),
    [
        (1000, 1000, 0, False),
        (1000, 999, 0, True),
        (1000, 950, 5, True),
        (1000, 951, 5, False),
        (1000, 1050, 5, True),
        (1000, 1049, 5, False),
        (0, 1, 99, True),
        (1, 0, 99, True),
    ],
)
def test_a_move_is_worth_telling_from_its_per_cent_on_in_either_direction(
    was: int, now: int, percent: int, is_worth_it: bool
) -> None:
    assert Gates("USD", min_change_percent=percent).is_worth_telling(was, now) is is_worth_it


@pytest.mark.parametrize(
    ("now", "is_worth_it"), [(950, False), (899, True), (900, True), (901, False), (1100, True)]
)
def test_the_least_change_in_per_cent_and_in_money_must_both_hold(
    now: int, is_worth_it: bool
) -> None:
    gates = Gates("USD", min_change_percent=5, min_change_minor=100)
    assert gates.is_worth_telling(1000, now) is is_worth_it


BOB = frozenset({Seller("bob", "b0b"), Seller("eve", "e4e")})


def features(**given: Any) -> Features:
    usual = {"has_price": True, "has_bid": False, "country": "US", "shipping": "unknown"}
    return Features(**(usual | {"shipping_minor": None} | given))


@pytest.mark.parametrize(
    ("gates", "listing", "fits"),
    [
        ({"buying": Buying.FIXED_PRICE}, {}, True),
        ({"buying": Buying.FIXED_PRICE}, {"has_price": False, "has_bid": True}, False),
        ({"buying": Buying.AUCTION}, {}, False),
        ({"buying": Buying.AUCTION}, {"has_bid": True}, True),
        ({"countries": frozenset({"US", "CA"})}, {"country": "CA"}, True),
        ({"countries": frozenset({"US", "CA"})}, {"country": "CN"}, False),
        ({"countries": frozenset({"US"})}, {"country": ""}, False),
        ({"excluded_countries": frozenset({"CN"})}, {"country": "CN"}, False),
        ({"excluded_countries": frozenset({"CN"})}, {"country": ""}, True),
        ({"free_shipping": True}, {"shipping": "free"}, True),
        ({"free_shipping": True}, {"shipping": "fixed", "shipping_minor": 0}, True),
        ({"free_shipping": True}, {"shipping": "fixed", "shipping_minor": 1}, False),
        ({"free_shipping": True}, {"shipping": "calculated", "shipping_minor": 0}, False),
        ({"free_shipping": True}, {}, False),
        ({"conditions": frozenset({Condition.NEW})}, {"condition_group": "new"}, True),
        ({"conditions": frozenset({Condition.NEW})}, {"condition_group": "used"}, False),
        ({"conditions": frozenset({Condition.NEW})}, {}, False),
        ({"sellers": BOB}, {"seller": "b0b"}, True),
        ({"sellers": BOB}, {"seller": "e7e"}, False),
        ({"sellers": BOB}, {}, False),
        ({"excluded_sellers": BOB}, {"seller": "b0b"}, False),
        ({"excluded_sellers": BOB}, {"seller": "e7e"}, True),
        ({"excluded_sellers": BOB}, {}, True),
        # A wish knows no marks: it refuses and admits nobody by chance.
        ({"excluded_sellers": frozenset({Seller("bob")})}, {}, True),
        ({"sellers": frozenset({Seller("bob")})}, {}, False),
    ],
)
def test_what_a_listing_must_be(gates: dict[str, Any], listing: dict[str, Any], fits: bool) -> None:
    assert Gates("USD", **gates).fit(features(**listing)) is fits


def test_limits_of_the_total_leave_room_for_shipping() -> None:
    gates = Gates("USD", 1000, 2000, basis=Basis.TOTAL)
    assert gates.beside(500).admit(1500, "USD")
    assert not gates.beside(500).admit(1501, "USD")
    assert gates.beside(500).admit(500, "USD")
    assert gates.beside(None).admit(2000, "USD")
    assert Gates("USD", max_minor=2000).beside(500).admit(2000, "USD")


def test_an_alert_tells_everything_unless_it_is_asked_for_less() -> None:
    assert all(map(Gates("USD").tell, Trigger))
    falls = Gates("USD", triggers=frozenset({Trigger.FALL}))
    assert [trigger for trigger in Trigger if falls.tell(trigger)] == [Trigger.FALL]


WORDS = st.sampled_from(
    ["for", "parts", "wi-fi", "wifi", "t-shirt", "Tasché", "日本", "3.5mm", "½", "-"]
)
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@settings(deadline=None)
@given(PHRASES, st.lists(WORDS, max_size=6).map(" ".join))
def test_an_excluded_word_excludes_what_the_keyword_language_excludes(
    excluded: str, title: str
) -> None:
    gates = Gates("USD", excluded_words=(excluded,))
    as_typed = f'"{excluded}"' if " " in excluded else excluded
    try:
        query = parse(f"zebra -{as_typed}")
    except InvalidKeywords:
        return
    fits = gates.fit(features(words=spaced_words(f"zebra {title}")))
    assert fits is query.matches(f"zebra {title}")
