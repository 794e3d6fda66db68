"""Amounts in minor units and eBay's habit of converting them into the marketplace's currency."""

from decimal import ROUND_HALF_UP, Decimal

CURRENCIES = {
    "EBAY_US": "USD",
    "EBAY_GB": "GBP",
    "EBAY_DE": "EUR",
    "EBAY_AT": "EUR",
    "EBAY_BE": "EUR",
    "EBAY_ES": "EUR",
    "EBAY_FR": "EUR",
    "EBAY_IE": "EUR",
    "EBAY_IT": "EUR",
    "EBAY_NL": "EUR",
    "EBAY_AU": "AUD",
    "EBAY_CA": "CAD",
    "EBAY_CH": "CHF",
    "EBAY_HK": "HKD",
    "EBAY_PL": "PLN",
    "EBAY_SG": "SGD",
}

# Fixed, so that a price changes only when its seller changes it. In ten-thousandths of a US dollar.
_RATES = {
    "USD": 10_000,
    "GBP": 12_700,
    "EUR": 10_800,
    "AUD": 6_600,
    "CAD": 7_300,
    "CHF": 11_200,
    "HKD": 1_280,
    "PLN": 2_500,
    "SGD": 7_400,
}


def convert(cents: int, source: str, target: str) -> int:
    """`cents` of one currency in another, rounded half up to the cent."""
    if source == target:
        return cents
    rate = _RATES[target]
    return (2 * cents * _RATES[source] + rate) // (2 * rate)


def amount(cents: int) -> str:
    """Cents as eBay writes money: a string with two decimals."""
    return f"{cents // 100}.{cents % 100:02d}"


def wire_amount(cents: int, source: str, target: str) -> dict[str, str]:
    """An Amount in the target currency; it names the original where the two differ."""
    wire = {"value": amount(convert(cents, source, target)), "currency": target}
    if source != target:
        wire |= {"convertedFromValue": amount(cents), "convertedFromCurrency": source}
    return wire


def plain_number(cents: int) -> int | float:
    """Cents as a JSON number of whole units, an int where there are no cents."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def to_cents(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
