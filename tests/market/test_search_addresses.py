"""Addresses of eBay searches: every parameter lands in a field, or is named with a reason."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebay_alerts.market.errors import InvalidKeywords, UnreadableAddress
from ebay_alerts.market.keyword_query import parse
from ebay_alerts.market.search_addresses import SearchAddress, read_search_address

# As eBay's form for an advanced search writes it, with all that binds nothing.
LONG_FORM = (
    "https://www.ebay.com.au/sch/Music/11233/i.html?_from=R40&_fosrp=1&_nkw=blue+note+vinyl"
    "&_in_kw=1&_ex_kw=&_sacat=11233&_mPrRngCbx=1&_udlo=20&_udhi=100&_ftrt=901&_ftrv=1&_sabdlo="
    "&_sabdhi=&_samilow=&_samihi=&_sadis=15&_stpos=2261&_fsradio2=%26LH_PrefLoc%3D1"
    "&_sargn=-1%26saslc%3D2&_salic=15&LH_SubLocation=1&_fss=1&_saslop=1&_sasl=&_sop=15&_ipg=60"
)


def read(**parameters: str) -> SearchAddress:
    given = {"_nkw": "camera"} | parameters
    return read_search_address(f"https://www.ebay.com/sch/i.html?{urlencode(given)}")


def fields(**parameters: str) -> dict:
    found = read(**parameters).fields
    return {name: found[name] for name in found if name not in ("marketplace", "keywords")}


def refusals(**parameters: str) -> dict[str, str]:
    return {refused.parameter: refused.reason for refused in read(**parameters).not_taken}


def keywords(typed: str, **parameters: str) -> str | None:
    return read(_nkw=typed, **parameters).fields.get("keywords")


def test_the_long_form_of_an_address_is_read_without_a_rest() -> None:
    found = read_search_address(LONG_FORM)

    assert found.fields == {
        "marketplace": "EBAY_AU",
        "keywords": "blue note vinyl",
        "category": "11233",
        "min_price": "20",
        "max_price": "100",
        "countries": ["AU"],
    }
    assert found.not_taken == []
    assert {"_sop", "_salic", "_stpos", "_sasl"} <= set(found.without_effect)


@pytest.mark.parametrize(
    ("parameters", "read_as"),
    [
        ({"_udlo": "12,50"}, {"min_price": "12.50"}),
        ({"_udhi": "1,250.00"}, {"max_price": "1250.00"}),
        ({"_udhi": "1.250,00"}, {"max_price": "1250.00"}),
        ({"_udhi": "1.250"}, {"max_price": "1250"}),
        ({"_udlo": "", "_udhi": ""}, {}),
        ({"LH_BIN": "1"}, {"buying": "fixed_price"}),
        ({"LH_Auction": "1"}, {"buying": "auction"}),
        ({"LH_Auction": "1", "LH_BIN": "1"}, {}),
        ({"LH_FS": "1"}, {"free_shipping": True}),
        ({"LH_ItemCondition": "1000|1500|3000"}, {"conditions": ["new", "open_box", "used"]}),
        ({"LH_ItemCondition": "3"}, {"conditions": ["new"]}),
        ({"LH_ItemCondition": "2000|2010"}, {"conditions": ["refurbished"]}),
        ({"_sacat": "0"}, {}),
        ({"_sacat": "625"}, {"category": "625"}),
        ({"LH_PrefLoc": "1"}, {"countries": ["US"]}),
        ({"LH_PrefLoc": "2"}, {}),
        ({"LH_LocatedIn": "1", "_salic": "104"}, {"countries": ["JP"]}),
        ({"LH_AvailTo": "1", "_salic": "77"}, {"deliver_to": "DE"}),
        ({"_fcid": "3"}, {"deliver_to": "GB"}),
        ({"_ex_kw": "parts, broken"}, {"excluded_words": ["parts", "broken"]}),
        ({"_ssn": "good.shop"}, {"sellers": ["good.shop"]}),
        ({"_saslop": "1", "_sasl": "a,b"}, {"sellers": ["a", "b"]}),
        ({"_saslop": "2", "_sasl": "a,b"}, {"excluded_sellers": ["a", "b"]}),
    ],
)
def test_parameters_become_fields(parameters: dict[str, str], read_as: dict) -> None:
    assert fields(**parameters) == read_as
    assert refusals(**parameters) == {}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Brand": "Nikon"}, "not understood"),
        ({"LH_Sold": "1"}, "sold"),
        ({"LH_TitleDesc": "1"}, "Titles"),
        ({"LH_BO": "1"}, "Offers"),
        ({"LH_PrefLoc": "99"}, "countries"),
        ({"LH_ItemCondition": "12345"}, "not known"),
        ({"_udlo": "cheap"}, "no price"),
        ({"_udlo": "-5"}, "no price"),
        ({"_sacat": "all"}, "category"),
        ({"LH_LocatedIn": "1", "_salic": "999"}, "countries"),
        ({"_samilow": "2"}, "how many"),
        ({"_fsradio": "LH_SellerWithStore=1"}, "not understood"),
    ],
)
def test_what_is_not_taken_is_named_with_the_reason(parameters: dict[str, str], words: str) -> None:
    assert words in " ".join(refusals(**parameters).values())


def test_switches_that_are_off_are_without_effect() -> None:
    assert refusals(LH_TitleDesc="0", LH_Sold="0", LH_NewSwitch="0") == {}


@pytest.mark.parametrize(
    ("typed", "ours"),
    [
        ("wine -cooler", "wine -cooler"),
        ("lego (castle,space)", "lego (castle,space)"),
        ("camera -(parts,repair)", "camera -(parts,repair)"),
        ('"red wine" glass', '"red wine" glass'),
        ("red,wine", '"red wine"'),
        ("red, wine", "red wine"),
        ("+wine +red", "wine red"),
        ("win*", "win"),
        ("@1 castle space", "castle space"),
    ],
)
def test_keywords_of_ebay_s_become_ours(typed: str, ours: str) -> None:
    assert keywords(typed) == ours
    assert parse(ours)


def test_ways_of_looking_for_words_are_kept() -> None:
    assert keywords("red wine", _in_kw="2") == "(red, wine)"
    assert keywords("red wine", _in_kw="3") == '"red wine"'
    assert keywords("red wine", _in_kw="1") == "red wine"


def test_signs_that_are_left_out_are_named() -> None:
    assert "whole words" in refusals(_nkw="win*")["_nkw"]
    assert "All words are wanted" in refusals(_nkw="@1 castle space")["_nkw"]


def test_keywords_that_say_nothing_here_are_named() -> None:
    assert keywords("-cooler") is None
    assert "exclusions alone" in refusals(_nkw="-cooler")["_nkw"]
    assert "at least one word" in refusals(_nkw="")["_nkw"]


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("https://www.ebay.de/b/Kameras/625/bn_1?_nkw=leica", "category", "625"),
        ("https://www.ebay.de/sch/Kameras/625/i.html?_nkw=leica", "category", "625"),
        ("https://www.ebay.de/sch/625/i.html?_nkw=leica&_sacat=0", "category", "625"),
        ("https://www.ebay.de/sch/some_shop/m.html?_nkw=leica", "sellers", ["some_shop"]),
        ("https://www.ebay.de/shop/leica?_nkw=leica", "marketplace", "EBAY_DE"),
        ("m.ebay.co.uk/sch/i.html?_nkw=leica", "marketplace", "EBAY_GB"),
    ],
)
def test_paths_are_read(address: str, field: str, value: object) -> None:
    assert read_search_address(address).fields[field] == value


def test_of_a_repeated_parameter_the_last_one_counts_and_the_other_is_named() -> None:
    found = read_search_address("https://www.ebay.com/sch/i.html?_nkw=a&_udlo=1&_udlo=2")

    assert found.fields["min_price"] == "2"
    assert [refused[:2] for refused in found.not_taken] == [("_udlo", "1")]


@pytest.mark.parametrize(
    "address",
    [
        "camera",
        "256123456789",
        "https://www.ebay.com/itm/256123456789",
        "https://www.ebay.com/str/shop",
        "https://evil.example/sch/i.html?_nkw=camera",
        "https://www.ebay.com@evil.example/sch/i.html?_nkw=camera",
        "https://www.ebay.com/sch/i.html?_nkw=" + "a" * 5000,
    ],
)
def test_what_is_no_search_is_refused(address: str) -> None:
    with pytest.raises(UnreadableAddress):
        read_search_address(address)


PARAMETERS = st.sampled_from(
    (
        *("_nkw", "_in_kw", "_ex_kw", "_sacat", "_udlo", "_udhi", "LH_BIN", "LH_ItemCondition"),
        *("LH_PrefLoc", "LH_LocatedIn", "_salic", "_ssn", "_sasl", "_saslop", "_fsradio", "Brand"),
        *("LH_Sold", "_sop", "LH_AvailTo", "_fcid"),
    )
)
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["1", "2", "0", "12,50", "1000|3", "&LH_BIN=1", "a,b", '"', "(a,b", "-x"]),
)


@given(st.lists(st.tuples(PARAMETERS, VALUES), max_size=12))
def test_every_parameter_is_in_one_of_three_places(parameters: list[tuple[str, str]]) -> None:
    query = urlencode(parameters, errors="replace")
    try:
        found = read_search_address(f"https://www.ebay.com/sch/i.html?{query}")
    except UnreadableAddress:
        return

    named = {refused.parameter for refused in found.not_taken} | set(found.without_effect)
    for name, value in dict(parse_qsl(query)).items():
        if name in ("Brand", "_sop", "LH_Sold") and value.strip():
            assert name in named
        if name in ("_udlo", "_sacat") and value.strip() not in ("", "0"):
            of_alert = {"_udlo": "min_price", "_sacat": "category"}[name]
            assert name in named or of_alert in found.fields
    if "keywords" in found.fields:
        parse(found.fields["keywords"])
    else:
        assert "_nkw" in named


words = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=6)
groups = st.lists(words, min_size=1, max_size=3).map(lambda some: f"({', '.join(some)})")
phrases = st.lists(words, min_size=2, max_size=3).map(lambda some: f'"{" ".join(some)}"')
parts = st.one_of(words, groups, phrases)
queries = st.tuples(
    st.lists(parts, min_size=1, max_size=4), st.lists(parts.map("-{}".format), max_size=2)
).map(lambda both: " ".join([*both[0], *both[1]]))


@given(queries)
def test_what_both_languages_write_alike_means_the_same(typed: str) -> None:
    try:
        meant = parse(typed)
    except InvalidKeywords:  # some words are wanted and excluded
        assert keywords(typed) is None
    else:
        assert parse(keywords(typed) or "") == meant
