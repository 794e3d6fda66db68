"""The marketplaces that eBay's Browse API can search (its reference page of supported sites)."""

from typing import NamedTuple

from ebay_alerts.market.errors import UnknownCountry, UnknownMarketplace


class Marketplace(NamedTuple):
    """One of eBay's sites: the currency it prices in, where it delivers by default, its locale."""

    id: str
    site: str
    currency: str
    country: str
    locale: str


_TABLE = (
    Marketplace("EBAY_US", "ebay.com", "USD", "US", "en_US"),
    Marketplace("EBAY_GB", "ebay.co.uk", "GBP", "GB", "en_GB"),
    Marketplace("EBAY_DE", "ebay.de", "EUR", "DE", "de_DE"),
    Marketplace("EBAY_AT", "ebay.at", "EUR", "AT", "de_AT"),
    Marketplace("EBAY_AU", "ebay.com.au", "AUD", "AU", "en_AU"),
    Marketplace("EBAY_BE", "ebay.be", "EUR", "BE", "nl_BE"),
    Marketplace("EBAY_CA", "ebay.ca", "CAD", "CA", "en_CA"),
    Marketplace("EBAY_CH", "ebay.ch", "CHF", "CH", "de_CH"),
    Marketplace("EBAY_ES", "ebay.es", "EUR", "ES", "es_ES"),
    Marketplace("EBAY_FR", "ebay.fr", "EUR", "FR", "fr_FR"),
    Marketplace("EBAY_HK", "ebay.com.hk", "HKD", "HK", "en_HK"),
    Marketplace("EBAY_IE", "ebay.ie", "EUR", "IE", "en_IE"),
    Marketplace("EBAY_IT", "ebay.it", "EUR", "IT", "it_IT"),
    Marketplace("EBAY_NL", "ebay.nl", "EUR", "NL", "nl_NL"),
    Marketplace("EBAY_PL", "ebay.pl", "PLN", "PL", "pl_PL"),
    Marketplace("EBAY_SG", "ebay.com.sg", "SGD", "SG", "en_SG"),
)
MARKETPLACES = {marketplace.id: marketplace for marketplace in _TABLE}
DEFAULT = "EBAY_US"


def get_marketplace(marketplace_id: str) -> Marketplace:
    """Raises UnknownMarketplace."""
    try:
        return MARKETPLACES[marketplace_id]
    except KeyError:
        raise UnknownMarketplace(
            f"{marketplace_id!r:.40} is no marketplace; choose one of {', '.join(MARKETPLACES)}"
        ) from None


def checked_country(code: str) -> str:
    """The country code in capitals. Raises UnknownCountry."""
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise UnknownCountry(f"{code!r:.40} is no country code; write two letters such as US")
    return code.upper()
