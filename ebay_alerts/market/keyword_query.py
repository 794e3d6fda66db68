"""The keyword language: what a user types, its one canonical form, and whether a title matches it.

Words must all be there; `(a, b)` wants one of them; `-word`, `-(a, b)` and `-"two words"` exclude;
`"exact phrase"` wants its words next to each other. Whole words count, whatever their case and
accents; a word with a sign in it, outside quotation marks, stands for its spellings.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import prod
from typing import Any, NamedTuple, TypeVar

from ebay_alerts.market.errors import InvalidKeywords

MAX_LENGTH = 300
# eBay's Browse API cuts the q parameter after so many characters.
EBAY_MAX_LENGTH = 100
# Words with signs stand for several spellings; one alternative may multiply to so many.
MAX_SPELLINGS = 32
# So many characters are remembered; languages have fewer.
MAX_FOLDED = 30_000
# What eBay is asked for one group is worked out from so many combinations of words.
MAX_CLAUSES = 64

# A term is one word or, with several, a phrase. All terms of an alternative must be there; one
# alternative of a group must be.
Term = tuple[str, ...]
Alternative = frozenset[Term]
Group = frozenset[Alternative]
T = TypeVar("T")
_NOTHING: frozenset[Any] = frozenset()

_PIECE = re.compile(r'\s+|-+|[(),"*]|[^\s(),"*-][^\s(),"*]*')
# What phones and Japanese keyboards write for the plain signs.
_PLAIN_SIGNS = str.maketrans("（），、＊＂“”„«»－−–—‐‑’ʼ", '(),,*""""""------\'\'')
# A sign that may be left out: inside a word, and not between two digits.
_LOOSE_SIGN = re.compile(r"(?<=[^\W\d_])[-'.](?=[^\W_])|(?<=[^\W_])[-'.](?=[^\W\d_])")
# A broken number whose unit may stand apart.
_BROKEN_NUMBER = re.compile(r"(\d\.\d+)(?=[^\W\d_])")
# The parts of the commonest queries by far: the sign of an exclusion, then a word, a phrase or
# words to choose from; last, whatever else there is.
_PLAIN_PART = re.compile(
    r'(-?)(?:([a-z0-9]+)|"([a-z0-9]+(?: [a-z0-9]+)+)"|\(([a-z0-9]+(?:, [a-z0-9]+)+)\))(?: |$)|(.)',
    re.DOTALL,
)
# What a query may consist of that is nothing but words without signs.
_BARE = b"abcdefghijklmnopqrstuvwxyz0123456789 "

# Chinese and Japanese put no spaces between words: every sign is a word, and a run is a phrase.
_IDEOGRAPHS = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
# Marks that do not count: of Latin and Greek letters, and the vowels of Hebrew and Arabic.
# Elsewhere marks are letters, as in が, क्या and й.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_CYRILLIC = range(0x400, 0x530)
# Picks a picture's look; no letter.
_VARIATION = re.compile("[\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# What would melt into the word or number before it: Lego™ is no "legotm", 10½ no 101/2.
_SPACED = str.maketrans(
    {"™": " ", "℠": " ", "\u200b": " "} | {sign: f" {sign}" for sign in "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
)
_ASCII = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)) * 2


def words_of(text: str) -> tuple[str, ...]:
    """The words of a title or a query: case, accents and width do not count."""
    if text.isascii():
        return tuple(text.encode().translate(_ASCII).decode().split())
    composed = unicodedata.normalize("NFKC", text.translate(_SPACED))
    return tuple(unicodedata.normalize("NFC", composed.translate(_FOLDED)).split())


def spaced_words(title: str) -> str:
    """The words of a title with a space around each: a phrase is in it where ` the phrase ` is."""
    return f" {' '.join(words_of(title))} "


def terms_of(text: str) -> frozenset[Term]:
    """What excluding `text` excludes: one word with its spellings, or several as a phrase; nothing
    where there are but signs."""
    words = text.translate(_PLAIN_SIGNS).split()
    if len(words) == 1:
        return _spellings(words[0])
    phrase = words_of(" ".join(words))
    return frozenset([phrase] if phrase else [])


class _Folded(dict[int, str]):
    """For each character what it counts as in a word: a space where it parts words."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < MAX_FOLDED:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold(character: str) -> str:
    if unicodedata.category(character) == "Cf" or _VARIATION.match(character):
        return ""  # joins or marks what is around it, unseen
    if _IDEOGRAPH.match(character):
        return f" {character} "
    folded = character.casefold()
    if ord(character) not in _CYRILLIC:
        folded = _ACCENT.sub("", unicodedata.normalize("NFKD", folded)).casefold()
    elif folded == "ё":
        folded = "е"
    return unicodedata.normalize("NFC", "".join(c if _is_letter(c) else " " for c in folded))


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


@lru_cache(maxsize=4096)
def _words_of_title(title: str) -> tuple[str, ...]:
    return words_of(title)


class KeywordQuery(NamedTuple):
    """A query in normal form: however it was typed, with the same text where it is equal.

    What another part already demands is left out: `"a b" a` is `"a b"`, `a (a, b)` is `a`. Most
    queries are nothing but words that titles must have; those stand apart from other groups.
    """

    words: frozenset[str]
    groups: frozenset[Group] = _NOTHING
    excluded: frozenset[Alternative] = _NOTHING

    def __str__(self) -> str:
        wanted = sorted(_group_text(group) for group in self.required)
        unwanted = sorted(f"-{_excluded_text(alternative)}" for alternative in self.excluded)
        return " ".join([*wanted, *unwanted])

    def matches(self, title: str) -> bool:
        return self.matches_words(_words_of_title(title))

    def matches_words(self, words: tuple[str, ...]) -> bool:
        """The same for the words of a title, in their order."""
        present = frozenset(words)
        return (
            self.words <= present
            and all(
                any(_has_all(alternative, words, present) for alternative in group)
                for group in self.groups
            )
            and not any(_has_all(alternative, words, present) for alternative in self.excluded)
        )

    @property
    def required(self) -> frozenset[Group]:
        """All groups of which a title must have an alternative, those of one word among them."""
        return self.groups.union(_one_term((word,)) for word in self.words)

    def ebay_text(self) -> str:
        """What eBay is asked: its documented operators only, never narrower than the query.

        Spelled in canonical form, thus without accents, so that one query asks one thing.
        """
        pieces: list[str] = []
        for piece in self._ebay_pieces():
            if piece not in pieces and len(" ".join([*pieces, piece])) <= EBAY_MAX_LENGTH:
                pieces.append(piece)
        return " ".join(pieces)

    def _ebay_pieces(self) -> Iterator[str]:
        """The words that every match has, then groups: those find more for more characters."""
        for group in sorted(self.required, key=lambda group: (len(group) > 1, _group_text(group))):
            if len(group) == 1:
                yield from (word for term in next(iter(group)) for word in _ebay_words(term))
            else:
                yield from map(_clause_text, _clauses(group))


def parse(text: str) -> KeywordQuery:
    """Read what a user typed. Raises InvalidKeywords with the reason and the position."""
    if len(text) > MAX_LENGTH:
        raise InvalidKeywords(
            f"Keywords may have {MAX_LENGTH} characters; these have {len(text)}.", MAX_LENGTH
        )
    if len(text) <= EBAY_MAX_LENGTH and (plain := _plain_query(text)):
        return plain
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
            f"Keywords may have {MAX_LENGTH} characters; written out with all spellings these have"
            f" {len(written)}.",
            0,
        )
    if len(written) > EBAY_MAX_LENGTH and not query.ebay_text():
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
        return frozenset(frozenset([term]) for term in self._spellings(piece))

    def _spellings(self, piece: _Piece) -> frozenset[Term]:
        """The terms of which one must be there; none where there are but signs."""
        if piece.text == '"':
            return self._phrase(piece)
        if piece.text in _MISPLACED:
            raise InvalidKeywords(_MISPLACED[piece.text], piece.position)
        return _spellings(piece.text)

    def _phrase(self, opening: _Piece) -> frozenset[Term]:
        words: list[str] = []
        while piece := self._take():
            if piece.text == '"':
                return frozenset([tuple(words)] if words else [])
            words.extend(words_of(piece.text))
        raise InvalidKeywords(
            "This quotation mark is never closed; add the second one.", opening.position
        )

    def _group(self, opening: _Piece) -> Group:
        alternatives: list[Alternative] = []
        terms: list[frozenset[Term]] = []
        while piece := self._take():
            if piece.text in (",", ")"):
                alternatives.extend(_combined(terms, opening))
                terms = []
                if piece.text == ")":
                    return self._checked_group(alternatives, opening)
            elif spellings := self._inner_spellings(piece):
                terms.append(spellings)
        raise InvalidKeywords("This parenthesis is never closed; add a ).", opening.position)

    def _inner_spellings(self, piece: _Piece) -> frozenset[Term]:
        if piece.text.startswith("-"):
            raise InvalidKeywords(
                "Exclusions stand outside parentheses: write (a, b) -c.", piece.position
            )
        if piece.text == "(":
            raise InvalidKeywords(
                "Parentheses cannot stand in each other; write (a, b, c).", piece.position
            )
        return self._spellings(piece)

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


def _plain_query(text: str) -> KeywordQuery | None:
    """A query whose words have no signs and are distinct: it is in normal form as it is written.

    None where that is not known. This only saves time.
    """
    if text.isascii() and not text.encode().translate(None, _BARE) and (words := text.split()):
        return KeywordQuery(frozenset(words))
    return _plain_parts(text)


def _plain_parts(text: str) -> KeywordQuery | None:
    words: list[str] = []
    others: list[str] = []
    groups: list[Group] = []
    excluded: list[Alternative] = []
    for minus, word, phrase, choice, other in _PLAIN_PART.findall(text):
        if other:
            return None
        if word and not minus:
            words.append(word)
            continue
        terms = (
            [(one,) for one in choice.split(", ")] if choice else [tuple((word or phrase).split())]
        )
        others += chain.from_iterable(terms)
        group = [frozenset((term,)) for term in terms]
        if minus:
            excluded += group
        else:
            groups.append(frozenset(group))
    every = {*words, *others}
    if not (words or groups) or len(every) < len(words) + len(others):
        return None
    return KeywordQuery(frozenset(words), frozenset(groups), frozenset(excluded))


def _one_term(term: Term) -> Group:
    return frozenset((frozenset((term,)),))


def _spellings(text: str) -> frozenset[Term]:
    """`wi-fi` is also `wifi`, and `3.5mm` is also `3.5 mm`."""
    words = words_of(text)
    if len(words) < 2:
        return frozenset([words] if words else [])
    plain = unicodedata.normalize("NFKC", text)
    joined, apart = _LOOSE_SIGN.sub("", plain), _BROKEN_NUMBER.sub(r"\1 ", plain)
    return frozenset([words, words_of(joined), words_of(apart)])


def _combined(terms: list[frozenset[Term]], opening: _Piece) -> list[Alternative]:
    """An alternative for each combination of its terms' spellings."""
    if prod(map(len, terms)) > MAX_SPELLINGS:
        raise InvalidKeywords(
            "Too many words with signs stand together here; put them in quotation marks.",
            opening.position,
        )
    return [frozenset(choice) for choice in one_of_each(terms)] if terms else []


def one_of_each(choices: Iterable[Collection[T]]) -> list[tuple[T, ...]]:
    """Every way of taking one of each."""
    taken: list[tuple[T, ...]] = [()]
    for options in choices:
        taken = [(*before, option) for before in taken for option in options]
    return taken


def _normal_form(required: list[Group], excluded: list[Alternative]) -> KeywordQuery:
    alternatives = [*(one for group in required for one in group), *excluded]
    words = [word for one in alternatives for term in one for word in term]
    if len(set(words)) == len(words):  # no part can demand what another does
        return _split(frozenset(required), frozenset(excluded))
    return _simplified(required, excluded)


def _split(groups: Collection[Group], unwanted: Group) -> KeywordQuery:
    """With a group for each term that every match has."""
    alone = frozenset(term for group in groups if len(group) == 1 for one in group for term in one)
    phrases = {_one_term(term) for term in alone if len(term) > 1}
    words = frozenset(term[0] for term in alone if len(term) == 1)
    return KeywordQuery(words, frozenset(phrases | {g for g in groups if len(g) > 1}), unwanted)


def _simplified(required: list[Group], excluded: list[Alternative]) -> KeywordQuery:
    unwanted = _weakest(map(_reduced, excluded))
    groups = {_possible(_weakest(map(_reduced, group)), unwanted) for group in required}
    alone = _reduced(frozenset(t for g in groups if len(g) == 1 for one in g for t in one))
    together = _possible(frozenset([alone]), unwanted)
    choices = {
        group
        for group in groups
        if not any(group != other and _is_implied(group, other) for other in groups | {together})
    }
    return _split({frozenset([alone]), *(g for g in choices if len(g) > 1)}, unwanted)


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
    if width == 1:
        return phrase[0] in words
    return any(words[at : at + width] == phrase for at in range(len(words) - width + 1))


def _term_text(term: Term) -> str:
    text = _spelled(term)
    return f'"{text}"' if " " in text else text


def _spelled(words: Iterable[str]) -> str:
    """Words with spaces between them, but for ideographs in a row."""
    text = ""
    for word in words:
        is_run = not text or (_IDEOGRAPH.match(text[-1]) and _IDEOGRAPH.match(word))
        text += word if is_run else f" {word}"
    return text


def _alternative_text(alternative: Alternative) -> str:
    return " ".join(sorted(map(_term_text, alternative)))


def _group_text(group: Group) -> str:
    texts = sorted(map(_alternative_text, group))
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _excluded_text(alternative: Alternative) -> str:
    text = _alternative_text(alternative)
    return text if len(alternative) == 1 else f"({text})"


def _ebay_words(term: Term) -> list[str]:
    """The words of a term as eBay is asked for them: ideographs in a row are one."""
    return _spelled(term).split()


def _clauses(group: Group) -> list[frozenset[str]]:
    """Words of which a match has at least one, over and over: what eBay's operators can say.

    `(a b, c)` is `(a, c) (b, c)`. The shortest come first, and none that another one implies.
    """
    choices = [
        {word for term in alternative for word in _ebay_words(term)} for alternative in group
    ]
    if prod(map(len, choices)) > MAX_CLAUSES:
        return [frozenset(max(words, key=lambda word: (len(word), word)) for words in choices)]
    clauses = set(map(frozenset, one_of_each(choices)))
    weakest = [one for one in clauses if not any(other < one for other in clauses)]
    return sorted(weakest, key=lambda clause: (len(clause), _clause_text(clause)))


def _clause_text(clause: frozenset[str]) -> str:
    words = sorted(clause)
    return words[0] if len(words) == 1 else f"({', '.join(words)})"
