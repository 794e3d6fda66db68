"""The percolator: which of a million keyword queries a title matches, without reading them; pure.

A query is filed behind what a title must have: a path of tokens, the rarest first. A token is a
word, or two words in a row for a phrase. An OR group files its query once for each alternative. A
title follows the paths whose tokens it has. What a path cannot say (longer phrases, exclusions of
several words, very wide groups) is checked word by word at its end.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from ebay_alerts.market.keyword_query import KeywordQuery, words_of
from ebay_alerts.market.percolator.paths import Token, bare_words, planned
from ebay_alerts.market.percolator.slots import (
    END,
    Conditional,
    Entry,
    Slot,
    collected,
    filed,
    without,
)


class Percolator:
    """Keyword queries by id. Ids are not negative.

    Tokens are as rare as they are late: the common ones turn up early. A token keeps its number,
    so that a query is found again where it was filed; a poor order costs time, never truth.
    """

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._slots: list[Slot] = [None]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, query_id: int, query: KeywordQuery) -> None:
        """File a query under an id that is not taken."""
        for path, entry in self._filings(query_id, query):
            self._slots[path[0]] = filed(self._slots[path[0]], path[1:], entry)
        self._count += 1

    def remove(self, query_id: int, query: KeywordQuery) -> None:
        """Forget a query. Raises KeyError where this id was not added with it."""
        left: list[tuple[int, ...]] = []
        for path, entry in self._filings(query_id, query):
            try:
                self._slots[path[0]] = without(self._slots[path[0]], path[1:], entry)
            except (ValueError, KeyError):
                for other in left:  # it was another query: all as it was
                    self._slots[other[0]] = filed(self._slots[other[0]], other[1:], entry)
                raise KeyError(query_id) from None
            left.append(path)
        self._count -= 1

    def match(self, title: str) -> Sequence[int]:
        """The ids of the queries that match, each once, in no order."""
        words = words_of(title)
        known: set[Any] = {*map(self._words.get, words), *map(self._pairs.get, pairwise(words))}
        known.discard(None)
        slots_of = self._slots
        tokens: set[int] = {END}
        slots: list[Slot] = []
        for token in sorted(known):  # what is wanted next is commoner: it was there before
            slot = slots_of[token]
            if slot.__class__ is dict:
                slots += map(slot.__getitem__, slot.keys() & tokens)
            elif slot is not None:
                slots.append(slot)
            tokens.add(token)
        return collected(slots, tokens, words)

    def _filings(
        self, query_id: int, query: KeywordQuery
    ) -> Iterator[tuple[tuple[int, ...], Entry]]:
        """The paths of a query, the rarest token first, and what to put at the end of each."""
        if (words := bare_words(query)) is not None:
            yield self._path(words), query_id
            return
        plan = planned(query)
        marked_id = query_id if len(plan.paths) == 1 else ~query_id
        entry: Entry = marked_id
        if plan.excluded or plan.is_checked:
            excluded = tuple(sorted(map(self._number, plan.excluded)))
            entry = Conditional(marked_id, excluded, query if plan.is_checked else None)
        for tokens in plan.paths:
            yield self._path(tokens), entry

    def _path(self, tokens: Collection[Token]) -> tuple[int, ...]:
        return tuple(sorted(map(self._number, tokens), reverse=True))

    def _number(self, token: Token) -> int:
        numbers: dict[Any, int] = self._words if token.__class__ is str else self._pairs
        number = numbers.get(token)
        if number is None:
            number = numbers[token] = len(self._slots)
            self._slots.append(None)
        return number
