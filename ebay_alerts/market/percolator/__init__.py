"""The percolator: which of a million keyword queries a title matches, without reading them; pure.

A query is filed behind the words that a title must have: a path of tokens, which are the numbers
of words, the rarest first. An OR group files its query once for each alternative. A title follows
the paths whose tokens it has. What a path does not say (phrases, exclusions, very wide groups) is
looked at where it ends.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, compress, count, islice, pairwise, repeat
from operator import and_, or_
from typing import Any

from ebay_alerts.market.keyword_query import KeywordQuery, words_of
from ebay_alerts.market.percolator.leaves import (
    Conditional,
    Entry,
    Ids,
    Leaf,
    Payload,
    bit_of,
    doubts,
    merged,
    packed,
    plain_ids,
    unmerged,
)
from ebay_alerts.market.percolator.paths import planned
from ebay_alerts.market.percolator.slots import END, Path, Slot, file, unfile

# From so many queries a load learns which words are common.
SAMPLE = 20_000


class _Tokens(dict[str, int]):
    """The number of each word, given out when it is first asked for; 0 is no word's."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + 1
        return number


class Percolator:
    """Keyword queries by id. Ids are not negative and have 63 bits.

    Words are as rare as they are late: the common ones turn up early. A word keeps its number, so
    that a query is found again where it was filed; a poor order costs time, never truth.
    """

    def __init__(self) -> None:
        self._tokens = _Tokens()
        # By token: the queries of that word alone, and those that want more words.
        self._ends: list[Payload] = [None]
        self._slots: list[Slot] = [None]
        # By token: its bit; the bits of those with which a title needs a look behind it; and the
        # ids that need none.
        self._bits = [0]
        self._looks = [0]
        self._plain: list[Ids] = [b""]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def load(self, queries: Iterable[tuple[int, KeywordQuery]]) -> None:
        """File many queries: as if each were added, but with a better order of words.

        Pause the garbage collector meanwhile: a load makes no garbage to look for.
        """
        every = iter(queries)
        sample = list(islice(every, SAMPLE))
        words = (word for _, query in sample for word in query.words)
        for word, _ in Counter(words).most_common():
            self._tokens[word]
        self._file_together(chain(sample, every))

    def add(self, query_id: int, query: KeywordQuery) -> None:
        """File a query under an id that is not taken."""
        for path, entry in self._filings(query_id, query):
            self._file(path, entry)
        self._count += 1

    def remove(self, query_id: int, query: KeywordQuery) -> None:
        """Forget a query. Raises KeyError where this id was not added with it."""
        left: list[tuple[Path, Entry]] = []
        for path, entry in self._filings(query_id, query):
            try:
                self._unfile(path, entry)
            except ValueError:
                for other in left:  # it was another query: all as it was
                    self._file(*other)
                raise KeyError(query_id) from None
            left.append((path, entry))
        self._count -= 1

    def match(self, title: str) -> Sequence[int]:  # noqa: C901 - a call costs what a slot does
        """The ids of the queries that match, each once, in no order.

        Long, and dispatched by class, for it runs for every title.
        """
        words = words_of(title)
        tokens: set[Any] = {END, *map(self._tokens.get, words)}
        tokens.discard(None)
        order = [*tokens]
        bits = reduce(or_, map(self._bits.__getitem__, order))
        looks = map(and_, map(self._looks.__getitem__, order), repeat(bits))
        found = [*map(self._plain.__getitem__, order)]
        slots: list[Slot] = []
        for at in compress(count(), looks):
            end, slot = self._ends[order[at]], self._slots[order[at]]
            if slot is not None:
                slots.append(slot)
            if end.__class__ is Leaf or end.__class__ is Conditional:
                slots.append(end)
                found[at] = b""
        keep = found.append
        repeated: set[bytes] = set()
        pairs: set[tuple[str, str]] = set()
        for slot in slots:  # grows as tables are opened
            kind = slot.__class__
            if kind is bytes or kind is array:
                keep(slot)
            elif kind is dict:
                slots += map(slot.__getitem__, slot.keys() & tokens)
            elif kind is Leaf:
                keep(slot.certain(tokens) if slot.bits & bits else slot.ids)
                if slot.phrased is not None:
                    pairs = pairs or {*pairwise(words)}
                    found += map(slot.phrased.__getitem__, slot.phrased.keys() & pairs)
                slots += slot.checked
            elif kind is tuple:
                row = iter(slot)
                for token, rest, payload in zip(row, row, row, strict=True):
                    if token in tokens and (not rest or tokens.issuperset(rest)):
                        slots.append(payload)
            elif slot.is_met(tokens, words):
                (repeated.add if slot.is_repeated else keep)(slot.one)
        return array("q", b"".join((*found, *repeated) if repeated else found))

    def _filings(self, query_id: int, query: KeywordQuery) -> Iterable[tuple[Path, Entry]]:
        """The paths of a query, and what to put at the end of each."""
        if query.is_bare():
            return ((self._path(query.words), packed(query_id)),)
        return self._conditional_filings(query_id, query)

    def _conditional_filings(
        self, query_id: int, query: KeywordQuery
    ) -> Iterator[tuple[Path, Entry]]:
        plan = planned(query)
        one = packed(query_id)
        checked = query if plan.is_checked else None
        for words, excluded in plan.branches:
            path = self._path(words)
            if excluded or plan.phrase or checked or plan.is_repeated:
                tokens = self._path(excluded)
                yield path, Conditional(one, tokens, plan.phrase, checked, plan.is_repeated)
            else:
                yield path, one

    def _file_together(self, queries: Iterable[tuple[int, KeywordQuery]]) -> None:
        """File token by token, so that what is behind one lies together in memory."""
        waiting: defaultdict[int, list[tuple[Path, Entry]]] = defaultdict(list)
        for query_id, query in queries:
            for filing in self._filings(query_id, query):
                waiting[filing[0][0]].append(filing)
            self._count += 1
        for token in sorted(waiting):
            for path, entry in waiting.pop(token):
                self._file(path, entry)

    def _path(self, words: Collection[str]) -> Path:
        """The tokens of words, the rarest first."""
        path = tuple(sorted(map(self._tokens.__getitem__, words), reverse=True))
        if len(self._tokens) >= len(self._slots):
            self._make_room()
        return path

    def _make_room(self) -> None:
        for token in range(len(self._slots), len(self._tokens) + 1):
            self._ends.append(None)
            self._slots.append(None)
            self._bits.append(bit_of(token))
            self._looks.append(0)
            self._plain.append(b"")

    def _file(self, path: Path, entry: Entry) -> None:
        token = path[0]
        if len(path) > 1:
            file(self._slots, path, entry)
            self._looks[token] |= self._bits[path[1]]
        else:
            end = self._ends[token] = merged(self._ends[token], entry)
            self._plain[token] = plain_ids(end)
            self._looks[token] |= doubts(end)

    def _unfile(self, path: Path, entry: Entry) -> None:
        """Bits stay as long as there is anything: they may ask for a look in vain."""
        token = path[0]
        if len(path) > 1:
            unfile(self._slots, path, entry)
        else:
            end = self._ends[token] = unmerged(self._ends[token], entry)
            self._plain[token] = plain_ids(end)
        if self._slots[token] is None and self._ends[token] is None:
            self._looks[token] = 0
