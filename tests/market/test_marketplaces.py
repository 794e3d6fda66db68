"""The marketplaces that can be searched, and where they deliver."""

import pytest

from ebay_alerts.kit.money import parse_money
from ebay_alerts.market.errors import UnknownCountry, UnknownMarketplace
from ebay_alerts.market.marketplaces import DEFAULT, MARKETPLACES, checked_country, get_marketplace


@pytest.mark.parametrize("marketplace_id", MARKETPLACES)
def test_every_marketplace_has_a_currency_and_delivers_at_home(marketplace_id: str) -> None:
    marketplace = get_marketplace(marketplace_id)
    assert marketplace.id == f"EBAY_{marketplace.country}"
    assert parse_money("1", marketplace.currency).currency == marketplace.currency
    assert marketplace.locale.endswith(marketplace.country)


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT in MARKETPLACES


@pytest.mark.parametrize("marketplace_id", ["", "ebay_us", "EBAY_JP", "EBAY_US\x00", "x" * 10_000])
def test_an_unknown_marketplace_is_refused_with_those_that_are_known(marketplace_id: str) -> None:
    with pytest.raises(UnknownMarketplace, match="EBAY_US, EBAY_GB"):
        get_marketplace(marketplace_id)


def test_a_country_code_is_kept_in_capitals() -> None:
    assert checked_country("de") == "DE"


@pytest.mark.parametrize("code", ["", "D", "DEU", "D1", "D ", "ÄÖ", "\x00\x00", "ﬁ"])
def test_what_is_no_country_code_is_refused(code: str) -> None:
    with pytest.raises(UnknownCountry, match="write two letters"):
        checked_country(code)
