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
from ebay_alerts.market.percolator.slots import END, MAX_IN_ROW, Path, Slot, file, unfile

# From so many queries a load learns which words are common.
SAMPLE = 20_000
# So many queries of a load are filed together: what waits takes memory that stays in pieces.
BATCH = 200_000


class _Tokens(dict[str, int]):
    """The number of each word, given out when it is first asked for; 0 is no word's.

    With the words grow the columns: what the percolator knows of each token.
    """

    def __init__(self) -> None:
        super().__init__()
        # The queries of that word alone, and those that want more words.
        self.ends: list[Payload] = [None]
        self.slots: list[Slot] = [None]
        # Its bit; the bits of those with which a title needs a look behind it; and the ids that
        # need none.
        self.bits = [0]
        self.looks = [0]
        self.plain: list[Ids] = [b""]

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + 1
        self.ends.append(None)
        self.slots.append(None)
        self.bits.append(bit_of(number))
        self.looks.append(0)
        self.plain.append(b"")
        return number


class Percolator:
    """Keyword queries by id. Ids are not negative and have 63 bits.

    Words are as rare as they are late: the common ones turn up early. A word keeps its number, so
    that a query is found again where it was filed; a poor order costs time, never truth.
    """

    def __init__(self) -> None:
        self._tokens = _Tokens()
        self._ends, self._slots = self._tokens.ends, self._tokens.slots
        self._bits, self._looks = self._tokens.bits, self._tokens.looks
        self._plain = self._tokens.plain
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
        every = chain(sample, every)
        while waiting := self._gathered(islice(every, BATCH)):
            self._file_together(waiting)

    def add(self, query_id: int, query: KeywordQuery) -> None:
        """File a query under an id that is not taken."""
        if query.groups or query.excluded:
            for path, entry in self._conditional_filings(query_id, query):
                self._file(path, entry)
        else:
            self._file(self._path(query.words), packed(query_id))
        self._count += 1

    def remove(self, query_id: int, query: KeywordQuery) -> None:
        """Forget a query. Raises KeyError where this id was not added with it."""
        left: list[tuple[Path, Entry]] = []
        try:
            if query.groups or query.excluded:
                for path, entry in self._conditional_filings(query_id, query):
                    self._unfile(path, entry)
                    left.append((path, entry))
            else:
                self._unfile(self._path(query.words), packed(query_id))
        except ValueError:
            for path, entry in left:  # it was another query: all as it was
                self._file(path, entry)
            raise KeyError(query_id) from None
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

    def _conditional_filings(
        self, query_id: int, query: KeywordQuery
    ) -> Iterator[tuple[Path, Entry]]:
        """The paths of a query that is not bare, and what to put at the end of each."""
        one = packed(query_id)
        branches, phrase, is_checked, is_repeated = planned(query, self._tokens.__getitem__)
        checked = query if is_checked else None
        for tokens, excluded in branches:
            path = tuple(sorted(tokens, reverse=True))
            if excluded or phrase or checked or is_repeated:
                yield path, Conditional(one, tuple(sorted(excluded)), phrase, checked, is_repeated)
            else:
                yield path, one

    def _gathered(self, queries: Iterable[tuple[int, KeywordQuery]]) -> dict[int, list[Any]]:
        """What to file behind each first token: path, entry, path, entry and so on."""
        waiting: defaultdict[int, list[Any]] = defaultdict(list)
        for query_id, query in queries:
            if query.groups or query.excluded:
                for filing in self._conditional_filings(query_id, query):
                    waiting[filing[0][0]] += filing
            else:
                path = self._path(query.words)
                waiting[path[0]] += (path, packed(query_id))
            self._count += 1
        return waiting

    def _file_together(self, waiting: dict[int, list[Any]]) -> None:
        """File token by token, so that what is behind one lies together in memory."""
        for token in sorted(waiting):
            some = waiting.pop(token)
            flat = iter(some)
            filings = zip(flat, flat, strict=True)
            if self._slots[token] is None and len(some) > 2 * MAX_IN_ROW:
                self._file_behind(token, filings)
            else:
                for path, entry in filings:
                    self._file(path, entry)

    def _file_behind(self, token: int, filings: Iterable[tuple[Path, Entry]]) -> None:
        """File under paths that begin with a token behind which nothing is yet."""
        table: dict[int, Slot] = {}
        self._slots[token] = table
        for path, entry in filings:
            if len(path) == 1:
                self._file(path, entry)
            elif path[1] in table:
                file(self._slots, path, entry)
            else:
                table[path[1]] = (path[2], path[3:], entry) if len(path) > 2 else entry
        self._looks[token] |= reduce(or_, map(self._bits.__getitem__, table), 0)
        self._slots[token] = table or None

    def _path(self, words: Collection[str]) -> Path:
        """The tokens of words, the rarest first."""
        return tuple(sorted(map(self._tokens.__getitem__, words), reverse=True))

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
