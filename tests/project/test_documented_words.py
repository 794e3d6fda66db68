"""The glossary is obeyed, and the keyword language is as its page says: its examples are run."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ebay_alerts.market import keyword_query
from ebay_alerts.market.errors import InvalidKeywords
from ebay_alerts.web.api import api
from tests.project.documents import ROOT, read, table

WORDS = (
    *("listing", "marketplace", "keyword query", "search", "fetch", "coverage", "search change"),
    *("revision", "membership", "alert", "cursor", "interval", "slot", "gate", "fold", "digest"),
    *("line", "welcome mail", "price point", "price history", "price change", "price report"),
    *("outbox", "message", "attempt", "suppression", "refresh", "due", "claim", "lease"),
    *("percolator", "fill", "standing list", "pause", "hint", "turn", "baseline", "phase"),
    *("observation", "sweep", "news", "cheapest", "check", "head", "stale", "withdrawn", "token"),
    *("appeared", "repriced", "ended", "returned", "left", "discovered", "entered", "exceeded"),
)
FORBIDDEN = frozenset(
    {"product", "products", "hit", "hits", "crawl", "crawler", "crawls", "scrape", "scraper"}
)


def keyword_rows() -> list[list[str]]:
    return table(read("keywords.md"), "keywords")


def keyword_examples() -> list[list[str]]:
    return [row for row in keyword_rows() if row[2] in {"yes", "no"}]


def refused_keywords() -> list[list[str]]:
    return [row for row in keyword_rows() if row[1].isdigit()]


@pytest.mark.parametrize(("keywords", "title", "matches"), keyword_examples())
def test_keywords_match_as_documented(keywords: str, title: str, matches: str) -> None:
    assert keyword_query.parse(keywords).matches(title) is (matches == "yes")


@pytest.mark.parametrize(("keywords", "position", "reason"), refused_keywords())
def test_keywords_are_refused_as_documented(keywords: str, position: str, reason: str) -> None:
    with pytest.raises(InvalidKeywords) as refusal:
        keyword_query.parse(keywords)
    assert (refusal.value.reason, refusal.value.position) == (reason, int(position))


def test_every_documented_example_is_run() -> None:
    assert len(keyword_examples()) + len(refused_keywords()) == len(keyword_rows()) > 30


def test_the_lengths_of_keywords_are_as_documented() -> None:
    text = " ".join(read("keywords.md").split())
    limits = (keyword_query.MAX_LENGTH, keyword_query.EBAY_MAX_LENGTH)
    assert "Keywords may have {} characters. eBay takes {},".format(*limits) in text


def definitions() -> list[tuple[str, str]]:
    return re.findall(r"^- \*\*(.+?)\*\*: (.+)$", read("glossary.md"), re.MULTILINE)


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_defines_the_word(word: str) -> None:
    assert len(dict(definitions())[word]) > 20


def test_no_word_is_defined_twice() -> None:
    words = [word for word, _ in definitions()]
    assert sorted(words) == sorted(set(words))


def identifiers(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.string


def is_forbidden(name: str) -> bool:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return not FORBIDDEN.isdisjoint(spaced.lower().split("_"))


# Where another system's words stop: its events speak of products.
EDGES = frozenset({"ebay_alerts/market/stream/events.py"})


def test_the_code_calls_nothing_by_a_forbidden_word() -> None:
    """Comments and strings may speak of the mock's products; names may not, but at the edge."""
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / "ebay_alerts").rglob("*.py"))
        for name in (path.stem, *identifiers(path))
        if is_forbidden(name)
    }
    found = {(path, name) for path, name in found if path not in EDGES}
    assert found == set()


def test_the_api_calls_nothing_by_a_forbidden_word() -> None:
    schemas: dict[str, Any] = api.get_openapi_schema()["components"]["schemas"]
    names = {*schemas, *(name for one in schemas.values() for name in one.get("properties", ()))}
    assert {name for name in names if is_forbidden(name)} == set()
