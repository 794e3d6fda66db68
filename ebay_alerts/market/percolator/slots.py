"""Where queries are filed behind a token.

Memory decides the speed, for even a probe that finds nothing waits for it. So small numbers stand
for tokens, few queries share a row rather than take a table, and what is found is bytes that are
joined, not objects that are looked at one by one.
"""

from collections.abc import MutableSequence
from typing import Any, TypeAlias

from ebay_alerts.market.percolator.leaves import Entry, Payload, merged, unmerged

# So many paths stand in one row behind a token before they take a table.
MAX_IN_ROW = 4

# The end of a path, in the place of one more token.
END = 0
# What is behind a token, told apart by its class:
#   None     nothing
#   tuple    few paths in one row, three places for each: the token that it wants next (or END),
#            those that it wants after that, and the payload at its end
#   dict     what is behind each further token, or behind END
#   payload  the queries that want no more
Slot: TypeAlias = Any
Path: TypeAlias = tuple[int, ...]


def file(slots: MutableSequence[Slot], path: Path, entry: Entry) -> None:
    """Put an entry at the end of its path."""
    holder: Any = slots
    token, depth = path[0], 1
    slot = holder[token]
    while True:
        while slot.__class__ is dict:
            holder, token = slot, path[depth] if depth < len(path) else END
            slot = holder.get(token)
            depth += 1
        rest = path[depth:]
        if slot is None:
            holder[token] = (rest[0], rest[1:], entry) if rest else entry
            return
        if slot.__class__ is tuple:
            at = _position(slot, rest)
            if at is not None:
                holder[token] = (*slot[:at], merged(slot[at], entry), *slot[at + 1 :])
                return
            if len(slot) >= 3 * MAX_IN_ROW:
                slot = holder[token] = _table(slot)
                continue
        if rest or slot.__class__ is tuple:
            holder[token] = _joined(slot, rest, entry)
        else:
            holder[token] = merged(slot, entry)
        return


def unfile(slots: MutableSequence[Slot], path: Path, entry: Entry) -> None:
    """Take an entry away, with the tables that hold nothing without it.

    Raises ValueError where it is not there.
    """
    holder: Any = slots
    token, depth = path[0], 1
    slot = holder[token]
    above: list[tuple[Any, int]] = []
    while slot.__class__ is dict:
        above.append((holder, token))
        holder, token = slot, path[depth] if depth < len(path) else END
        slot = holder.get(token)
        depth += 1
    holder[token] = _without(slot, path[depth:], entry)
    while above and holder[token] is None:
        del holder[token]
        if holder:
            return
        holder, token = above.pop()
        holder[token] = None


def _without(slot: Slot, rest: Path, entry: Entry) -> Slot:
    if slot.__class__ is not tuple:
        if rest or slot is None:
            raise ValueError(entry)
        return unmerged(slot, entry)
    at = _position(slot, rest)
    if at is None:
        raise ValueError(entry)
    left = unmerged(slot[at], entry)
    if left is None:
        return (*slot[: at - 2], *slot[at + 1 :]) or None
    return (*slot[:at], left, *slot[at + 1 :])


def _joined(slot: Slot, rest: Path, payload: Payload) -> Slot:
    """A row with one more path, which is not yet in it."""
    if slot is None:
        return (rest[0], rest[1:], payload) if rest else payload
    if slot.__class__ is not tuple:
        slot = (END, (), slot)
    return slot + ((rest[0], rest[1:], payload) if rest else (END, (), payload))


def _position(row: tuple[Any, ...], rest: Path) -> int | None:
    """Where in the row the payload of a path stands."""
    token, more = (rest[0], rest[1:]) if rest else (END, ())
    for at in range(0, len(row), 3):
        if row[at] == token and row[at + 1] == more:
            return at + 2
    return None


def _table(row: tuple[Any, ...]) -> dict[int, Slot]:
    table: dict[int, Slot] = {}
    parts = iter(row)
    for token, rest, payload in zip(parts, parts, parts, strict=True):
        table[token] = _joined(table.get(token), rest, payload)
    return table
