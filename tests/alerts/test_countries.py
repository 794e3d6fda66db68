"""Countries by name, as a form offers them."""

from ebay_alerts.alerts.countries import country_choices, country_names
from ebay_alerts.market.marketplaces import MARKETPLACES


def test_every_country_of_a_marketplace_has_a_name_and_no_union_is_one() -> None:
    names = country_names()
    assert {marketplace.country for marketplace in MARKETPLACES.values()} <= names.keys()
    assert names["DE"] == "Germany"
    assert not names.keys() & {"EU", "UN", "ZZ"}
    assert list(names.values()) == sorted(names.values())


def test_a_code_without_a_name_stays_as_it_was_given() -> None:
    assert country_choices("QQ")[-1] == ("QQ", "QQ")
    assert country_choices("DE").count(("DE", "Germany")) == 1
    assert country_choices("")[0][0] == ""
