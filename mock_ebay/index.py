"""An inverted index from title words and facets to listing numbers."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from mock_ebay.catalogue_words import PARENTS
from mock_ebay.keyword import Group, Phrase, Query, spell, words_of
from mock_ebay.listings import Listing, option_names

_NONE: frozenset[int] = frozenset()


def facets_of(listing: Listing) -> list[str]:
    """The yes-or-no questions that searches ask often enough to be indexed."""
    facets = [
        listing.marketplace,
        f"category:{listing.category}",
        f"category:{PARENTS.get(listing.category, '')}",
        f"condition:{listing.condition}",
        *option_names(listing.options),
    ]
    return [*facets, "worldwide"] if listing.worldwide else facets


class Index:
    """The listings that can be found. Sets handed out are not to be changed."""

    def __init__(self, title_of: Callable[[int], str]) -> None:
        self._title_of = title_of
        self._words: dict[str, set[int]] = {}
        self._facets: dict[str, set[int]] = {}
        self.everything: set[int] = set()

    def add(self, listing: Listing) -> None:
        number = listing.number
        self.everything.add(number)
        _enter(self._words, set(words_of(listing.title)), number)
        _enter(self._facets, facets_of(listing), number)

    def remove(self, listing: Listing) -> None:
        self.everything.discard(listing.number)
        _leave(self._words, words_of(listing.title), listing.number)
        _leave(self._facets, facets_of(listing), listing.number)

    def facet(self, name: str) -> AbstractSet[int]:
        return self._facets.get(name, _NONE)

    def word(self, word: str) -> AbstractSet[int]:
        return self._words.get(word, _NONE)

    def commonest_words(self, count: int) -> list[str]:
        """The words in most titles, ties by alphabet, leaving out numbers and short words."""
        words = (word for word in self._words if len(word) > 3 and word.isalpha())
        return sorted(words, key=lambda word: (-len(self._words[word]), word))[:count]

    def find(self, query: Query) -> AbstractSet[int]:
        """The numbers of all listings whose title matches."""
        groups = sorted((self._group(group) for group in query.required), key=len)
        found = intersection(groups) if groups else self.everything
        for group in query.excluded:
            found = found - self._group(group)
        return found

    def _group(self, group: Group) -> AbstractSet[int]:
        found: AbstractSet[int] = _NONE
        for phrases in group.alternatives:
            every = intersection(sorted((self._phrase(phrase) for phrase in phrases), key=len))
            found = every if not found else found | every
        return found

    def _phrase(self, phrase: Phrase) -> AbstractSet[int]:
        if len(phrase) == 1:
            return self.word(phrase[0])
        candidates = intersection(sorted((self.word(word) for word in phrase), key=len))
        row = spell(phrase)
        return {n for n in candidates if row in spell(words_of(self._title_of(n)))}


def intersection(sets: Iterable[AbstractSet[int]]) -> AbstractSet[int]:
    """What is in all of one or more sets; cheapest with the smallest first."""
    first, *others = sets
    for other in others:
        first = first & other
    return first


def _enter(sets: dict[str, set[int]], keys: Iterable[str], number: int) -> None:
    for key in keys:
        known = sets.get(key)
        if known is None:
            sets[key] = {number}
        else:
            known.add(number)


def _leave(sets: dict[str, set[int]], keys: Iterable[str], number: int) -> None:
    for key in keys:
        known = sets.get(key)
        if known is not None:
            known.discard(number)
            if not known:
                del sets[key]
