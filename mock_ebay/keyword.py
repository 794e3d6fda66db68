"""eBay's keyword grammar: parsing `q` and deciding what it matches, without an index.

A space is AND, `(a, b)` is OR, `-` before a word, group or phrase excludes, and quotes ask for
words in a row. Case and accents do not count, only whole words match, and a word with signs in
it (`wh-1000xm4`) is its parts in a row. Broken input is read leniently: eBay never refuses it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LENGTH = 100

_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(
    r"""(?P<minus>-)?(?:
        \( (?P<group>(?:"[^"]*"?|[^)"])*) \)?
      | "(?P<phrase>[^"]*)"?
      | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
_PART = re.compile(r'"(?P<phrase>[^"]*)"?|(?P<word>[^\s,"]+)|(?P<comma>,)')

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives: each a list of phrases that must all occur; a phrase is words in a row."""

    alternatives: tuple[tuple[Phrase, ...], ...]


@dataclass(frozen=True, slots=True)
class Query:
    required: tuple[Group, ...] = ()
    excluded: tuple[Group, ...] = ()


def words_of(text: str) -> list[str]:
    """The words of a title in order, lower case, without accents."""
    if text.isascii():
        return _WORD.findall(text.lower())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


def parse(q: str) -> Query:
    """Read `q`, cut at 100 characters as eBay does."""
    required: list[Group] = []
    excluded: list[Group] = []
    for term in _TERM.finditer(q[:MAX_LENGTH]):
        group = _group(term)
        if group.alternatives:
            (excluded if term["minus"] else required).append(group)
    return Query(tuple(required), tuple(excluded))


def _group(term: re.Match[str]) -> Group:
    if term["group"] is not None:
        return Group(tuple(_alternatives(term["group"])))
    words = tuple(words_of(term["phrase"] if term["phrase"] is not None else term["word"]))
    return Group(((words,),) if words else ())


def _alternatives(text: str) -> Iterator[tuple[Phrase, ...]]:
    phrases: list[Phrase] = []
    for part in _PART.finditer(text):
        if part["comma"]:
            if phrases:
                yield tuple(phrases)
            phrases = []
        elif words := tuple(words_of(part["phrase"] or part["word"] or "")):
            phrases.append(words)
    if phrases:
        yield tuple(phrases)


def matches(query: Query, title: str) -> bool:
    """Whether a title matches: the plain definition that the index must agree with."""
    spelled = spell(words_of(title))
    return all(_occurs(group, spelled) for group in query.required) and not any(
        _occurs(group, spelled) for group in query.excluded
    )


def spell(words: list[str] | tuple[str, ...]) -> str:
    """Words with a space around each, so that a phrase is a substring."""
    return f" {' '.join(words)} "


def _occurs(group: Group, spelled: str) -> bool:
    return any(
        all(spell(phrase) in spelled for phrase in phrases) for phrases in group.alternatives
    )
