"""Each gate holds in welcome mails, digests, lists and previews alike."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import DuplicateAlert
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import shown_by
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.facts import features_of
from ebay_alerts.alerts.services.keeping import put_wish
from ebay_alerts.kit.money import Money
from ebay_alerts.market.models import Listing, Membership
from ebay_alerts.market.sellers import mark_of
from tests.alerts.conftest import Desk, news, told, usd, wish

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


def keep(desk: Desk, ann: User, **gates: Any) -> Alert:
    """An alert that has begun with nothing there."""
    alert = desk.keep(ann, **gates)
    desk.start()
    return alert


def test_only_what_can_be_bought_as_wanted_is_told(desk: Desk, ann: User) -> None:
    fixed, auction = keep(desk, ann, buying="fixed_price"), keep(desk, ann, buying="auction")
    desk.put("fixed", 10)
    desk.show("bid", None, bid=usd(20))
    desk.put("both", 30, bid=usd(5))
    desk.slot()
    assert sorted(news(fixed)) == [("appeared", "both", 30), ("appeared", "fixed", 10)]
    assert sorted(news(auction)) == [("appeared", "bid", 20)]


def test_a_listing_that_two_alerts_want_is_told_by_one(desk: Desk, ann: User) -> None:
    first, second = keep(desk, ann), keep(desk, ann, buying="fixed_price")
    desk.put("a", 10)
    desk.slot()
    assert len(news(first, second)) == 1


def test_only_what_is_where_it_should_be_is_told(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, countries=["us", "CA"])
    other = keep(desk, ann, excluded_countries=["US", "CN"])
    for name, country in {"a": "US", "b": "CA", "c": "CN", "d": "FR", "e": ""}.items():
        desk.put(name, 10, country=country)
    desk.slot()
    assert {name for _, name, _ in news(alert, other)} == {"a", "b", "d", "e"}
    assert {name for _, name, _ in news(other)} <= {"b", "d", "e"}


def test_only_what_may_be_sent_here_is_told(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, ships_to_me=True)
    desk.put("free", 10)
    desk.put("unknown", 10, shipping="unknown", shipping_minor=None)
    desk.put("elsewhere", 10, shipping="none", shipping_minor=None)
    desk.slot()
    assert sorted(news(alert)) == [("appeared", "free", 10), ("appeared", "unknown", 10)]
    assert {row.listing.legacy_id for row in shown_by(alert)} == {"free", "unknown"}


def test_only_what_is_sent_for_free_is_told(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, free_shipping=True)
    desk.put("free", 10)
    desk.put("zero", 10, shipping="fixed", shipping_minor=0)
    desk.put("dear", 10, shipping="fixed", shipping_minor=500)
    desk.put("unknown", 10, shipping="unknown", shipping_minor=None)
    desk.slot()
    assert {name for _, name, _ in news(alert)} == {"free", "zero"}


def test_only_what_is_in_the_wanted_condition_is_told(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, conditions=["new", "open_box"])
    for name, group in {"a": "new", "b": "open_box", "c": "used", "d": ""}.items():
        desk.put(name, 10, condition_group=group)
    desk.slot()
    assert {name for _, name, _ in news(alert)} == {"a", "b"}


def test_only_what_the_wanted_sellers_sell_is_told_whatever_the_case_of_their_names(
    desk: Desk, ann: User
) -> None:
    wanted = keep(desk, ann, sellers=["Cellar-Master", "bob"])
    others = keep(desk, ann, excluded_sellers=["BOB"])
    for name, seller in {"a": "cellar-master", "b": "Bob", "c": "eve", "d": ""}.items():
        desk.put(name, 10, seller=mark_of(seller))
    desk.slot()
    assert {name for _, name, _ in news(wanted)} == {"a", "b"}
    assert {row.listing.legacy_id for row in shown_by(others)} == {"a", "c", "d"}


def test_words_and_phrases_are_excluded_as_the_keywords_would(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, excluded_words=["Empty", "for parts", "t-shirt"])
    titles = {
        "a": "Wine for all parts",
        "b": "Wine EMPTY bottle",
        "c": "Wine, for parts!",
        "d": "Wine tshirt",
        "e": "Wine emptying tool",
    }
    for name, title in titles.items():
        desk.put(name, 10, title=title)
    desk.slot()
    assert {name for _, name, _ in news(alert)} == {"a", "e"}
    assert {row.listing.legacy_id for row in shown_by(alert)} == {"a", "e"}


def test_excluding_words_leaves_the_alert_where_it_stands(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann)
    desk.put("a", 10, title="Wine empty")
    before = Alert.objects.get()
    keeping.change_alert(ann, alert.pk, wish(excluded_words=["empty"]), desk.now)
    after = Alert.objects.get()
    assert (after.cursor, after.search_id) == (before.cursor, before.search_id)
    assert desk.slot() == []


def test_a_retitled_listing_is_judged_by_its_new_title(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, excluded_words=["empty"])
    desk.put("a", 10, title="Wine empty")
    assert desk.slot() == []
    desk.put("a", 9, title="Wine full")
    assert [row.listing.legacy_id for row in shown_by(alert)] == ["a"]
    desk.put("a", 9, title="Wine Empty!")
    assert list(shown_by(alert)) == []


def test_a_limit_of_the_total_counts_shipping(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, max_price=20, price_basis="total")
    desk.put("a", 15, shipping="fixed", shipping_minor=500)
    desk.put("b", 16, shipping="fixed", shipping_minor=500)
    desk.put("c", 20, shipping="unknown", shipping_minor=None)
    desk.slot()
    assert sorted(news(alert)) == [("appeared", "a", 15), ("appeared", "c", 20)]
    desk.put("b", 14, shipping="fixed", shipping_minor=500)
    desk.put("a", 17, shipping="fixed", shipping_minor=500)
    desk.slot()
    assert sorted(news(alert))[2:] == [("entered", "b", 14), ("exceeded", "a", 17)]


def test_only_what_is_asked_for_is_told(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, triggers=["fall", "ended"])
    desk.put_all({"a": 100, "b": 100})
    assert desk.slot() == []
    desk.put_all({"a": 110, "b": 90})
    desk.slot()
    desk.put_all({"a": 95, "b": 100})
    desk.slot()
    desk.end("a")
    desk.end("b")
    desk.slot()
    assert news(alert) == [
        ("repriced", "b", 90),
        ("repriced", "a", 95),
        ("ended", "a", 95),
        ("ended", "b", 100),
    ]


def test_a_change_must_be_large_enough_in_money_too(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, min_change_percent=5, min_change_amount=20)
    desk.put_all({"cheap": 100, "dear": 1000})
    desk.slot()
    desk.put_all({"cheap": 90, "dear": 970})
    assert desk.slot() == []
    desk.put_all({"cheap": 80, "dear": 950})
    desk.slot()
    assert sorted(news(alert))[2:] == [("repriced", "cheap", 80), ("repriced", "dear", 950)]


def test_the_welcome_mail_and_the_footing_know_the_gates(desk: Desk, ann: User) -> None:
    desk.put("x", 10)
    alert = desk.keep(ann, buying="auction", countries=["CA", "US"], triggers=["new", "fall"])
    desk.put("fixed", 10)
    desk.show("bid", None, bid=usd(20), country="US")
    desk.fill()
    desk.start()
    assert [name for _, name, _ in told(alert)] == ["bid"]
    desk.show("later", None, bid=usd(20), country="US")
    [mail] = desk.slot()
    words = "auctions only, from CA or US; tells new listings and falls"
    assert words in mail.text
    assert words in mail.html


def test_the_same_search_with_other_gates_is_another_alert(desk: Desk, ann: User) -> None:
    keep(desk, ann)
    for gates in (
        {"buying": "auction"},
        {"free_shipping": True},
        {"countries": ["US"]},
        {"excluded_countries": ["US"]},
        {"triggers": ["new"]},
        {"price_basis": "total"},
        {"conditions": ["new"]},
        {"sellers": ["bob"]},
        {"excluded_sellers": ["bob"]},
        {"excluded_words": ["empty"]},
    ):
        keep(desk, ann, **gates)
    assert Alert.objects.count() == 11
    with pytest.raises(DuplicateAlert):
        keep(desk, ann, excluded_words=["  EMPTY "])


def test_gates_that_are_changed_hold_from_then_on(desk: Desk, ann: User) -> None:
    alert = keep(desk, ann, countries=["US"])
    desk.put("a", 10, country="FR")
    assert desk.slot() == []
    keeping.change_alert(ann, alert.pk, wish(countries=[]), desk.now)
    assert [row.listing.legacy_id for row in shown_by(Alert.objects.get())] == ["a"]
    desk.put("b", 10, country="FR")
    desk.slot()
    assert news(alert) == [("appeared", "b", 10)]


SHELF = st.lists(
    st.tuples(
        st.tuples(st.none() | st.integers(0, 30), st.none() | st.integers(0, 30)).filter(any),
        st.sampled_from(["US", "CA", "CN", ""]),
        st.sampled_from([("free", 0), ("fixed", 0), ("fixed", 500), ("calculated", None)]),
        st.sampled_from(["new", "used", "for_parts", ""]),
        st.sampled_from(["Bob", "eve", ""]),
        st.sampled_from(["", "empty", "für parts", "t-shirt", "100%_"]),
    ),
    min_size=12,
    max_size=12,
)
GATE = st.one_of(
    st.tuples(st.just("min_price"), st.integers(0, 20)),
    st.tuples(st.just("max_price"), st.integers(20, 40)),
    st.tuples(st.just("price_basis"), st.sampled_from(["item", "total"])),
    st.tuples(st.just("buying"), st.sampled_from(["any", "fixed_price", "auction"])),
    st.tuples(st.just("countries"), st.sampled_from([["US"], ["US", "CA"]])),
    st.tuples(st.just("excluded_countries"), st.sampled_from([["US"], ["CN", "US"]])),
    st.tuples(st.just("free_shipping"), st.booleans()),
    st.tuples(st.just("conditions"), st.sampled_from([["new"], ["used", "for_parts"]])),
    st.tuples(st.just("sellers"), st.sampled_from([["BOB"], ["ann", "eve"]])),
    st.tuples(st.just("excluded_sellers"), st.sampled_from([["bob"], ["EVE", "ann"]])),
    st.tuples(
        st.just("excluded_words"),
        st.sampled_from([["EMPTY"], ["fur parts", "100"], ["tshirt"], ["t shirt"], ["parts für"]]),
    ),
)


@settings(
    max_examples=8,
    deadline=None,
    # A failure names the gates; to make the shelf smaller would take minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(SHELF, st.lists(st.lists(GATE, max_size=3).map(dict), min_size=20, max_size=20))
def test_lists_show_exactly_what_the_gates_admit(
    desk: Desk, ann: User, shelf: list[Any], wishes: list[dict[str, Any]]
) -> None:
    Membership.objects.all().delete()
    Listing.objects.all().delete()
    alert = desk.keep(ann) if not ann.alerts.exists() else ann.alerts.get()
    for number, one in enumerate(shelf):
        (price, bid), country, (shipping, minor), condition, seller, words = one
        desk.show(
            f"{desk.now.timestamp()}-{number}",
            None if price is None else Money(price * 100, "USD"),
            bid=None if bid is None else Money(bid * 100, "USD"),
            country=country,
            shipping=shipping,
            shipping_minor=minor,
            condition_group=condition,
            seller=mark_of(seller),
            title=f"Wine {words}",
        )
    members = list(Membership.objects.select_related("listing"))
    assert len(members) == len(shelf)
    for wanted in wishes:
        put_wish(alert, wish(**wanted), desk.now)
        expected = set()
        for row in members:
            features, listing = features_of(row.listing, row), row.listing
            within = alert.gates.beside(features.shipping_minor)
            if within.fit(features) and within.admit(listing.figure_minor, listing.currency):
                expected.add(listing.pk)
        assert {row.listing_id for row in shown_by(alert)} == expected, wanted
