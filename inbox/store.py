"""The mails, in SQLite: a file that survives a kill, or memory."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inbox.headers import read_listed_fields
from inbox.mails import Arrival, Mail, MailPage, MailQuery
from inbox.parsing import searchable_text

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    helo TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    from_header TEXT NOT NULL,
    to_header TEXT NOT NULL,
    size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (mail_id INTEGER PRIMARY KEY, source BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS words (mail_id INTEGER PRIMARY KEY, text TEXT NOT NULL);
"""
_FIELDS = "id, received_at, helo, sender, recipients, subject, from_header, to_header, size"
_READ_BATCH = 20


class Store:
    """Safe to call from any thread. What a method has written is committed when it returns.

    Raises `sqlite3.Error` where the file is none of SQLite's or cannot be written.
    """

    def __init__(self, path: Path | None = None, keep: int = 10_000) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._keep = keep
        self._write_lock = threading.Lock()
        self._writer = _connect(path)
        self._writer.executescript(_SCHEMA)
        # Memory has one connection alone; a file is read past the commit that is under way.
        self._read_lock = threading.Lock() if path else self._write_lock
        self._reader = _connect(path) if path else self._writer
        self._count: int = self._writer.execute("SELECT count(*) FROM mails").fetchone()[0]
        self._read_up_to: int = self._writer.execute(
            "SELECT coalesce(max(mail_id), 0) FROM words"
        ).fetchone()[0]

    def append(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Stores all in one commit, or none; prunes the oldest beyond `keep`. Answers the ids."""
        with self._write_lock:
            with self._transaction():
                ids = [self._insert(arrival) for arrival in arrivals]
                pruned = self._prune(self._count + len(ids) - self._keep)
            self._count += len(ids) - pruned
        return ids

    def read(self, query: MailQuery, start: int, limit: int) -> MailPage:
        """Newest first."""
        if query.containing:
            self.read_words()
        where, values = _where(query)
        with self._read_lock:
            total = self._total(where, values)
            rows = self._reader.execute(
                f"SELECT {_FIELDS} FROM mails {where} ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608 - the parts are constants above
                [*values, limit, start],
            ).fetchall()
        return MailPage(total, start, tuple(_mail(row) for row in rows))

    def find(self, mail_id: int) -> Mail | None:
        with self._read_lock:
            row = self._reader.execute(
                f"SELECT {_FIELDS} FROM mails WHERE id = ?",  # noqa: S608 - the fields are a constant
                (mail_id,),
            ).fetchone()
        return _mail(row) if row else None

    def find_source(self, mail_id: int) -> bytes | None:
        with self._read_lock:
            row = self._reader.execute(
                "SELECT source FROM sources WHERE mail_id = ?", (mail_id,)
            ).fetchone()
        return row[0] if row else None

    def find_neighbours(self, mail_id: int) -> tuple[int | None, int | None]:
        """The next newer mail and the next older one."""
        with self._read_lock:
            newer, older = self._reader.execute(
                "SELECT (SELECT min(id) FROM mails WHERE id > ?),"
                " (SELECT max(id) FROM mails WHERE id < ?)",
                (mail_id, mail_id),
            ).fetchone()
        return newer, older

    def state(self) -> dict[str, int]:
        """How many mails there are, and the newest one's id (0 for none)."""
        with self._read_lock:
            newest = self._reader.execute("SELECT coalesce(max(id), 0) FROM mails").fetchone()[0]
        return {"total": self._count, "newest": newest}

    def delete(self, mail_id: int) -> bool:
        """Whether there was such a mail."""
        with self._write_lock:
            with self._transaction():
                deleted = self._delete([mail_id])
            self._count -= deleted
        return deleted == 1

    def clear(self) -> None:
        with self._write_lock:
            with self._transaction():
                for table in ("mails", "sources", "words"):
                    self._writer.execute(f"DELETE FROM {table}")  # noqa: S608 - names above
            self._count = 0

    def read_words(self) -> None:
        """Makes every mail searchable by its text."""
        while self.read_some_words():
            pass

    def count_unread(self) -> int:
        """How many mails no search could find by their text yet."""
        with self._read_lock:
            row = self._reader.execute(
                "SELECT count(*) FROM mails WHERE id > ?", (self._read_up_to,)
            ).fetchone()
        unread: int = row[0]
        return unread

    def read_some_words(self) -> bool:
        """Makes some more mails searchable; whether there may be others left."""
        with self._write_lock:
            rows = self._writer.execute(
                "SELECT mail_id, source, sender, recipients FROM sources JOIN mails ON id = mail_id"
                " WHERE mail_id > ? ORDER BY mail_id LIMIT ?",
                (self._read_up_to, _READ_BATCH),
            ).fetchall()
            with self._transaction():
                self._writer.executemany(
                    "INSERT INTO words VALUES (?, ?)",
                    [(row[0], searchable_text(row[1], f"{row[2]} {row[3]}")) for row in rows],
                )
            self._read_up_to = rows[-1][0] if rows else self._read_up_to
        return len(rows) == _READ_BATCH

    def close(self) -> None:
        with self._write_lock:
            self._writer.close()
        with self._read_lock:
            self._reader.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writer:
            self._writer.execute("BEGIN IMMEDIATE")
            yield

    def _insert(self, arrival: Arrival) -> int:
        fields = read_listed_fields(arrival.source)
        cursor = self._writer.execute(
            "INSERT INTO mails (received_at, helo, sender, recipients, subject, from_header,"
            " to_header, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                arrival.received_at.isoformat(),
                arrival.helo,
                arrival.sender,
                json.dumps(arrival.recipients, ensure_ascii=False),
                *fields,
                len(arrival.source),
            ),
        )
        mail_id = cursor.lastrowid or 0
        self._writer.execute("INSERT INTO sources VALUES (?, ?)", (mail_id, arrival.source))
        return mail_id

    def _prune(self, excess: int) -> int:
        if excess <= 0:
            return 0
        oldest = self._writer.execute("SELECT id FROM mails ORDER BY id LIMIT ?", (excess,))
        return self._delete([row[0] for row in oldest])

    def _delete(self, ids: Iterable[int]) -> int:
        keys = [(mail_id,) for mail_id in ids]
        self._writer.executemany("DELETE FROM sources WHERE mail_id = ?", keys)
        self._writer.executemany("DELETE FROM words WHERE mail_id = ?", keys)
        return self._writer.executemany("DELETE FROM mails WHERE id = ?", keys).rowcount

    def _total(self, where: str, values: list[str]) -> int:
        if not where:
            return self._count
        row = self._reader.execute(f"SELECT count(*) FROM mails {where}", values)  # noqa: S608 - built from constants
        total: int = row.fetchone()[0]
        return total


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path or ":memory:", isolation_level=None, check_same_thread=False, timeout=20
    )
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _where(query: MailQuery) -> tuple[str, list[str]]:
    """Compares without regard to case, in every script."""
    conditions: list[tuple[str, str]] = [
        ("instr((SELECT text FROM words WHERE mail_id = id), ?)", term) for term in query.containing
    ]
    if query.sender:
        conditions.append(("instr(casefold(sender), ?)", query.sender))
    if query.recipient:
        conditions.append(("instr(casefold(recipients), ?)", query.recipient))
    if not conditions:
        return "", []
    where = "WHERE " + " AND ".join(condition for condition, _ in conditions)
    return where, [value.casefold() for _, value in conditions]


def _mail(row: tuple[Any, ...]) -> Mail:
    mail_id, received_at, helo, sender, recipients, *rest = row
    return Mail(
        mail_id,
        datetime.fromisoformat(received_at).astimezone(UTC),
        helo,
        sender,
        tuple(json.loads(recipients)),
        *rest,
    )
