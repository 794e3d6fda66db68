"""Price limits and the least change worth a mail."""

import pytest

from ebay_alerts.alerts.gates import Gates


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
