"""The percolator finds what evaluating every query finds, whatever is added and removed."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ebay_alerts.market.errors import InvalidKeywords
from ebay_alerts.market.keyword_query import KeywordQuery, parse
from ebay_alerts.market.percolator import Percolator
from ebay_alerts.market.percolator.paths import MAX_PATHS
from ebay_alerts.market.percolator.slots import MAX_IN_ROW

WORDS = st.sampled_from(["wine", "port", "oak", "red", "old", "4k", "wi-fi", "3.5mm", "日本"])
PHRASES = st.lists(WORDS, min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"')
TERMS = WORDS | PHRASES
BOTH = st.lists(TERMS, min_size=1, max_size=2).map(" ".join)
GROUPS = st.lists(BOTH, min_size=2, max_size=3).map(lambda terms: f"({', '.join(terms)})")
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


def assert_equal_to_every_query(
    percolator: Percolator, standing: dict[int, KeywordQuery], title: str
) -> None:
    found = percolator.match(title)
    assert len(found) == len(set(found))
    assert set(found) == {pk for pk, query in standing.items() if query.matches(title)}


@given(st.lists(queries(), max_size=20), st.sets(st.integers(0, 19)), st.lists(TITLES, max_size=8))
def test_it_equals_evaluating_every_query(
    texts: list[str], removed: set[int], titles: list[str]
) -> None:
    percolator = Percolator()
    standing = {number: query for number, text in enumerate(texts) if (query := read(text))}
    for number, query in standing.items():
        percolator.add(number, query)
    for number in removed & standing.keys():
        percolator.remove(number, standing.pop(number))
    for title in titles:
        assert_equal_to_every_query(percolator, standing, title)
    assert len(percolator) == len(standing)


@given(
    st.lists(queries(), max_size=20),
    st.lists(queries(), max_size=10),
    st.sets(st.integers(0, 19)),
    st.lists(TITLES, max_size=8),
)
def test_a_load_and_later_changes_equal_adding_each(
    loaded: list[str], added: list[str], removed: set[int], titles: list[str]
) -> None:
    at_first = {number: query for number, text in enumerate(loaded) if (query := read(text))}
    later = {number: query for number, text in enumerate(added, 20) if (query := read(text))}
    bulk, single = Percolator(), Percolator()
    bulk.load(at_first.items())
    for number, query in at_first.items():
        single.add(number, query)
    for percolator in (bulk, single):
        for number, query in later.items():
            percolator.add(number, query)
        for number in removed & at_first.keys():
            percolator.remove(number, at_first[number])
    for title in titles:
        assert sorted(bulk.match(title)) == sorted(single.match(title))
    assert len(bulk) == len(single)


class AnySequence(RuleBasedStateMachine):
    """Adds and removes in any order, with titles between them."""

    def __init__(self) -> None:
        super().__init__()
        self.percolator = Percolator()
        self.standing: dict[int, KeywordQuery] = {}

    @rule(number=st.integers(0, 30), text=queries())
    def add(self, number: int, text: str) -> None:
        if number not in self.standing and (query := read(text)):
            self.percolator.add(number, query)
            self.standing[number] = query

    @rule(text=queries(), numbers=st.sets(st.integers(0, 30), min_size=5))
    def add_the_same_to_many(self, text: str, numbers: set[int]) -> None:
        for number in numbers:
            self.add(number, text)

    @rule(number=st.integers(0, 30))
    def remove(self, number: int) -> None:
        if number in self.standing:
            self.percolator.remove(number, self.standing.pop(number))

    @rule(number=st.integers(0, 30), text=queries())
    def fail_to_remove(self, number: int, text: str) -> None:
        if (query := read(text)) and self.standing.get(number) != query:
            with pytest.raises(KeyError):
                self.percolator.remove(number, query)

    @rule(title=TITLES)
    def match(self, title: str) -> None:
        assert_equal_to_every_query(self.percolator, self.standing, title)

    @invariant()
    def counts(self) -> None:
        assert len(self.percolator) == len(self.standing)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("loaded", [0, 3000])
def test_thousands_of_random_queries_equal_evaluating_each(loaded: int) -> None:
    """Some words are common and most are rare, as in life, so every kind of place is used."""
    random = Random(5)
    vocabulary = [f"w{number}" for number in range(60)]
    weights = [1 / (number + 1) for number in range(60)]

    def some(count: int) -> list[str]:
        return random.choices(vocabulary, weights, k=count)

    def text() -> str:
        parts = some(random.randint(1, 4))
        for shape, share in (
            ("({0}, {1} {2})", 5),
            ('"{0} {1}"', 6),
            ("-{0}", 4),
            ("-{0} -{1}", 8),
        ):
            if not random.randrange(share):
                parts.append(shape.format(*some(3)))
        return " ".join(parts)

    standing = {number: query for number in range(4000) if (query := read(text()))}
    percolator = Percolator()
    for first, end in ((0, loaded // 2), (loaded // 2, loaded)):
        percolator.load(
            (number, standing[number]) for number in range(first, end) if number in standing
        )
    for number, query in standing.items():
        if number >= loaded:
            percolator.add(number, query)
    for number in random.sample(sorted(standing), len(standing) // 2):
        percolator.remove(number, standing.pop(number))
    for _ in range(100):
        assert_equal_to_every_query(percolator, standing, " ".join(some(random.randint(0, 14))))


@pytest.mark.parametrize(
    "texts",
    [
        [f"everywhere w{number}" for number in range(300)],
        ["one two three"] * 1000,
        ["one -two"] * 20 + ["one"] * 20 + ["(one, two)"] * 20 + ["(one, two) -three"] * 20,
        [f"({', '.join('abcdefghijklmnopqrstuvwxyz0123456')})", "one"],
        [f"one ({', '.join(f'w{n}' for n in range(MAX_PATHS + 1))})"],
        ["(a, b) (c, d) (e, f) (g, h) (i, j) (k, l)"],
        ["(one, two) (one, three)", "(one two, one three)", '("one two", two)'],
        ['"one two three"', '"one one"', '"one two one two"', 'one -"one two three" -(two three)'],
        ["".join(map(chr, range(0x4E00, 0x4E60)))],
        ["one -two"] * 3 + ["one -two -three"] * 3 + ["one"] * 30 + ['"one two"'] * 3,
        ["one -two", '"one two"', "(one, two)", "(one two, two three) -x"],
    ],
)
def test_unusual_queries_equal_evaluating_each(texts: list[str]) -> None:
    percolator = Percolator()
    standing = {number: parse(text) for number, text in enumerate(texts)}
    for number, query in standing.items():
        percolator.add(number, query)
    titles = [
        *("", "one", "two", "one two", "one two three", "three one two", "one two x two three"),
        *("everywhere w7", "a c e g i k", "a c e g i", "w3 one w59", "一丁丂七丄", "one one"),
        " ".join(f"w{number}" for number in range(2000)) + " one everywhere",
        "".join(map(chr, range(0x4E00, 0x4E70))),
    ]
    for title in titles:
        assert_equal_to_every_query(percolator, standing, title)


def test_what_was_not_added_cannot_be_removed() -> None:
    percolator = Percolator()
    percolator.add(1, parse("wine"))
    for query_id, text in ((2, "wine"), (1, "port"), (1, "wine red"), (1, "wine -red")):
        with pytest.raises(KeyError):
            percolator.remove(query_id, parse(text))
    assert list(percolator.match("wine")) == [1]


@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [
        ("({0}, {1})", "({1}, {0})"),
        ("({0} x, {1} y)", "({1} y, {0} x)"),
        ("({0}, {1}) (x, y)", "(y, x) ({1}, {0})"),
    ],
)
def test_a_query_is_removed_however_its_alternatives_were_ordered(
    one_way: str, other_way: str
) -> None:
    for words in combinations([f"w{number}" for number in range(20)], 2):
        percolator = Percolator()
        percolator.add(1, parse(one_way.format(*words)))
        percolator.remove(1, parse(other_way.format(*words)))
        assert not percolator.match(" ".join([*words, "x", "y"]))


def test_a_removal_that_fails_half_way_changes_nothing() -> None:
    percolator = Percolator()
    percolator.add(1, parse("(wine, port)"))
    with pytest.raises(KeyError):
        percolator.remove(1, parse("(wine, sherry)"))
    assert [*percolator.match("wine"), *percolator.match("port")] == [1, 1]


@pytest.mark.parametrize("count", [1, 2, MAX_IN_ROW + 1, 100])
def test_what_is_gone_leaves_nothing_behind(count: int) -> None:
    shapes = ["(word{0}, other) -third", "one two", 'one two "three {0}"', "(a, b)", "one -{0}"]
    texts = [shape.format(number) for number in range(count) for shape in shapes]
    percolator = Percolator()
    for number, text in enumerate(texts):
        percolator.add(number, parse(text))
    for number, text in enumerate(texts):
        percolator.remove(number, parse(text))
    assert not percolator.match("word7 other one two three 7 a b")
    assert not any([*percolator._slots, *percolator._ends, *percolator._looks])
