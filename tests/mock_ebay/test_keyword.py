"""eBay's keyword grammar, alone and against the index."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_ebay.catalogue import legacy_id
from mock_ebay.index import Index
from mock_ebay.keyword import MAX_LENGTH, Query, matches, parse, words_of
from mock_ebay.listings import Listing
from mock_ebay.product_form import new_listing


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("wine", "Red WINE, 750ml"),
        ("red wine", "Wine that is red"),
        ("pokemon", "Pokémon Charizard ex"),
        ("POKÉMON", "pokemon card"),
        ("(iphone, ipad)", "Apple iPad mini"),
        ("rtx (4090, 5090)", "RTX 5090 sealed"),
        ("(red wine, port)", "wine, deep red"),
        ("wine -cooler", "Wine rack"),
        ('wine -"wine cooler"', "Wine rack and cooler"),
        ('"wine cooler"', "24 bottle wine cooler"),
        ("wh-1000xm4", "Sony WH 1000XM4"),
        ("iphone,15", "iPhone 15"),
        ("wine*", "wine"),
        ("and", "salt and pepper"),
        ("wine - -- ()", "wine"),
        ("(wine", "wine"),
        ('"red wine', "red wine"),
        ("-cooler", "wine"),
        ('("box set", lot) books', "Mystery Books Box Set"),
        ("x" * 100 + " more", "x" * 100),
    ],
)
def test_a_query_matches(q: str, title: str) -> None:
    assert matches(parse(q), title)


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("wine", "Wines of France"),
        ("red wine", "Red apples"),
        ("(iphone, ipad)", "Samsung phone"),
        ("rtx (4090, 5090)", "RTX 3080"),
        ("wine -cooler", "Wine COOLER"),
        ("wine -(cooler, glass)", "Wine glass"),
        ('wine -"wine cooler"', "Wine Cooler"),
        ('"wine cooler"', "cooler for wine"),
        ("and", "salt pepper"),
    ],
)
def test_a_query_does_not_match(q: str, title: str) -> None:
    assert not matches(parse(q), title)


def test_a_query_without_words_asks_for_nothing_in_particular() -> None:
    assert parse(' - () "" , ') == Query()


WORDS = st.sampled_from(["wine", "red", "rtx", "4090", "pokémon", "box", "of", "cooler"])
TITLES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
ALTERNATIVES = st.lists(st.lists(WORDS, min_size=1, max_size=2), min_size=1, max_size=3)
PHRASES = st.lists(WORDS, min_size=1, max_size=3)
TERMS = st.lists(
    st.one_of(
        st.tuples(st.just("word"), st.booleans(), WORDS),
        st.tuples(st.just("phrase"), st.booleans(), PHRASES),
        st.tuples(st.just("group"), st.booleans(), ALTERNATIVES),
    ),
    min_size=1,
    max_size=3,
)


def _text(kind: str, is_excluded: bool, content: object) -> str:
    text = {
        "word": lambda: content,
        "phrase": lambda: f'"{" ".join(content)}"',
        "group": lambda: f"({', '.join(' '.join(words) for words in content)})",
    }[kind]()
    return f"-{text}" if is_excluded else text


def _holds(kind: str, content: object, words: list[str]) -> bool:
    if kind == "word":
        return content in words
    if kind == "phrase":
        rows = [words[at : at + len(content)] for at in range(len(words))]
        return list(content) in rows
    return any(all(word in words for word in alternative) for alternative in content)


@given(TERMS, st.lists(TITLES, min_size=1, max_size=8))
def test_index_and_plain_reading_find_what_a_naive_evaluation_finds(
    terms: list[tuple[str, bool, object]], titles: list[str]
) -> None:
    q = " ".join(_text(*term) for term in terms)
    assume(len(q) <= MAX_LENGTH)
    naive = {
        number
        for number, title in enumerate(titles)
        if all(_holds(kind, content, title.split()) != no for kind, no, content in terms)
    }
    listings = _listings(titles)
    index = Index(lambda number: listings[number].title)
    for listing in listings:
        index.add(listing)
    assert index.find(parse(q)) == naive
    assert {n for n, title in enumerate(titles) if matches(parse(q), title)} == naive


@given(st.text(alphabet=' wineé"(),-*\0', max_size=120), TITLES)
def test_any_text_is_read_without_an_error(q: str, title: str) -> None:
    matches(parse(q), title)


@given(st.lists(TITLES, min_size=2, max_size=6))
def test_a_listing_taken_out_of_the_index_leaves_nothing_behind(titles: list[str]) -> None:
    listings = _listings(titles)
    index = Index(lambda number: listings[number].title)
    for listing in listings:
        index.add(listing)
    for listing in listings:
        index.remove(listing)
    assert not index.everything
    assert not any(index.word(word) for title in titles for word in words_of(title))


def _listings(titles: list[str]) -> list[Listing]:
    return [
        new_listing({"product_name": title, "price": 1}, number, legacy_id(number), 0)
        for number, title in enumerate(titles)
    ]
