"""Money out of figures from outside, and back into words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.money import (
    LARGEST_MINOR,
    Money,
    format_money,
    format_whole_money,
    parse_money,
)

currencies = st.sampled_from(["USD", "EUR", "GBP", "JPY", "KWD", "PLN", "XXX"])


@given(st.builds(Money, st.integers(0, LARGEST_MINOR), currencies))
def test_what_is_written_is_read_back_to_the_minor_unit(money: Money) -> None:
    assert parse_money(str(money.amount), money.currency) == money


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("189.99", "USD", 18999),
        ("0", "USD", 0),
        ("-0.00", "USD", 0),
        ("1e3", "USD", 100000),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("0.125", "USD", 12),
        ("0.135", "USD", 14),
        (" 5 ", "USD", 500),
        ("1e-999999", "USD", 0),
        (Decimal("2.50"), "EUR", 250),
        ("١٢.٥", "EUR", 1250),
    ],
)
def test_a_figure_becomes_minor_units_of_its_currency(
    value: object, currency: str, minor: int
) -> None:
    assert parse_money(value, currency) == Money(minor, currency)


def test_a_currency_in_small_letters_is_the_same_currency() -> None:
    assert parse_money("100", "jpy") == Money(100, "JPY")


@pytest.mark.parametrize("value", ["", "NaN", "sNaN", "1,50", "$5", "0x10", "1\x00", "five"])
def test_what_is_no_figure_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        parse_money(value, "USD")


@pytest.mark.parametrize("value", [None, True, [], {}, b"1", float("nan")])
def test_what_is_no_text_of_a_figure_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        parse_money(value, "USD")


@pytest.mark.parametrize(
    "value",
    [
        *("-1", "-0.001", "-inf", "Infinity", "1e400", "1e999998", "1000000000000.01"),
        pytest.param("9" * 10_000, id="long"),
    ],
)
def test_a_figure_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="an amount out of range"):
        parse_money(value, "USD")


def test_the_largest_figure_is_taken_and_one_cent_more_is_not() -> None:
    assert parse_money("1000000000000.00", "USD").minor == LARGEST_MINOR


@pytest.mark.parametrize("currency", ["", "US", "USDX", "US$", "1 2", "\x00\x00\x00", "ÜSD", None])
def test_what_is_no_currency_code_is_refused(currency: object) -> None:
    with pytest.raises(ValueError, match="not a currency code"):
        parse_money("1", currency)  # type: ignore[arg-type]


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()), st.text(max_size=4))
def test_nothing_but_money_or_a_value_error_comes_out(value: object, currency: str) -> None:
    try:
        money = parse_money(value, currency)
    except ValueError:
        return
    assert 0 <= money.minor <= LARGEST_MINOR
    assert money.currency.isalpha()
    assert money.currency.isupper()


def test_money_is_written_as_its_readers_write_it() -> None:
    assert format_money(Money(1250, "USD")) == "$12.50"
    assert format_money(Money(800, "CAD")) == "CA$8.00"
    assert format_money(Money(1500, "JPY")) == "¥1,500"
    assert format_money(Money(123456, "EUR"), "de_DE") == "1.234,56\xa0€"


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(1250000, "USD"), "$12,500"),
        (Money(12500, "JPY"), "¥12,500"),
        (Money(2000, "KWD"), "KWD2"),
        (Money(0, "CAD"), "CA$0"),
    ],
)
def test_a_whole_amount_is_written_without_minor_units(money: Money, words: str) -> None:
    assert format_whole_money(money) == words
