"""The keyword language: what a user types, its one canonical form, and whether a title matches it.

Words must all be there; `(a, b)` wants one of them; `-word`, `-(a, b)` and `-"two words"` exclude;
`"exact phrase"` wants its words next to each other. Whole words count, whatever their case and
accents.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ebay_alerts.market.errors import InvalidKeywords

MAX_LENGTH = 300
# eBay's Browse API cuts the q parameter after so many characters.
EBAY_MAX_LENGTH = 100

# A term is one word or, with several, a phrase. All terms of an alternative must be there; one
# alternative of a group must be.
Term = tuple[str, ...]
Alternative = frozenset[Term]
Group = frozenset[Alternative]

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r'\s+|-+|[(),"*]|[^\s(),"*-][^\s(),"*]*')
# What phones and Japanese keyboards write for the plain signs.
_PLAIN_SIGNS = str.maketrans("（），、＊＂“”„«»－−–—", '(),,*""""""----')


@lru_cache(maxsize=65536)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a title or a query: case, accents and width do not count."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return tuple(_WORD.findall(plain))


@dataclass(frozen=True)
class KeywordQuery:
    """A query in normal form: however it was typed, with the same text where it is equal.

    What another part already demands is left out: `"a b" a` is `"a b"`, `a (a, b)` is `a`.
    """

    required: frozenset[Group]
    excluded: frozenset[Alternative]

    def __str__(self) -> str:
        wanted = sorted(_group_text(group) for group in self.required)
        unwanted = sorted(f"-{_excluded_text(alternative)}" for alternative in self.excluded)
        return " ".join([*wanted, *unwanted])

    def matches(self, title: str) -> bool:
        words = words_of(title)
        present = frozenset(words)
        return all(
            any(_has_all(alternative, words, present) for alternative in group)
            for group in self.required
        ) and not any(_has_all(alternative, words, present) for alternative in self.excluded)

    def ebay_text(self) -> str:
        """What eBay is asked: its documented operators only, never narrower than the query."""
        pieces: list[str] = []
        for piece in self._ebay_pieces():
            if piece not in pieces and len(" ".join([*pieces, piece])) <= EBAY_MAX_LENGTH:
                pieces.append(piece)
        return " ".join(pieces)

    def _ebay_pieces(self) -> Iterator[str]:
        """The words that every match has, then groups: those find more for more characters."""
        for group in sorted(self.required, key=lambda group: (len(group) > 1, _group_text(group))):
            words = {_longest_word(alternative) for alternative in group}
            if len(group) == 1:
                yield from (word for term in next(iter(group)) for word in term)
            else:
                yield words.pop() if len(words) == 1 else f"({', '.join(sorted(words))})"


def parse(text: str) -> KeywordQuery:
    """Read what a user typed. Raises InvalidKeywords with the reason and the position."""
    if len(text) > MAX_LENGTH:
        raise InvalidKeywords(
            f"Keywords may have {MAX_LENGTH} characters; these have {len(text)}.", MAX_LENGTH
        )
    required, excluded = _Reader(text).read()
    if not required:
        reason = (
            "Add a word that titles must have; exclusions alone match everything else."
            if excluded
            else "Write at least one word to look for."
        )
        raise InvalidKeywords(reason, 0)
    query = _normal_form(required, excluded)
    if len(written := str(query)) > MAX_LENGTH:
        raise InvalidKeywords(
            f"Keywords may have {MAX_LENGTH} characters; written out these have {len(written)}.", 0
        )
    if not query.ebay_text():
        raise InvalidKeywords(
            f"eBay takes {EBAY_MAX_LENGTH} characters at once and this is longer in one piece;"
            " split it over several alerts.",
            0,
        )
    return query


@dataclass(frozen=True)
class _Piece:
    text: str
    position: int


class _Reader:
    """Reads one query from left to right."""

    def __init__(self, text: str) -> None:
        self._pieces = [
            _Piece(found.group(), found.start())
            for found in _PIECE.finditer(text.translate(_PLAIN_SIGNS))
            if not found.group().isspace()
        ]
        self._next = 0

    def read(self) -> tuple[list[Group], list[Alternative]]:
        required: list[Group] = []
        excluded: list[Alternative] = []
        while piece := self._take():
            if piece.text.startswith("-"):
                excluded.extend(self._operand(self._touching(piece)))
            elif group := self._operand(piece):
                required.append(group)
        return required, excluded

    def _take(self) -> _Piece | None:
        piece = self._pieces[self._next] if self._next < len(self._pieces) else None
        self._next += 1
        return piece

    def _touching(self, minus: _Piece) -> _Piece:
        piece = self._take()
        if piece is None or piece.position > minus.position + len(minus.text):
            raise InvalidKeywords(
                "A minus excludes what it touches; write -word, or leave it out.", minus.position
            )
        return piece

    def _operand(self, piece: _Piece) -> Group:
        """One word, phrase or parenthesis; empty where a word holds nothing but signs."""
        if piece.text == "(":
            return self._group(piece)
        terms = self._terms(piece)
        return frozenset([frozenset(terms)]) if terms else frozenset()

    def _terms(self, piece: _Piece) -> list[Term]:
        if piece.text == '"':
            return self._phrase(piece)
        if piece.text in _MISPLACED:
            raise InvalidKeywords(_MISPLACED[piece.text], piece.position)
        words = words_of(piece.text)
        return [words] if words else []

    def _phrase(self, opening: _Piece) -> list[Term]:
        words: list[str] = []
        while piece := self._take():
            if piece.text == '"':
                return [tuple(words)] if words else []
            words.extend(words_of(piece.text))
        raise InvalidKeywords(
            "This quotation mark is never closed; add the second one.", opening.position
        )

    def _group(self, opening: _Piece) -> Group:
        alternatives: list[Alternative] = []
        terms: list[Term] = []
        while piece := self._take():
            if piece.text in (",", ")"):
                if terms:
                    alternatives.append(frozenset(terms))
                terms = []
                if piece.text == ")":
                    return self._checked_group(alternatives, opening)
            else:
                terms.extend(self._inner_terms(piece))
        raise InvalidKeywords("This parenthesis is never closed; add a ).", opening.position)

    def _inner_terms(self, piece: _Piece) -> list[Term]:
        if piece.text.startswith("-"):
            raise InvalidKeywords(
                "Exclusions stand outside parentheses: write (a, b) -c.", piece.position
            )
        if piece.text == "(":
            raise InvalidKeywords(
                "Parentheses cannot stand in each other; write (a, b, c).", piece.position
            )
        return self._terms(piece)

    @staticmethod
    def _checked_group(alternatives: list[Alternative], opening: _Piece) -> Group:
        if not alternatives:
            raise InvalidKeywords(
                "These parentheses are empty; write words in them: (a, b).", opening.position
            )
        return frozenset(alternatives)


_MISPLACED = {
    ")": "This parenthesis was never opened; write (a, b).",
    ",": "Commas stand in parentheses: write (a, b) for one of the two, a b for both.",
    "*": "The * stands for nothing on eBay; write the whole word, or (word, words).",
}


def _normal_form(required: list[Group], excluded: list[Alternative]) -> KeywordQuery:
    unwanted = _weakest(map(_reduced, excluded))
    groups = {_possible(_weakest(map(_reduced, group)), unwanted) for group in required}
    alone = _reduced(frozenset(t for g in groups if len(g) == 1 for one in g for t in one))
    together = _possible(frozenset([alone]), unwanted)
    choices = {
        group
        for group in groups
        if not any(group != other and _is_implied(group, other) for other in groups | {together})
    }
    wanted = {frozenset([frozenset([term])]) for term in alone}
    return KeywordQuery(frozenset(wanted | {g for g in choices if len(g) > 1}), unwanted)


def _possible(group: Group, unwanted: Group) -> Group:
    """The alternatives that no exclusion rules out."""
    possible = frozenset(one for one in group if not any(_demands(one, no) for no in unwanted))
    if not possible:
        raise InvalidKeywords(
            f"No title can match: {_group_text(group)} is wanted and excluded as well.", 0
        )
    return possible


def _reduced(alternative: Alternative) -> Alternative:
    """Without the terms that are part of another one."""
    return frozenset(
        term
        for term in alternative
        if not any(term != other and _contains(other, term) for other in alternative)
    )


def _weakest(alternatives: Iterable[Alternative]) -> Group:
    """Without the alternatives that another one already covers: `(a, a b)` is `a`."""
    every = frozenset(alternatives)
    return frozenset(
        one for one in every if not any(one != other and _demands(one, other) for other in every)
    )


def _is_implied(group: Group, by: Group) -> bool:
    return all(any(_demands(one, weaker) for weaker in group) for one in by)


def _demands(stronger: Alternative, weaker: Alternative) -> bool:
    """Whether every title that has the one has the other."""
    return all(any(_contains(term, part) for term in stronger) for part in weaker)


def _has_all(alternative: Alternative, words: tuple[str, ...], present: frozenset[str]) -> bool:
    return all(
        term[0] in present if len(term) == 1 else _has_phrase(term, words, present)
        for term in alternative
    )


def _has_phrase(phrase: Term, words: tuple[str, ...], present: frozenset[str]) -> bool:
    return present.issuperset(phrase) and _contains(words, phrase)


def _contains(words: tuple[str, ...], phrase: Term) -> bool:
    """Whether the words of the phrase stand next to each other."""
    width = len(phrase)
    return any(words[at : at + width] == phrase for at in range(len(words) - width + 1))


def _term_text(term: Term) -> str:
    return term[0] if len(term) == 1 else f'"{" ".join(term)}"'


def _alternative_text(alternative: Alternative) -> str:
    return " ".join(sorted(map(_term_text, alternative)))


def _group_text(group: Group) -> str:
    texts = sorted(map(_alternative_text, group))
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _excluded_text(alternative: Alternative) -> str:
    text = _alternative_text(alternative)
    return text if len(alternative) == 1 else f"({text})"


def _longest_word(alternative: Alternative) -> str:
    return max((word for term in alternative for word in term), key=lambda word: (len(word), word))
