"""Money: whole minor units of a currency; `Decimal` where people and other systems see it."""

from copy import copy
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from babel.numbers import (
    NumberPattern,
    format_currency,
    get_currency_precision,
    list_currencies,
)

# The largest price taken from outside: beyond it a figure is an error, not an offer.
LARGEST_MINOR = 10**14


class Money(NamedTuple):
    """An amount in minor units (cents for USD, whole yen for JPY) and its ISO 4217 code."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-_precision(self.currency))


def amount_of(minor: int | None, currency: str) -> Decimal | None:
    """The amount of so many minor units; None of None."""
    return None if minor is None else Money(minor, currency).amount


def parse_money(value: object, currency: str) -> Money:
    """Money out of a decimal figure such as `"189.99"`; rounded half even to the minor unit.

    Raises ValueError for anything that is no finite figure from 0 to `LARGEST_MINOR`.
    """
    code = currency.upper() if isinstance(currency, str) else ""
    if code not in _currencies():
        raise ValueError(f"not a currency code: {currency!r:.20}")
    precision = _precision(code)
    try:
        amount = Decimal(str(value))
        is_in_range = 0 <= amount <= Decimal(LARGEST_MINOR).scaleb(-precision)
    except (InvalidOperation, ValueError) as error:
        raise ValueError(f"not an amount of money: {value!r:.40}") from error
    if not is_in_range:
        raise ValueError(f"an amount out of range: {value!r:.40}")
    return Money(int(amount.scaleb(precision).to_integral_value()), code)


@lru_cache(maxsize=512)
def _precision(currency: str) -> int:
    return get_currency_precision(currency)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    """Every code of ISO 4217, of the past too."""
    return frozenset(list_currencies())


@lru_cache(maxsize=8192)
def format_money(money: Money, locale: str = "en_US") -> str:
    """`$12.50`, `£3.00`, `CA$8.00`: as `locale` writes it."""
    return format_currency(money.amount, money.currency, locale=locale)


def format_whole_money(money: Money, locale: str = "en_US") -> str:
    """`$12`: without the minor units, for amounts that have none, as on an axis."""
    pattern = _whole_pattern(locale)
    return format_currency(
        money.amount, money.currency, format=pattern, locale=locale, currency_digits=False
    )


@lru_cache(maxsize=8)
def _whole_pattern(locale: str) -> NumberPattern:
    pattern: NumberPattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    return pattern
