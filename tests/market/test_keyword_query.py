"""The keyword language: reading, the one canonical form, matching, and what eBay is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.market.errors import InvalidKeywords
from ebay_alerts.market.keyword_query import (
    EBAY_MAX_LENGTH,
    MAX_LENGTH,
    KeywordQuery,
    parse,
    words_of,
)

WORDS = ["a", "b", "c", "wine", "red"]
words = st.sampled_from(WORDS)
phrases = st.lists(words, min_size=2, max_size=3).map(tuple)
terms = st.one_of(words.map(lambda word: (word,)), phrases)
alternatives = st.frozensets(terms, min_size=1, max_size=2)
groups = st.frozensets(alternatives, min_size=1, max_size=3)
# What a user means: groups that must be there, alternatives that must not.
meanings = st.tuples(st.lists(groups, min_size=1, max_size=3), st.lists(alternatives, max_size=2))
titles = st.lists(words, max_size=7).map(" ".join)


def typed(meaning) -> str:
    """One way of typing what is meant."""
    required, excluded = meaning
    return " ".join([*map(typed_group, required), *(f"-({typed_all(one)})" for one in excluded)])


def typed_group(group) -> str:
    return f"({' , '.join(map(typed_all, group))})"


def typed_all(alternative) -> str:
    return " ".join(f'"{" ".join(term)}"' for term in alternative)


def is_meant(meaning, title: str) -> bool:
    """The plain definition that the query's matching has to agree with."""
    required, excluded = meaning
    spelled = f" {title} "

    def has_all(alternative) -> bool:
        return all(f" {' '.join(term)} " in spelled for term in alternative)

    return all(any(map(has_all, group)) for group in required) and not any(map(has_all, excluded))


def parsed(text: str) -> KeywordQuery | None:
    try:
        return parse(text)
    except InvalidKeywords:
        return None


def refusal_of(text: str) -> InvalidKeywords | None:
    try:
        parse(text)
    except InvalidKeywords as error:
        return error
    return None


@given(meanings, titles)
def test_matching_agrees_with_the_plain_definition(meaning, title: str) -> None:
    query = parsed(typed(meaning))
    assert (query is not None and query.matches(title)) == is_meant(meaning, title)


@given(meanings)
def test_the_canonical_form_is_a_fixed_point(meaning) -> None:
    if query := parsed(typed(meaning)):
        assert parse(str(query)) == query
        assert str(parse(str(query))) == str(query)


@given(st.text(max_size=MAX_LENGTH))
def test_the_canonical_form_of_any_text_is_a_fixed_point(text: str) -> None:
    if query := parsed(text):
        assert parse(str(query)) == query


@given(meanings, st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_count(meaning, random) -> None:
    required, excluded = meaning
    shuffled = random.sample(required, len(required)), random.sample(excluded, len(excluded))
    assert parsed(typed(shuffled)) == parsed(typed(meaning))


plain_words = st.sampled_from(["wine", "red", "a1", "4090", "x"])
plain_parts = st.one_of(
    plain_words,
    st.lists(plain_words, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.lists(plain_words, min_size=2, max_size=3).map(lambda words: f"({', '.join(words)})"),
)
plain_texts = st.lists(st.tuples(st.sampled_from(["", "-"]), plain_parts).map("".join), max_size=5)


@given(plain_texts)
def test_keywords_are_read_alike_by_the_short_way_and_the_long(parts: list[str]) -> None:
    """A space in front keeps the common forms from being read the short way."""
    text = " ".join(parts)
    assert parsed(text) == parsed(f"  {text}")


@given(meanings, titles)
def test_ebay_is_asked_for_no_less_than_the_query_wants(meaning, title: str) -> None:
    if (query := parsed(typed(meaning))) and query.matches(title):
        assert parse(query.ebay_text()).matches(title)


@given(st.text(max_size=MAX_LENGTH))
def test_ebay_is_asked_with_documented_operators_in_a_hundred_characters(text: str) -> None:
    if query := parsed(text):
        asked = query.ebay_text()
        assert 0 < len(asked) <= EBAY_MAX_LENGTH
        assert not set(asked) & set('-"*')
        assert parse(asked)


@given(st.text(alphabet=st.sampled_from('ab-"(), *é'), max_size=40))
def test_any_text_is_a_query_or_has_a_reason_and_a_position(text: str) -> None:
    refusal = refusal_of(text)
    if refusal is None:
        assert parse(str(parse(text))) == parse(text)
    else:
        assert refusal.reason.endswith(".")
        assert 0 <= refusal.position <= len(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wine red", "RED   wine"),
        ("wine wine", "wine"),
        ('"wine"', "wine"),
        ("(wine)", "wine"),
        ("(red wine)", "red wine"),
        ("(a, b)", "(b,a,a)"),
        ("(a, a b)", "a"),
        ("a (a, b)", "a"),
        ('"a b" a', '"a b"'),
        ('("a b", b)', "b"),
        ('a b ("a b", a b)', "a b"),
        ("(a, b) (a, b, c)", "(a, b)"),
        ("(a, b) -b", "a -b"),
        ('a -b -"b c" -(b c)', "a -b"),
        ("a -(b, c)", "a -c -b"),
        ("wi-fi", '(wifi, "wi fi")'),
        ("Wi.Fi", "wi‑fi"),
        ("levi’s", '(levis, "levi s")'),
        ("3.5mm", '("3 5mm", "3 5 mm")'),
        ("m&m", '"M m"'),
        ("u.s.a.", '(usa, "u s a")'),
        ("(wi-fi hub, lan)", '(wifi hub, "wi fi" hub, lan)'),
        ("a -wi-fi", 'a -wifi -"wi fi"'),
        ('"wi-fi"', '"wi fi"'),
        ("日本酒", '"日 本 酒"'),
        ("ﾊﾞｯｸﾞ", "バッグ"),
        ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
        ("Чай", "чай"),
        ("ёлка", "елка"),
        ("Rosé", "rose"),
        ("ＷＩＮＥ", "wine"),
        ("（a，b）－c", "(a, b) -c"),
        ("“red wine” –port", '"red wine" -port'),
        ("a --b", "a -b"),
        ("a -.net", "a -net"),
        ("a\u00a0b\u3000c", "a b c"),
        ("straße", "strasse"),
    ],
)
def test_queries_that_mean_the_same_are_equal(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert str(parse(one)) == str(parse(other))
    assert hash(parse(one)) == hash(parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("a b", "(a, b)"), ("a b", '"a b"'), ("a -b", "a b"), ('"a b"', '"b a"'), ("wine", "wines")],
)
def test_queries_that_mean_something_else_are_not_equal(one: str, other: str) -> None:
    assert parse(one) != parse(other)


@pytest.mark.parametrize(
    ("keywords", "title", "is_match"),
    [
        ("wine", "Wine - Château Petit Bois", True),
        ("wine", "Winery tour", False),
        ("wine -cooler", "Wine Cooler 12 Bottle", False),
        ("wine -cooler", "Wine Coolers", True),
        ("wine --cooler", "Wine Cooler", False),
        ("wine -cooler-", "Wine Cooler", False),
        ("chateau", "Wine - CHÂTEAU", True),
        ("Château", "chateau", True),
        ('"petit bois"', "Bois Petit", False),
        ("e\u0301tude", "Étude", True),
        ("日本酒", "日本酒 飲み比べ", True),
        ("wine", "🍷wine🍷", True),
        ("wh-1000xm4", "Sony WH 1000XM4", True),
        ("wh-1000xm4", "1000XM4 WH", False),
        ("m²", "10 m2 tent", True),
        ("(lego, duplo) train -(wooden, tin)", "DUPLO Train", True),
        ("(lego, duplo) train -(wooden, tin)", "Lego tin train", False),
        ("wine", "", False),
        ("wi-fi", "WiFi router", True),
        ("wi-fi", "Wi-Fi router", True),
        ("wi-fi", "wi fi router", True),
        ("wi-fi", "fi wi router", False),
        ("wifi", "WiFi router", True),
        ("wifi", "Wi-Fi router", False),
        ('"wi-fi"', "WiFi router", False),
        ("levi's", "Levis 501", True),
        ("levi's", "Levi’s 501", True),
        ("levi", "Levi's 501", True),
        ("3.5mm", "3.5 mm jack", True),
        ("3.5mm", "3.5mm jack", True),
        ("3.5mm", "3,5 mm Klinke", True),
        ("3.5mm", "35mm film", False),
        ("10-20", "1020", False),
        ("m&m", "M&M's", True),
        ("m&m", "M & M dispenser", True),
        ("m&m", "50 mm", False),
        ("4K", "Sony 4k TV", True),
        ("4K", "Sony 4 k TV", False),
        ("ps5", "Sony PS5", True),
        ("ps5", "Sony PS 5", False),
        ("ps-5", "Sony PS5", True),
        ("ps-5", "Sony PS 5", True),
        ("日本", "全日本選手権", True),
        ("日本", "本日限り", False),
        ("日本 usb", "USB日本語キーボード", True),
        ("がんだむ", "ガンダム", False),
        ("ガンダム", "RG ｶﾞﾝﾀﾞﾑ 1/144", True),
        ("カンタム", "ガンダム", False),
        ("갤럭시", "삼성 갤럭시 S24", True),
        ("갤럭시", "삼성갤럭시", False),
        ("чай", "Чай чёрный", True),
        ("чаи", "Чай чёрный", False),
        ("lego", "LEGO™ Star Wars", True),
        ("101", "US 10½", False),
        ("10 1/2", "US 10½", True),
        ("softhyphen", "soft\u00adhyphen", True),
        ("1", "1️⃣", True),
        ("क्या", "यह क्या है", True),
        ("क", "क्या", False),
    ],
)
def test_whole_words_count_whatever_case_accents_and_width(
    keywords: str, title: str, is_match: bool
) -> None:
    assert parse(keywords).matches(title) is is_match


@pytest.mark.parametrize(
    ("keywords", "position", "words_of_the_reason"),
    [
        ("", 0, "at least one word"),
        ("   ", 0, "at least one word"),
        ("!? 🍷 …", 0, "at least one word"),
        ("-wine", 0, "exclusions alone"),
        ("wine (red", 5, "never closed"),
        ("wine )", 5, "never opened"),
        ('wine "red', 5, "never closed"),
        ("wine ()", 5, "empty"),
        ("wine -()", 6, "empty"),
        ("wine (,)", 5, "empty"),
        ("(a, (b))", 4, "in each other"),
        ("(a, -b)", 4, "outside parentheses"),
        ("a, b", 1, "Commas stand in parentheses"),
        ("wine*", 4, "stands for nothing"),
        ("wine -", 5, "write -word"),
        ("wine - red", 5, "write -word"),
        ("wine -- red", 5, "write -word"),
        ("wine – red", 5, "write -word"),
        ("-", 0, "write -word"),
        ("-----", 0, "write -word"),
        ("a -a", 0, "wanted and excluded"),
        ("a b -(a b)", 0, "wanted and excluded"),
        ("(a, b) -a -b", 0, "wanted and excluded"),
        ("x" * 101, 0, "split it"),
        ("x" * 301, 300, "300 characters"),
        ("(" * 300, 1, "in each other"),
    ],
)
def test_a_query_that_cannot_be_read_names_the_reason_and_the_place(
    keywords: str, position: int, words_of_the_reason: str
) -> None:
    with pytest.raises(InvalidKeywords, match=words_of_the_reason) as caught:
        parse(keywords)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "keywords",
    [
        "wine " * 2000,
        "-" * 10_000,
        "(" * 10_000,
        "".join(map(chr, range(1, 300))),
        "\x00\x01\x7f",
        "a\ud800b\udfff",
        "\u202ewine\u202c \u200b",
        "🍷" * 300,
        "🍷🏴󠁧󠁢󠁥󠁮󠁧󠁿👨‍👩‍👧 wine",
        "e" + "\u0301" * 299,
        "\ufdfa" * 300,
        "wine -" + "a." * 140,
        "wine -(" + ",".join(["a.b"] * 70) + ")",
        "wine -(" + ",".join(f"a.{n}" for n in range(50)) + ")",
        "wine " + " ".join(f"-{chr(0x4E00 + n)}.x" for n in range(50)),
    ],
)
def test_hostile_text_is_a_query_or_refused_in_words(keywords: str) -> None:
    if query := parsed(keywords):
        assert parse(str(query)) == query


def test_a_query_that_grows_too_long_when_written_out_is_refused() -> None:
    keywords = "wine -(" + ",".join(f"a.{n}" for n in range(50)) + ")"
    assert len(keywords) <= MAX_LENGTH
    with pytest.raises(InvalidKeywords, match="written out"):
        parse(keywords)


def test_every_character_is_folded_in_one_go() -> None:
    """What was folded once stays as it is: a stored query is read again as itself."""
    folded = {word for code in range(0x110000) for word in words_of(f"{chr(code)}a")}
    assert [word for word in folded if words_of(word) != (word,)] == []


@given(st.text(max_size=60))
def test_the_words_of_any_text_are_folded_in_one_go(text: str) -> None:
    assert words_of(" ".join(words_of(text))) == words_of(text)


def test_ascii_titles_are_read_as_any_other() -> None:
    """They take a shorter way to the same words."""
    text = "".join(map(chr, range(128)))
    assert (*words_of(text), "e") == words_of(f"{text} é")


def test_marks_that_are_no_accents_stay_letters() -> None:
    assert words_of("ガ") == ("ガ",)
    assert words_of("Й") == ("й",)
    assert words_of("한국") == ("한국",)


def test_words_that_all_matches_have_are_sent_before_alternatives() -> None:
    colours = ", ".join(f"colour{n:02}" for n in range(10))
    assert parse(f"({colours}) wine").ebay_text() == "wine"
    assert parse('(red, white) wine "old mill"').ebay_text() == "old mill wine (red, white)"


@pytest.mark.parametrize(
    ("keywords", "asked"),
    [
        ("wi-fi", "(fi, wifi) (wi, wifi)"),
        ("3.5mm jack", "jack 3 (5, 5mm) (5mm, mm)"),
        ("nintendo (switch oled, lite)", "nintendo (lite, oled) (lite, switch)"),
        ("日本酒 cup", "cup 日本酒"),
        ("Müller", "muller"),
    ],
)
def test_spellings_and_alternatives_are_asked_by_documented_operators(
    keywords: str, asked: str
) -> None:
    assert parse(keywords).ebay_text() == asked


@pytest.mark.parametrize(
    "stored",
    ["50mm", "ps5 sony", '"3 5mm"', '"wi fi" hub', "日本酒", "(a, b c) d -e", "\u1112\u1161\u11ab"],
)
def test_what_was_stored_before_is_read(stored: str) -> None:
    query = parse(stored)
    assert parse(str(query)) == query


def test_words_with_signs_multiply_within_bounds() -> None:
    many = " ".join(f"a-{letter}" for letter in "bcdefg")
    with pytest.raises(InvalidKeywords, match="quotation marks") as caught:
        parse(f"wine ({many}, x)")
    assert caught.value.position == 5


@pytest.mark.parametrize("keywords", ["wine -cooler", "wine", 'wine -"old mill" -(a, b)'])
def test_exclusions_are_checked_here_alone(keywords: str) -> None:
    assert parse(keywords).ebay_text() == "wine"
