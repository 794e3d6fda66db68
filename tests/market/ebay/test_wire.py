"""eBay's items become our offers, or are refused with the reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.money import LARGEST_MINOR, Money
from ebay_alerts.market.ebay.wire import read_item, read_page, reference_of
from ebay_alerts.market.errors import Malformed
from ebay_alerts.market.observing import Observation, Offer
from ebay_alerts.market.sellers import mark_of
from tests.market.ebay.items import item, money

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def read(body: Any) -> Observation:
    return read_item(body, "EBAY_US", NOW)


def offer(**changes: Any) -> Offer:
    seen = read(item(**changes))
    assert seen.offer is not None
    return seen.offer


def test_a_plain_item_becomes_an_offer_in_our_words() -> None:
    assert read(item()) == Observation(
        marketplace="EBAY_US",
        legacy_id="110001",
        reference="v1|110001|0",
        at=NOW,
        offer=Offer(
            title="Wine - Old Mill Pinot Noir",
            url="https://www.ebay.com/itm/110001",
            price=Money(4100, "USD"),
            image_url="https://i.ebayimg.com/1.jpg",
            shipping="fixed",
            shipping_minor=550,
            condition="New",
            seller=mark_of("old_mill"),
            seller_percent="99.9",
            country="US",
            started_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        ),
    )


def test_three_fields_are_enough() -> None:
    seen = read({"itemId": "v1|7|0", "title": "Wine", "price": money("1")})
    assert seen.legacy_id == "7"
    assert seen.offer == Offer(title="Wine", url="", price=Money(100, "USD"))


def test_a_mere_auction_has_a_bid_and_no_price_even_where_the_bid_is_mirrored() -> None:
    auction = {"buyingOptions": ["AUCTION"], "currentBidPrice": money("12.50"), "bidCount": 3}
    for price in (None, money("12.50")):
        seen = offer(**auction, price=price)
        assert (seen.price, seen.bid, seen.bid_count) == (None, Money(1250, "USD"), 3)
        assert seen.figure == Money(1250, "USD")


def test_an_auction_with_buy_it_now_has_both_figures() -> None:
    seen = offer(buyingOptions=["AUCTION", "FIXED_PRICE"], currentBidPrice=money("12"), bidCount=0)
    assert (seen.price, seen.bid) == (Money(4100, "USD"), Money(1200, "USD"))
    assert seen.figure == Money(4100, "USD")


def test_the_sellers_own_price_is_kept_where_the_marketplace_converts() -> None:
    price = money("21.80", convertedFromValue="20.00", convertedFromCurrency="EUR")
    assert offer(price=price).own == Money(2000, "EUR")
    assert offer(price=money("21.80", convertedFromCurrency="EUR")).own is None


@pytest.mark.parametrize(
    ("options", "shipping"),
    [
        (None, ("unknown", None)),
        ([], ("unknown", None)),
        ([("CALCULATED", "0.00")], ("calculated", None)),
        ([("CALCULATED", "9.00")], ("calculated", None)),
        ([("FIXED", "0.00")], ("free", 0)),
        ([("FIXED", "5.50"), ("FIXED", "3.20")], ("fixed", 320)),
        ([("CALCULATED", "0.00"), ("FIXED", "5.50")], ("fixed", 550)),
        ([("FIXED", "5.50"), ("FIXED", "0")], ("free", 0)),
    ],
)
def test_shipping_is_the_cheapest_known_way_and_calculated_is_not_free(
    options: list[tuple[str, str]] | None, shipping: tuple[str, int | None]
) -> None:
    wire = options and [
        {"shippingCostType": kind, "shippingCost": money(cost)} for kind, cost in options
    ]
    seen = offer(shippingOptions=wire)
    assert (seen.shipping, seen.shipping_minor) == shipping


def test_shipping_in_another_currency_than_the_price_is_not_added_to_it() -> None:
    wire = [{"shippingCostType": "FIXED", "shippingCost": money("0.00", "EUR")}]
    assert offer(shippingOptions=wire).shipping_minor is None


def test_a_variation_has_its_groups_legacy_id_and_a_from_price() -> None:
    seen = read(item(itemId="v1|110001|77", itemGroupType="SELLER_DEFINED_VARIATIONS"))
    assert seen.legacy_id == "110001"
    assert seen.offer is not None
    assert seen.offer.is_from_price


@pytest.mark.parametrize(
    ("end", "has_ended"),
    [
        ("2026-05-01T12:00:00.000Z", True),
        ("2026-05-01T12:00:00.001Z", False),
        ("2026-05-01T14:00:00+02:00", True),
        ("2026-05-01T12:00:00-02:00", False),
    ],
)
def test_a_listing_whose_end_is_past_has_ended(end: str, has_ended: bool) -> None:
    assert (read(item(itemEndDate=end)).offer is None) is has_ended


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//ebay.com/x",
        "https://e\nvil/",
        "https://e\x00vil/",
        "https://e\u202evil/",
        "https://x/" + "a" * 1000,
        17,
        {"a": 1},
        [],
        True,
    ],
)
def test_a_link_that_is_not_plainly_the_web_is_dropped(url: Any) -> None:
    seen = offer(itemWebUrl=url, image={"imageUrl": url})
    assert (seen.url, seen.image_url) == ("", "")


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Wine\r\nBcc: x@example.com", "Wine Bcc: x@example.com"),
        ("\x00Wine\x1b[31m", "Wine [31m"),
        ("Wi\ud800ne", "Wi ne"),
        ("\u202eeniW\u202c\u2028", "eniW"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("x" * 10_000, "x" * 200),
        (17, "17"),
    ],
)
def test_a_title_is_one_line_of_printable_text(title: Any, line: str) -> None:
    assert offer(title=title).title == line


def test_lines_are_cut_to_what_their_columns_hold() -> None:
    seen = offer(
        condition="c" * 500,
        itemLocation={"country": "UNITED"},
    )
    assert [len(seen.condition), len(seen.country)] == [60, 2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("99.8", "99.8"),
        ("100", "100"),
        (99.5, "99.5"),
        ("9" * 500, ""),
        ("ann_sells", ""),
        ({}, ""),
    ],
)
def test_of_a_seller_only_a_share_and_a_mark_are_kept(said: Any, kept: str) -> None:
    seller = {"username": "ann_sells", "feedbackPercentage": said}
    seen = offer(seller=seller)
    assert seen.seller_percent == kept
    assert "ann_sells" not in str(seen)


def test_a_seller_has_one_mark_however_the_name_is_written(settings: Any) -> None:
    marks = {offer(seller={"username": name}).seller for name in ("Ann_Sells", "ann_sells ")}
    assert marks == {mark_of("ANN_SELLS")}
    assert mark_of("ann_sell") not in marks
    assert offer(seller={"username": ["ann"]}).seller == offer(seller={}).seller == ""
    settings.SECRET_KEY = "another installation's"
    assert mark_of("ann_sells") not in marks


@pytest.mark.parametrize(
    ("condition_id", "group"),
    [
        ("1000", "new"),
        ("1500", "open_box"),
        ("2010", "refurbished"),
        (3000, "used"),
        ("7000", "for_parts"),
        ("1234", ""),
        (None, ""),
        (["1000"], ""),
    ],
)
def test_a_condition_belongs_to_a_group_by_its_id(condition_id: Any, group: str) -> None:
    assert offer(conditionId=condition_id).condition_group == group


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"itemId": None}, "itemId"),
        ({"itemId": ""}, "no item id"),
        ({"itemId": "110001", "legacyItemId": None}, "no item id"),
        ({"itemId": "v1||0", "legacyItemId": None}, "no item id"),
        ({"itemId": "v1|1\x00|0", "legacyItemId": None}, "no item id"),
        ({"itemId": "v1|1|0" + "0" * 200}, "no item id"),
        ({"legacyItemId": "9" * 65}, "no item id"),
        ({"legacyItemId": "1\n2"}, "no item id"),
        ({"legacyItemId": 110001}, "legacyItemId"),
        ({"title": None}, "no title"),
        ({"title": " \x00 "}, "no title"),
        ({"title": ["Wine"]}, "no title"),
        ({"price": None}, "neither a price nor a bid"),
        ({"price": "41"}, "price"),
        ({"price": money(41)}, "price.value"),
        ({"price": money("NaN")}, "amount of money"),
        ({"price": money("-1")}, "out of range"),
        ({"price": money("1e30")}, "out of range"),
        ({"price": money("1e999999")}, "out of range"),
        ({"price": money("1", "DOLLAR")}, "currency code"),
        ({"price": money("1", None)}, "price.currency"),
        ({"currentBidPrice": money("1", "EUR"), "buyingOptions": ["FIXED_PRICE"]}, "currencies"),
        ({"bidCount": -1}, "bidCount"),
        ({"bidCount": 10**12}, "bidCount"),
        ({"bidCount": float("nan")}, "bidCount"),
        ({"seller": "me"}, "seller"),
        ({"buyingOptions": "AUCTION"}, "buyingOptions"),
        ({"shippingOptions": [{"shippingCost": money("x")}]}, "amount of money"),
        ({"itemEndDate": "2026-05-01T12:00:00"}, "itemEndDate"),
        ({"itemEndDate": "9999-12-31T23:59:59.999Z"}, "itemEndDate"),
        ({"itemCreationDate": "0001-01-01T00:00:00+14:00"}, "itemCreationDate"),
        ({"itemCreationDate": "soon"}, "itemCreationDate"),
        ({"itemCreationDate": 1e300}, "itemCreationDate"),
    ],
)
def test_an_item_that_cannot_be_an_offer_is_refused_with_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Malformed, match=reason):
        read(item(**changes))


@pytest.mark.parametrize("body", [None, [], "item", 5, {}, {"itemId": None}, True])
def test_what_is_no_item_at_all_is_refused(body: Any) -> None:
    with pytest.raises(Malformed):
        read(body)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)
amounts = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {"value": st.one_of(st.text(), st.floats().map(str)), "currency": st.text()}
    ),
)
dates = st.one_of(json_values, st.datetimes().map(str), st.datetimes().map(lambda d: f"{d}+14:00"))
odd_items = st.fixed_dictionaries(
    {},
    optional={
        "itemId": st.one_of(json_values, st.text().map("v1|{}|0".format)),
        "legacyItemId": json_values,
        "title": json_values,
        "price": amounts,
        "currentBidPrice": amounts,
        "bidCount": json_values,
        "buyingOptions": json_values,
        "shippingOptions": st.one_of(
            json_values, st.lists(st.fixed_dictionaries({"shippingCost": amounts}))
        ),
        "seller": json_values,
        "itemLocation": json_values,
        "itemCreationDate": dates,
        "itemEndDate": dates,
        "itemGroupType": json_values,
        "itemWebUrl": json_values,
        "image": json_values,
    },
)


@given(st.one_of(json_values, odd_items, odd_items.map(lambda odd: item() | odd)))
def test_whatever_comes_is_malformed_or_fits_the_database(body: Any) -> None:
    assert reference_of(body).isprintable()
    try:
        seen = read(body)
    except Malformed:
        return
    assert 0 < len(seen.legacy_id) <= 64
    assert 0 < len(seen.reference) <= 120
    assert (seen.legacy_id + seen.reference).isprintable()
    if seen.offer is not None:
        assert_storable(seen.offer)


def assert_storable(offer: Offer) -> None:
    assert 0 < len(offer.title) <= 200
    assert 0 <= offer.figure.minor <= LARGEST_MINOR
    assert offer.title.isprintable()
    assert offer.url.isprintable()
    assert offer.bid_count is None or offer.bid_count < 2**31
    for moment in (offer.started_at, offer.ends_at):
        assert moment is None or moment + timedelta(days=365) > moment


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], "page", {}, {"total": "many"}, {"total": -1}, {"total": 10**30}),
        {"total": float("nan")},
        {"total": 1, "itemSummaries": "none"},
        {"total": 1, "itemSummaries": {"a": 1}},
        {"total": 1, "next": 5},
    ],
)
def test_an_answer_that_is_no_page_is_malformed_and_never_empty(body: Any) -> None:
    with pytest.raises(Malformed, match="eBay's search answer cannot be read"):
        read_page(body)


def test_a_page_without_items_is_an_empty_page() -> None:
    page = read_page({"total": 0, "href": "x", "limit": 200, "offset": 0})
    assert (page.total, page.item_summaries, page.next, page.warnings) == (0, [], None, [])


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (item(), "v1|110001|0"),
        ({"itemId": "a\x00\nb"}, "a b"),
        ({"itemId": "x" * 500}, "x" * 120),
        *[(body, "unknown") for body in ({}, None, {"itemId": [1]}, [])],
    ],
)
def test_what_cannot_be_read_keeps_its_id_as_far_as_there_is_one(body: Any, reference: str) -> None:
    assert reference_of(body) == reference
