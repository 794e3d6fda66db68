"""The percolator finds what evaluating every query finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.market.errors import InvalidKeywords
from ebay_alerts.market.keyword_query import KeywordQuery, parse
from ebay_alerts.market.percolator import Percolator

WORDS = st.sampled_from(["wine", "port", "oak", "red", "old", "4k", "wi-fi"])
PHRASES = st.lists(WORDS, min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"')
TERMS = WORDS | PHRASES
GROUPS = st.lists(TERMS, min_size=2, max_size=3).map(lambda terms: f"({', '.join(terms)})")
WANTED = st.lists(TERMS | GROUPS, min_size=1, max_size=3)
UNWANTED = st.lists((TERMS | GROUPS).map(lambda term: f"-{term}"), max_size=2)
TITLES = st.lists(WORDS, max_size=8).map(" ".join)


@st.composite
def queries(draw: st.DrawFn) -> str:
    return " ".join([*draw(WANTED), *draw(UNWANTED)])


def read(text: str) -> KeywordQuery | None:
    """The query, or None for one that contradicts itself."""
    try:
        return parse(text)
    except InvalidKeywords:
        return None


@given(st.lists(queries(), max_size=20), st.sets(st.integers(0, 19)), st.lists(TITLES, max_size=8))
def test_it_equals_evaluating_every_query(
    texts: list[str], removed: set[int], titles: list[str]
) -> None:
    percolator = Percolator()
    standing = {}
    for number, text in enumerate(texts):
        query = read(text)
        if query is None:
            continue
        percolator.add(number, query)
        standing[number] = query
    for number in removed & standing.keys():
        percolator.remove(number, standing.pop(number))
    for title in titles:
        found = percolator.match(title)
        assert len(found) == len(set(found))
        assert set(found) == {pk for pk, query in standing.items() if query.matches(title)}
    assert len(percolator) == len(standing)


def test_what_was_not_added_cannot_be_removed() -> None:
    percolator = Percolator()
    percolator.add(1, parse("wine"))
    for query_id, text in ((2, "wine"), (1, "port")):
        with pytest.raises(KeyError):
            percolator.remove(query_id, parse(text))
    assert percolator.match("wine") == [1]


def test_what_is_gone_leaves_nothing_behind() -> None:
    percolator = Percolator()
    for number in range(100):
        percolator.add(number, parse(f"(word{number}, other) -third"))
    for number in range(100):
        percolator.remove(number, parse(f"(word{number}, other) -third"))
    assert percolator.match("word7 other") == []
    assert not percolator._files
    assert not percolator._places
