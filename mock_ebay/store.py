"""Listings and the event log in SQLite: a change and its event are one transaction.

Without a path the log lives in SQLite's private temporary database, which spills to disk when it
grows, and listings are not written at all: nobody could read them back.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from operator import attrgetter
from pathlib import Path
from sys import intern

from mock_ebay.listings import Listing

_COLUMNS = tuple(field.name for field in fields(Listing))
_row_of = attrgetter(*_COLUMNS)
_REPEATED = tuple(
    _COLUMNS.index(name)
    for name in ("marketplace", "category", "shipping_type", "seller", "country")
)
_SCHEMA = f"""
CREATE TABLE listing ({", ".join(_COLUMNS)}, PRIMARY KEY (number));
CREATE TABLE event (sequence INTEGER PRIMARY KEY, type, at, product);
CREATE TABLE about (name PRIMARY KEY, value) WITHOUT ROWID;
"""
_KEEP = f"INSERT OR REPLACE INTO listing VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - column names of our own
_TRIM_EVERY = 500


class UnusableStateError(Exception):
    """The state file {path} cannot be used: {reason}"""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the state file {path} cannot be used: {reason}")


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `product` is the JSON text of the whole product, its URLs without a host."""

    sequence: int
    type: str
    at: int
    product: str


class Store:
    """The one writer of a state file; a second process is refused while it is open."""

    def __init__(self, path: Path | None, event_log: int) -> None:
        self._persistent = path is not None
        self._event_log = event_log
        try:
            self._db = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
            self._open()
        except sqlite3.Error as error:
            raise UnusableStateError(path or Path("(temporary)"), str(error)) from error
        self.head: int = self._one("SELECT coalesce(max(sequence), 0) FROM event")

    def _open(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 500")
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not self._one("SELECT count(*) FROM sqlite_master WHERE name = 'about'"):
            self._db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    @property
    def is_fresh(self) -> bool:
        """Whether no catalogue was ever laid down here; a start that died on the way counts."""
        return self.find("catalogue_size") is None

    @property
    def catalogue_size(self) -> int:
        return int(self.find("catalogue_size") or 0)

    @property
    def stream_id(self) -> str:
        return self.find("stream_id") or ""

    @property
    def oldest(self) -> int:
        """The first sequence that can still be read; one past the head while nothing happened."""
        return int(self._one(f"SELECT coalesce(min(sequence), {self.head + 1}) FROM event"))  # noqa: S608 - a number

    def lay_down(self, listings: Iterable[Listing], size: int) -> None:
        """Start afresh: the catalogue and a new stream, all or nothing."""
        with self._transaction():
            if self._persistent:
                self._db.executemany(_KEEP, map(_row_of, listings))
            about = [("stream_id", secrets.token_hex(8)), ("catalogue_size", str(size))]
            self._db.executemany("INSERT INTO about VALUES (?, ?)", about)

    def listings(self) -> Iterator[Listing]:
        for row in self._db.execute("SELECT * FROM listing ORDER BY number"):
            values = list(row)
            for at in _REPEATED:
                values[at] = intern(values[at])
            yield Listing(*values)

    def record(self, event: Event, listing: Listing | None, number: int) -> None:
        """Append an event with what it changes: the listing as it is now, None to delete it."""
        with self._transaction():
            self._db.execute("INSERT INTO event VALUES (?, ?, ?, ?)", astuple(event))
            if listing is None:
                self._db.execute("DELETE FROM listing WHERE number = ?", (number,))
            elif self._persistent:
                self._db.execute(_KEEP, _row_of(listing))
            if event.sequence % _TRIM_EVERY == 0:
                limit = event.sequence - self._event_log
                self._db.execute("DELETE FROM event WHERE sequence <= ?", (limit,))
        self.head = event.sequence

    def events(self, after: int, limit: int) -> list[Event]:
        rows = self._db.execute(
            "SELECT * FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
        )
        return [Event(*row) for row in rows]

    def note(self, name: str, value: str) -> None:
        """Keep a text under a name, in the place of what was there."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def close(self) -> None:
        self._db.close()

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)

    def _one(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0])

    def find(self, name: str) -> str | None:
        """What was noted under a name."""
        row = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return row and str(row[0])


class _Transaction:
    """BEGIN IMMEDIATE to COMMIT; rolled back on an error."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
