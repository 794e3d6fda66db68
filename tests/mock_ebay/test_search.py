"""item_summary/search as eBay answers it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SEARCH = "/buy/browse/v1/item_summary/search"
BOTH = "buyingOptions:{AUCTION|FIXED_PRICE}"


def every_page(mock: Any, q: str, **params: Any) -> list[dict[str, Any]]:
    page = mock.search(q, **params)
    items = page.get("itemSummaries", [])
    headers = {"Authorization": f"Bearer {mock.token()}"}
    while "next" in page:
        page = mock.http.get(page["next"], headers=headers).raise_for_status().json()
        items += page["itemSummaries"]
    return items


def money(amount: dict[str, str]) -> float:
    return float(amount["value"])


def total(item: dict[str, Any]) -> float:
    price = item.get("price") or item["currentBidPrice"]
    shipping = item.get("shippingOptions", [{"shippingCost": {"value": "0"}}])
    return money(price) + money(shipping[0]["shippingCost"])


def test_every_word_that_newcomers_try_finds_something(big_mock: Any) -> None:
    for word in ("wine", "lego", "camera", "iphone", "rtx 4090", "pokemon", "guitar"):
        assert big_mock.search(word)["total"] > 3, word
    for word in ("watch", "sneakers", "books", "wine -cooler", "(headphones, earbuds) -sony"):
        assert big_mock.search(word)["total"] > 3, word


def test_nothing_found_has_no_summaries_at_all(big_mock: Any) -> None:
    answer = big_mock.search("zzyzx")
    assert answer["total"] == 0
    assert "itemSummaries" not in answer
    assert "next" not in answer


def test_pages_follow_each_other_by_absolute_links_and_miss_nothing(big_mock: Any) -> None:
    items = every_page(big_mock, "lego", limit=20, filter=BOTH, sort="newlyListed")
    first = big_mock.search("lego", limit=20, filter=BOTH)
    assert len({item["itemId"] for item in items}) == len(items) == first["total"]
    assert first["next"].startswith(f"{big_mock.url}{SEARCH}?")
    assert parse_qs(urlsplit(first["next"]).query)["offset"] == ["20"]


def test_a_later_page_has_a_link_back(big_mock: Any) -> None:
    answer = big_mock.search("lego", limit=10, offset=20)
    assert parse_qs(urlsplit(answer["prev"]).query)["offset"] == ["10"]
    assert answer["offset"] == 20


def test_auctions_without_a_fixed_price_hide_unless_they_are_asked_for(big_mock: Any) -> None:
    plain = every_page(big_mock, "pokemon", limit=200)
    both = every_page(big_mock, "pokemon", limit=200, filter=BOTH)
    assert all("FIXED_PRICE" in item["buyingOptions"] for item in plain)
    assert any(item["buyingOptions"] == ["AUCTION"] for item in both)


def test_an_auction_without_buy_it_now_has_a_bid_and_no_price(big_mock: Any) -> None:
    items = every_page(big_mock, "pokemon", limit=200, filter="buyingOptions:{AUCTION}")
    pure = [item for item in items if item["buyingOptions"] == ["AUCTION"]]
    assert pure
    for item in pure:
        assert "price" not in item
        assert money(item["currentBidPrice"]) > 0
        assert item["bidCount"] >= 0
        assert item["itemEndDate"] > item["itemCreationDate"]


def test_price_sorts_by_price_and_shipping(big_mock: Any) -> None:
    items = every_page(big_mock, "camera", limit=100, filter=BOTH, sort="price")
    totals = [total(item) for item in items]
    assert totals == sorted(totals)
    falling = every_page(big_mock, "camera", limit=100, filter=BOTH, sort="-price")
    assert [total(item) for item in falling] == sorted(totals, reverse=True)


def test_newly_listed_sorts_by_origin_newest_first(big_mock: Any) -> None:
    items = every_page(big_mock, "guitar", limit=100, filter=BOTH, sort="newlyListed")
    dates = [item["itemOriginDate"] for item in items]
    assert dates == sorted(dates, reverse=True)


def test_ending_soonest_sorts_by_the_end(big_mock: Any) -> None:
    items = every_page(big_mock, "watch", filter="buyingOptions:{AUCTION}", sort="endingSoonest")
    dates = [item["itemEndDate"] for item in items]
    assert dates == sorted(dates)


def test_money_and_ids_are_strings_and_counts_are_numbers(big_mock: Any) -> None:
    for item in big_mock.search("iphone", filter=BOTH, limit=200)["itemSummaries"]:
        amount = item.get("price") or item["currentBidPrice"]
        assert isinstance(amount["value"], str)
        assert isinstance(item["conditionId"], str)
        assert isinstance(item["seller"]["feedbackPercentage"], str)
        assert isinstance(item["seller"]["feedbackScore"], int)
        assert len(item["title"]) <= 80


def test_pictures_and_shipping_may_be_missing(big_mock: Any) -> None:
    items = every_page(big_mock, "(lego, iphone, watch, books, camera)", limit=200, filter=BOTH)
    assert 0 < sum("image" not in item for item in items) < len(items)
    assert 0 < sum("shippingOptions" not in item for item in items) < len(items)
    assert any(item.get("itemGroupType") == "SELLER_DEFINED_VARIATIONS" for item in items)
    assert any("marketingPrice" in item for item in items)


@pytest.mark.parametrize(
    ("params", "status", "number"),
    [
        ({}, 400, 12001),
        ({"q": "  "}, 400, 12001),
        ({"q": "wine", "limit": "0"}, 400, 12006),
        ({"q": "wine", "limit": "201"}, 400, 12006),
        ({"q": "wine", "limit": "ten"}, 400, 12007),
        ({"q": "wine", "offset": "-10"}, 400, 12004),
        ({"q": "wine", "offset": "x"}, 400, 12005),
        ({"q": "wine", "offset": "10000"}, 400, 12029),
        ({"q": "wine", "limit": "50", "offset": "20"}, 400, 12515),
        ({"category_ids": "15032"}, 409, 12013),
        ({"q": "w", "filter": "searchInDescription:true"}, 400, 12516),
        (
            {"q": "wine", "filter": "itemLocationRegion:WORLDWIDE,itemLocationCountry:US"},
            400,
            12517,
        ),
        ({"q": "wine", "filter": f"sellers:{{{'|'.join(['a'] * 251)}}}"}, 400, 12032),
        ({"q": "wine", "filter": "qualifiedPrograms:{EBAY_PLUS}"}, 400, 12033),
        (
            {"q": "wine", "category_ids": "38182,9355", "fieldgroups": "CONDITION_REFINEMENTS"},
            409,
            12020,
        ),
    ],
)
def test_a_wrong_call_is_refused_with_ebays_number(
    big_mock: Any, params: dict[str, str], status: int, number: int
) -> None:
    answer = big_mock.get(SEARCH, **params)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["errorId"]) == (status, number)
    assert error.keys() >= {"domain", "category", "message", "longMessage"}


def test_malformed_percent_encoding_is_refused(big_mock: Any) -> None:
    headers = {"Authorization": f"Bearer {big_mock.token()}"}
    answer = big_mock.http.get(f"{SEARCH}?q=50%zz", headers=headers)
    assert answer.json()["errors"][0]["errorId"] == 12521


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({"filter": "price:[10..50]"}, 12012),
        ({"filter": "priceCurrency:USD"}, 12012),
        ({"filter": "price:[10..50],priceCurrency:ZZZ"}, 12012),
        ({"filter": "price:cheap,priceCurrency:USD"}, 12002),
        ({"filter": "price:[50..10],priceCurrency:USD"}, 12002),
        ({"filter": "colour:red"}, 12002),
        ({"filter": "conditionIds:{31}"}, 12520),
        ({"filter": "conditions:{SHINY}"}, 12002),
        ({"filter": "buyingOptions:{BARTER}"}, 12002),
        ({"filter": "sellers:{not a name}"}, 12003),
        ({"filter": "deliveryPostalCode:19406"}, 12011),
        ({"filter": "pickupCountry:US"}, 12010),
        ({"filter": "maxDeliveryCost:5"}, 12002),
        ({"filter": "itemStartDate:[yesterday..]"}, 12002),
        ({"filter": "{{{{"}, 12002),
        ({"sort": "shiniest"}, 12008),
        ({"fieldgroups": "EVERYTHING"}, 12016),
    ],
)
def test_a_bad_filter_is_answered_with_a_warning_and_unfiltered_results(
    big_mock: Any, params: dict[str, str], number: int
) -> None:
    plain = big_mock.search("wine")
    answer = big_mock.search("wine", **params)
    assert number in {warning["errorId"] for warning in answer["warnings"]}
    assert answer["total"] == plain["total"]


def test_a_good_filter_has_no_warning(big_mock: Any) -> None:
    text = "price:[10..50],priceCurrency:USD,conditions:{NEW|USED},maxDeliveryCost:0"
    assert "warnings" not in big_mock.search("wine", filter=text)


def test_a_set_of_location_countries_is_ignored_without_a_word(big_mock: Any) -> None:
    plain = big_mock.search("lego")
    answer = big_mock.search("lego", filter="itemLocationCountry:{GB|US}")
    assert "warnings" not in answer
    assert answer["total"] == plain["total"]


def test_filters_narrow_to_what_they_say(big_mock: Any) -> None:
    text = f"{BOTH},price:[20..200],priceCurrency:USD,conditionIds:{{1000|3000}}"
    items = every_page(big_mock, "(lego, wine)", filter=f"{text},itemLocationCountry:US")
    assert items
    for item in items:
        assert 20 <= money(item.get("price") or item["currentBidPrice"]) <= 200
        assert item["conditionId"] in {"1000", "3000"}
        assert item["itemLocation"]["country"] == "US"


def test_open_ranges_are_read_in_all_their_forms(big_mock: Any) -> None:
    currency = "priceCurrency:USD"
    at_least = big_mock.search("wine", filter=f"price:[50],{currency}")["total"]
    assert at_least == big_mock.search("wine", filter=f"price:[50..],{currency}")["total"]
    below = big_mock.search("wine", filter=f"price:[..49.99],{currency}")["total"]
    assert at_least + below == big_mock.search("wine")["total"]


def test_sellers_can_be_asked_for_and_left_out(big_mock: Any) -> None:
    seller = big_mock.search("lego")["itemSummaries"][0]["seller"]["username"]
    theirs = big_mock.search("lego", filter=f"sellers:{{{seller}}}")
    others = big_mock.search("lego", filter=f"excludeSellers:{{{seller}}}")
    assert {item["seller"]["username"] for item in theirs["itemSummaries"]} == {seller}
    assert theirs["total"] + others["total"] == big_mock.search("lego")["total"]


def test_free_shipping_means_fixed_and_nothing(big_mock: Any) -> None:
    for item in big_mock.search("books", filter="maxDeliveryCost:0", limit=200)["itemSummaries"]:
        (option,) = item["shippingOptions"]
        assert option["shippingCostType"] == "FIXED"
        assert money(option["shippingCost"]) == 0


def calculated_costs(mock: Any, headers: dict[str, str]) -> list[float]:
    items = mock.search("(lego, wine, camera)", limit=200, headers=headers)["itemSummaries"]
    options = [item["shippingOptions"][0] for item in items if "shippingOptions" in item]
    kinds = [option for option in options if option["shippingCostType"] == "CALCULATED"]
    return [money(option["shippingCost"]) for option in kinds]


def test_calculated_shipping_is_zero_until_a_country_is_known(big_mock: Any) -> None:
    context = {"X-EBAY-C-ENDUSERCTX": "contextualLocation=country%3DUS%2Czip%3D19406"}
    assert set(calculated_costs(big_mock, {})) == {0.0}
    assert min(calculated_costs(big_mock, context)) > 0


def test_another_country_pays_more_for_shipping_or_gets_no_quote(mock: Any) -> None:
    mock.create("Quartz Owl", 20, shipping=5, worldwide=True)
    mock.create("Quartz Fox", 20, shipping=5, worldwide=False)
    context = {"X-EBAY-C-ENDUSERCTX": "contextualLocation=country%3DFR"}
    quotes = {
        item["title"]: item.get("shippingOptions")
        for item in mock.search("quartz", headers=context)["itemSummaries"]
    }
    assert money(quotes["Quartz Owl"][0]["shippingCost"]) > 5
    assert quotes["Quartz Fox"] is None


def test_another_marketplace_converts_prices_and_names_the_original(big_mock: Any) -> None:
    headers = {"X-EBAY-C-MARKETPLACE-ID": "EBAY_GB"}
    items = big_mock.search("lego", limit=200, headers=headers)["itemSummaries"]
    assert {item["price"]["currency"] for item in items} == {"GBP"}
    foreign = [item for item in items if item["listingMarketplaceId"] == "EBAY_US"]
    at_home = [item for item in items if item["listingMarketplaceId"] == "EBAY_GB"]
    assert {item["price"]["convertedFromCurrency"] for item in foreign} == {"USD"}
    assert at_home
    assert not any("convertedFromValue" in item["price"] for item in at_home)


def test_an_unknown_marketplace_is_the_american_one(big_mock: Any) -> None:
    odd = big_mock.search("lego", headers={"X-EBAY-C-MARKETPLACE-ID": "EBAY_MOON"})
    assert odd["itemSummaries"] == big_mock.search("lego")["itemSummaries"]


def test_a_category_narrows_and_needs_no_keyword(big_mock: Any) -> None:
    answer = big_mock.search(None, category_ids="38182", limit=200)
    assert {item["leafCategoryIds"][0] for item in answer["itemSummaries"]} == {"38182"}
    parent = big_mock.search("wine", category_ids="11700", limit=200)
    assert parent["total"] >= big_mock.search("wine", category_ids="38182")["total"] > 0


def test_extended_adds_description_and_city(big_mock: Any) -> None:
    plain = big_mock.search("wine")["itemSummaries"][0]
    extended = big_mock.search("wine", fieldgroups="EXTENDED")["itemSummaries"][0]
    assert "city" not in plain["itemLocation"]
    assert extended["itemLocation"]["city"]
    assert extended["shortDescription"]


def test_refinements_count_what_was_found(big_mock: Any) -> None:
    answer = big_mock.search("wine", fieldgroups="CONDITION_REFINEMENTS")
    counts = [c["matchCount"] for c in answer["refinement"]["conditionDistributions"]]
    assert sum(counts) == answer["total"]
    assert "itemSummaries" not in answer


def test_links_and_pictures_lead_to_the_host_that_was_asked(big_mock: Any) -> None:
    for item in big_mock.search("wine", limit=200)["itemSummaries"]:
        assert item["itemWebUrl"].startswith(f"{big_mock.url}/itm/")
        if "image" in item:
            assert item["image"]["imageUrl"].startswith(f"{big_mock.url}/images/")


def test_an_ended_and_a_deleted_listing_are_found_no_more(mock: Any) -> None:
    gone = mock.create("Quartz Owl")["id"]
    ended = mock.create("Quartz Fox")["id"]
    assert len(mock.titles("quartz")) == 2
    mock.http.delete(f"/products/{gone}").raise_for_status()
    mock.control(end=ended)
    assert mock.titles("quartz") == []
