"""CSV is read back as it was meant, and opens as text and numbers in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.kit.csv_rows import csv_text, unguarded

# Text that says nothing to a spreadsheet at its beginning.
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map("x{}".format)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_text_is_as_the_rfc_wants_it() -> None:
    rows = [["a,b", 'say "x"'], ["two\r\nlines", None]]
    parts = list(csv_text(["one", "two"], [rows, [["c", 5]]]))
    assert parts == [
        'one,two\r\n"a,b","say ""x"""\r\n"two\r\nlines",\r\n',
        "c,5\r\n",
    ]


def test_a_list_without_rows_has_its_header() -> None:
    assert list(csv_text(["one", "two"], [[]])) == ["one,two\r\n"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_could_be_a_formula_is_told_as_text(sign: str) -> None:
    [text] = csv_text(["title"], [[[f"{sign}1+1"], [f"a{sign}1"]]])
    assert read(text) == [["title"], [f"'{sign}1+1"], [f"a{sign}1"]]


def test_numbers_are_left_as_they_are() -> None:
    [text] = csv_text(["a", "b", "c"], [[[-5, Decimal("-1.50"), None]]])
    assert text == "a,b,c\r\n-5,-1.50,\r\n"


def test_text_of_any_kind_is_guarded() -> None:
    class Sum(StrEnum):
        TWO = "=1+1"

    [text] = csv_text(["title"], [[[Sum.TWO]]])
    assert read(text)[1] == ["'=1+1"]


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 7, 31, 12, 0, 30, tzinfo=UTC), "2026-07-31T12:00:30Z"),
        (datetime(2026, 7, 31, 12, 0, 30, 123999, tzinfo=UTC), "2026-07-31T12:00:30.123Z"),
        (datetime(2026, 7, 31, 12, tzinfo=timezone(timedelta(hours=2))), "2026-07-31T10:00:00Z"),
        (date(2026, 7, 31), "2026-07-31"),
    ],
)
def test_times_are_of_utc_to_the_millisecond(at: date, shown: str) -> None:
    [text] = csv_text(["at"], [[[at]]])
    assert read(text)[1] == [shown]


def test_what_has_parts_is_told_as_json() -> None:
    [text] = csv_text(["a", "b"], [[[True, {"name": "=1", "prices": [1]}]]])
    assert read(text)[1] == ["true", '{"name": "=1", "prices": [1]}']


@given(st.lists(st.lists(st.tuples(PLAIN, PLAIN), max_size=4), max_size=4))
def test_what_was_written_is_read_back(portions: list[list[tuple[str, str]]]) -> None:
    text = "".join(csv_text(["one", "two"], portions))
    rows = [list(row) for portion in portions for row in portion]
    assert read(text) == ([["one", "two"], *rows] if portions else [])


@given(st.from_regex(r"'{0,3}[=+@\t-]?[^\x00]{0,4}", fullmatch=True))
def test_a_guard_is_taken_away_again_and_nothing_else(cell: str) -> None:
    [text] = csv_text(["title"], [[[cell]]])
    assert unguarded(read(text)[1][0] if cell else "") == cell
