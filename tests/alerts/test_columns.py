"""The columns that a shape of the API has in a table."""

from typing import Any

import pytest
from pydantic import BaseModel

from ebay_alerts.alerts.columns import columns_of


class Wine(BaseModel):
    name: str
    years: list[int]
    words: list[str]
    # Came later: what was recorded before lacks it.
    colour: str = "red"


class Change(BaseModel):
    at: int
    before: Wine | None
    after: Wine | None


NAMES = [
    "at",
    *(f"{part}.{name}" for part in ("before", "after") for name in Wine.model_fields),
]


def cells(row: dict[str, Any]) -> dict[str, Any]:
    names, values_in = columns_of(Change)
    return dict(zip(names, values_in(row), strict=True))


def test_a_part_has_a_column_for_each_of_its_fields() -> None:
    names, _ = columns_of(Change)
    assert names == NAMES


def test_a_part_that_is_not_there_has_empty_cells() -> None:
    assert cells({"at": 5, "after": None, "before": None}) == dict.fromkeys(NAMES) | {"at": 5}


def test_words_are_told_with_spaces_and_other_lists_as_they_are() -> None:
    row = cells(
        {"at": 5, "before": None, "after": {"name": "", "years": [1, 2], "words": ["a", "b"]}}
    )
    assert (row["after.years"], row["after.words"]) == ([1, 2], "a b")


def test_what_an_old_record_lacks_has_its_default() -> None:
    row = cells({"at": 5, "before": {"name": "x", "years": [], "words": []}, "after": None})
    assert (row["before.colour"], row["after.colour"]) == ("red", None)


def test_what_a_record_must_have_is_missed() -> None:
    with pytest.raises(KeyError):
        cells({"at": 5, "before": {"name": "x"}, "after": None})


def test_a_flat_shape_gives_its_values_in_the_order_of_its_fields() -> None:
    class Price(BaseModel):
        amount: int
        currency: str | None

    names, values_in = columns_of(Price)
    assert (names, list(values_in({"currency": None, "amount": 5}))) == (
        ["amount", "currency"],
        [5, None],
    )
    _, values_in = columns_of(Wine)
    row = {"colour": "white", "words": ["a", "b"], "years": [1], "name": "x"}
    assert list(values_in(row)) == ["x", [1], "a b", "white"]
