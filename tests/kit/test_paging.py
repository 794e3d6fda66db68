"""Cursors of lists, ours and hostile ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.paging import BadCursor, decode_cursor, encode_cursor

numbers = st.integers(-(2**63) + 1, 2**63 - 1)


@given(st.lists(numbers, min_size=1, max_size=4))
def test_a_cursor_leads_back_to_its_key(key: list[int]) -> None:
    assert decode_cursor(encode_cursor(*key), len(key)) == tuple(key)


@given(numbers, numbers)
def test_a_cursor_can_stand_in_an_address(one: int, two: int) -> None:
    assert encode_cursor(one, two).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "!!!", "é", "\x00", "%", "A" * 10_000, "MXwy\n" * 100, "MXx4", "fHw"),
        *(encode_cursor(1), encode_cursor(1, 2, 3), encode_cursor(2**63, 1)),
        encode_cursor(1, 10**4000),
    ],
)
def test_a_cursor_that_was_not_made_here_is_refused_in_words(cursor: str) -> None:
    with pytest.raises(BadCursor, match="leave it out to begin"):
        decode_cursor(cursor, 2)


@given(st.text(), st.integers(1, 3))
def test_any_text_is_a_key_of_database_numbers_or_a_bad_cursor(cursor: str, length: int) -> None:
    try:
        key = decode_cursor(cursor, length)
    except BadCursor:
        return
    assert len(key) == length
    assert all(abs(part) < 2**63 for part in key)
