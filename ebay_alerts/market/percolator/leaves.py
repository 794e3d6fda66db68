"""What stands at the end of a path: the queries that want no more words."""

import sys
from array import array
from functools import reduce
from itertools import pairwise
from operator import or_
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

from ebay_alerts.market.keyword_query import KeywordQuery

ID_BYTES = 8
# So many ids are bytes, which are one piece of memory; more are an array, which grows in place.
MAX_IN_BYTES = 16
BIT_COUNT = 480

packed = Struct("q").pack  # an id as bytes

# A token shares its bit with others: bits say at a glance which tokens are not there.
_BITS = [1 << bit for bit in range(BIT_COUNT)]

Pair: TypeAlias = tuple[str, str]
Ids: TypeAlias = "bytes | array[int]"


class Conditional(NamedTuple):
    """A query that asks for more than the tokens of its path."""

    one: bytes
    excluded: tuple[int, ...]
    phrase: Pair | None = None
    # To be checked word by word; None where the conditions above say everything.
    query: KeywordQuery | None = None
    # Whether one title may reach the query on several paths.
    is_repeated: bool = False

    def is_checked(self) -> bool:
        """Whether there is more to look at than exclusions."""
        return self.is_repeated or self.phrase is not None or self.query is not None

    def is_met(self, tokens: set[int], words: tuple[str, ...]) -> bool:
        """Whether a title that has the whole path meets the conditions, too."""
        return (
            tokens.isdisjoint(self.excluded)
            and (self.phrase is None or self.phrase in pairwise(words))
            and (self.query is None or self.query.matches_words(words))
        )


# How one query stands at the end of a path: its id alone, as bytes, or with conditions.
Entry: TypeAlias = bytes | Conditional
# How all queries stand at the end of a path, told apart by its class:
#   bytes, array  the ids of queries without conditions
#   Conditional   one query
#   Leaf          any
Payload: TypeAlias = Any


def bit_of(token: int) -> int:
    return _BITS[token % BIT_COUNT]


def merged(payload: Payload, entry: Entry) -> Payload:
    """The payload with one more entry."""
    if payload is None:
        return entry
    if entry.__class__ is bytes and payload.__class__ in (bytes, array):
        return _with(payload, entry)
    if payload.__class__ is not Leaf:
        payload = Leaf(payload)
    payload.add(entry)
    return payload


def unmerged(payload: Payload, entry: Entry) -> Payload:
    """The payload without an entry; None where it was the last. Raises ValueError if not there."""
    kind = payload.__class__
    if payload == entry:
        return None
    if entry.__class__ is bytes and kind in (bytes, array):
        return _without(payload, entry) or None
    if kind is not Leaf:
        raise ValueError(entry)
    payload.remove(entry)
    return payload or None


def plain_ids(payload: Payload) -> Ids:
    """The ids that need no look as long as a title has none of `doubts`."""
    if isinstance(payload, Leaf):
        return payload.ids
    if isinstance(payload, Conditional):
        return b"" if payload.is_checked() else payload.one
    return payload or b""


def doubts(payload: Payload) -> int:
    """The bits of the tokens with which a title needs a look; all, where it does in any case."""
    if isinstance(payload, Leaf):
        return -1 if payload.phrased or payload.checked else payload.bits
    if isinstance(payload, Conditional):
        return -1 if payload.is_checked() else reduce(or_, map(bit_of, payload.excluded))
    return 0


class Leaf:
    """Queries that want no more words, by what is left to look at."""

    __slots__ = ("bits", "checked", "guarded", "guards", "ids", "phrased")

    def __init__(self, payload: Payload) -> None:
        self.ids: Ids = b""
        # Those of the tokens that exclude some of the ids. They may say too much.
        self.bits = 0
        # Which of the ids each token excludes, and what excludes each of those.
        self.guards: dict[int, Ids] = {}
        self.guarded: dict[bytes, tuple[int, ...]] = {}
        self.phrased: dict[Pair, Ids] | None = None
        self.checked: tuple[Conditional, ...] = ()
        if isinstance(payload, Conditional):
            self.add(payload)
        else:
            self.ids = payload

    def __bool__(self) -> bool:
        return bool(self.ids or self.phrased or self.checked)

    def add(self, entry: Entry) -> None:
        if isinstance(entry, bytes):
            self.ids = _with(self.ids, entry)
        elif entry.query or entry.is_repeated:
            self.checked += (entry,)
        elif entry.phrase:
            self.phrased = self.phrased or {}
            self.phrased[entry.phrase] = _with(self.phrased.get(entry.phrase, b""), entry.one)
        else:
            self.ids = _with(self.ids, entry.one)
            self.guarded[entry.one] = entry.excluded
            for token in entry.excluded:
                self.guards[token] = _with(self.guards.get(token, b""), entry.one)
                self.bits |= bit_of(token)

    def remove(self, entry: Entry) -> None:
        """Raises ValueError where the entry is not here."""
        if isinstance(entry, bytes):
            if entry in self.guarded:
                raise ValueError(entry)
            self.ids = _without(self.ids, entry)
        elif entry.query or entry.is_repeated:
            left = list(self.checked)
            left.remove(entry)
            self.checked = tuple(left)
        elif entry.phrase:
            _take(self.phrased or {}, entry.phrase, entry.one)
        else:
            self._remove_guarded(entry)

    def _remove_guarded(self, entry: Conditional) -> None:
        if self.guarded.get(entry.one) != entry.excluded:
            raise ValueError(entry)
        del self.guarded[entry.one]
        self.ids = _without(self.ids, entry.one)
        for token in entry.excluded:
            _take(self.guards, token, entry.one)
        if not self.guards:
            self.bits = 0

    def certain(self, tokens: set[int]) -> Ids:
        """The ids that none of these tokens excludes."""
        present = self.guards.keys() & tokens
        if not present:
            return self.ids
        left = array("q", self.ids)
        for query_id in {*array("q", b"".join(map(self.guards.__getitem__, present)))}:
            left.remove(query_id)
        return left


def _with(ids: Ids, one: bytes) -> Ids:
    if len(ids) < MAX_IN_BYTES * ID_BYTES and isinstance(ids, bytes):
        return ids + one
    if isinstance(ids, bytes):
        ids = array("q", ids)
    ids.frombytes(one)
    return ids


def _without(ids: Ids, one: bytes) -> Ids:
    """Raises ValueError where it is not among them."""
    if isinstance(ids, bytes):
        at = ids.index(one)
        while at % ID_BYTES:
            at = ids.index(one, at + 1)
        return ids[:at] + ids[at + ID_BYTES :]
    ids.remove(int.from_bytes(one, sys.byteorder))
    return ids


def _take(places: dict[Any, Ids], place: Any, one: bytes) -> None:
    left = places[place] = _without(places.get(place, b""), one)
    if not left:
        del places[place]
