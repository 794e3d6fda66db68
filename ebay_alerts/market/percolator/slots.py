"""Where queries are filed behind a token, and how a title collects them.

Memory decides the speed, for even a probe that finds nothing waits for it. So small numbers stand
for tokens, few queries share a row rather than take a table, and ids that need no look are kept in
arrays, which are copied whole.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, filterfalse
from typing import Any, NamedTuple, TypeAlias

from ebay_alerts.market.keyword_query import KeywordQuery

# So many queries stand in one row behind a token before they take a table.
MAX_IN_ROW = 4

# The end of a path, in the place of one more token.
END = 0
# What is behind a token, told apart by its class:
#   None     nothing
#   int      one query that wants no more: its marked id
#   tuple    few queries in one row, three places for each: entry, the token that it wants
#            next (or END), and those it wants after that
#   array    the ids of queries that want no more and have no conditions
#   Leaf     queries that want no more, some with conditions
#   dict     what is behind each further token, or behind END
Slot: TypeAlias = Any


class Conditional(NamedTuple):
    """A query that asks for more than its path says."""

    marked_id: int
    excluded: tuple[int, ...]
    # To be checked word by word; None where path and exclusions say everything.
    query: KeywordQuery | None


# A marked id is negative, ~id, for a query with several paths: one title may reach it repeatedly.
Entry: TypeAlias = int | Conditional


def collected(slots: list[Slot], tokens: set[int], words: tuple[str, ...]) -> Sequence[int]:
    """The ids behind these slots and all that they lead to, each once.

    Long, and dispatched by class, for it runs for every title and a call costs what a slot does.
    """
    found, repeated = array("q"), array("q")
    keep = found.append
    for slot in slots:  # grows as tables are opened
        kind = slot.__class__
        if kind is int:
            keep(slot) if slot >= 0 else repeated.append(~slot)
        elif kind is tuple:
            row = iter(slot)
            for entry, token, rest in zip(row, row, row, strict=True):
                if token in tokens and (not rest or tokens.issuperset(rest)):
                    marked = entry if entry.__class__ is int else _met(entry, tokens, words)
                    if marked is not None:
                        keep(marked) if marked >= 0 else repeated.append(~marked)
        elif kind is dict:
            slots += map(slot.__getitem__, slot.keys() & tokens)
        elif kind is array:
            found += slot
        else:
            slots += slot.collected(tokens, found, repeated)
    if repeated:
        once = set(repeated)
        found += repeated if len(once) == len(repeated) else array("q", once)
    return found


def _met(entry: Conditional, tokens: set[int], words: tuple[str, ...]) -> int | None:
    """The marked id, if a title that has the whole path meets the conditions, too."""
    is_met = tokens.isdisjoint(entry.excluded) and (
        entry.query is None or entry.query.matches_words(words)
    )
    return entry.marked_id if is_met else None


class Leaf:
    """Queries that want no more, by what is left to look at; None for a kind that is not here."""

    __slots__ = ("checked", "guarded", "guards", "plain", "repeated")

    def __init__(self, plain: "array[int] | None" = None) -> None:
        self.plain = plain
        self.repeated: array[int] | None = None
        self.guarded: array[int] | None = None
        # Which of the guarded each token excludes.
        self.guards: dict[int, array[int]] = {}
        self.checked: tuple[Any, ...] | None = None  # a row

    def __bool__(self) -> bool:
        return bool(self.plain or self.repeated or self.guarded or self.checked)

    def add(self, entry: Entry) -> None:
        kind, query_id = _kind(entry)
        if kind == "checked":
            self.checked = (self.checked or ()) + _row((), entry)
            return
        ids = getattr(self, kind)
        if ids is None:
            setattr(self, kind, array("q", (query_id,)))
        else:
            ids.append(query_id)
        for token in _guards(entry):
            self.guards.setdefault(token, array("q")).append(query_id)

    def remove(self, entry: Entry) -> None:
        """Raises ValueError where the entry is not here."""
        kind, query_id = _kind(entry)
        if kind == "checked":
            self.checked = _row_without(self.checked or (), (), entry)
            return
        ids = getattr(self, kind) or array("q")
        ids.remove(query_id)
        if not ids:
            setattr(self, kind, None)
        for token in _guards(entry):
            self.guards[token].remove(query_id)
            if not self.guards[token]:
                del self.guards[token]

    def collected(
        self, tokens: set[int], found: "array[int]", repeated: "array[int]"
    ) -> Iterable[Slot]:
        """Adds what is certain, and returns what has still to be looked at."""
        if self.plain:
            found += self.plain
        if self.repeated:
            repeated += self.repeated
        if self.guarded:
            if self.guards.keys().isdisjoint(tokens):
                found += self.guarded
            else:
                found.extend(self._unguarded(tokens))
        return (self.checked,) if self.checked else ()

    def _unguarded(self, tokens: set[int]) -> Iterable[int]:
        """The guarded queries that none of these tokens excludes."""
        present = map(self.guards.__getitem__, self.guards.keys() & tokens)
        return filterfalse(set().union(*present).__contains__, self.guarded or ())


def _kind(entry: Entry) -> tuple[str, int]:
    """Where a leaf keeps an entry, and the id that it keeps."""
    if isinstance(entry, int):
        return ("plain", entry) if entry >= 0 else ("repeated", ~entry)
    is_checked = entry.query is not None or entry.marked_id < 0
    return ("checked" if is_checked else "guarded", entry.marked_id)


def _guards(entry: Entry) -> tuple[int, ...]:
    return () if isinstance(entry, int) else entry.excluded


def filed(slot: Slot, rest: tuple[int, ...], entry: Entry) -> Slot:
    """The slot with one more query, which still wants the rest."""
    kind = slot.__class__
    if slot is None:
        return entry if entry.__class__ is int and not rest else _row(rest, entry)
    if kind is int:
        if entry.__class__ is int and not rest and entry >= 0 and slot >= 0:
            return array("q", (slot, entry))
        return _row((), slot) + _row(rest, entry)
    if kind is tuple and len(slot) < 3 * MAX_IN_ROW:
        return slot + _row(rest, entry)
    if kind is not dict:
        if not rest and kind is not tuple:
            return _gathered(slot, entry)
        slot = _table(slot)
    token = rest[0] if rest else END
    slot[token] = filed(slot.get(token), rest[1:], entry)
    return slot


def _gathered(slot: Slot, entry: Entry) -> Slot:
    """One more among those that want no more: an array as long as none has conditions."""
    if slot.__class__ is array:
        if entry.__class__ is int and entry >= 0:
            slot.append(entry)
            return slot
        slot = Leaf(slot)
    slot.add(entry)
    return slot


def _table(slot: Slot) -> dict[int, Slot]:
    """A table with what is in this slot."""
    if slot.__class__ is not tuple:
        return {END: slot}
    table: dict[int, Slot] = {}
    for entry, token, rest in _entries(slot):
        if token == END:
            table.setdefault(END, Leaf()).add(entry)
        else:
            table[token] = filed(table.get(token), rest, entry)
    return table


def without(slot: Slot, rest: tuple[int, ...], entry: Entry) -> Slot:
    """The slot without this query, None where it was the last. Raises ValueError if not there."""
    kind = slot.__class__
    if kind is dict:
        token = rest[0] if rest else END
        left = without(slot.get(token), rest[1:], entry)
        if left is None:
            del slot[token]
        else:
            slot[token] = left
        return slot or None
    if kind is tuple:
        return _row_without(slot, rest, entry)
    if kind in (array, Leaf) and not rest:
        slot.remove(entry)
        return slot or None
    if rest or slot != entry:
        raise ValueError(entry)
    return None


def _row(rest: tuple[int, ...], entry: Entry) -> tuple[Any, ...]:
    return (entry, rest[0], rest[1:]) if rest else (entry, END, ())


def _entries(row: tuple[Any, ...]) -> Iterator[tuple[Entry, int, tuple[int, ...]]]:
    parts = iter(row)
    return zip(parts, parts, parts, strict=True)


def _row_without(
    row: tuple[Any, ...], rest: tuple[int, ...], entry: Entry
) -> tuple[Any, ...] | None:
    entries = list(_entries(row))
    entries.remove(_row(rest, entry))
    return tuple(chain.from_iterable(entries)) or None
