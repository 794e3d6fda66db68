"""The database of a running process, read and moved from outside, and what must hold in it."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PAST = "2000-01-01 00:00:00"
# Observations of a poll are dated this much before it.
SKEW = timedelta(seconds=2)
ENTERS, GOES = {"appeared", "discovered", "returned"}, {"ended", "left"}

# Everything that is still to be done, as one row of counts. `:since` is a time.
_OPEN_WORK = """
SELECT
  (SELECT count(*) FROM market_fetch
    WHERE due_at IS NOT NULL AND (asked_at IS NULL OR asked_at < :since OR failures > 0)),
  (SELECT count(*) FROM market_listing
    WHERE check_due_at IS NOT NULL AND ends_at IS NULL AND ended_at IS NULL),
  (SELECT count(*) FROM market_searchnews),
  (SELECT count(*) FROM alerts_alert JOIN market_search ON market_search.id = search_id
    WHERE state = 'filling' OR (state = 'active' AND "cursor" < head)),
  (SELECT count(*) FROM mail_message WHERE state IN ('queued', 'sending', 'stale'))
"""


@dataclass(frozen=True)
class Line:
    """A line of a digest, with the titles and addresses that people know."""

    user: str
    title: str
    kind: str
    price: int
    was: int | None
    message_id: str
    digest_kind: str


@dataclass(frozen=True)
class Ledger:
    """One SQLite database; every call has a connection of its own."""

    path: Path

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql, values).fetchall()

    def change(self, *statements: str, **values: Any) -> None:
        with closing(self._connect()) as connection:
            for statement in statements:
                connection.execute(statement, values)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=20, isolation_level=None)

    def make_due(self) -> None:
        """Every search, alert and waiting mail is to be dealt with, as if its time had come."""
        self.change(
            "UPDATE mail_message SET due_at = :past WHERE state = 'queued' AND due_at > :now",
            "UPDATE market_fetch SET due_at = :past WHERE due_at > :now AND lease_until IS NULL",
            # A slot comes once: the same second is not made another one.
            "UPDATE alerts_alert SET slot = :second WHERE state = 'active' AND slot > :second"
            " AND NOT EXISTS (SELECT 1 FROM alerts_digest"
            " WHERE alert_id = alerts_alert.id AND alerts_digest.slot >= :second)",
            past=PAST,
            now=stored(datetime.now(UTC)),
            second=int(datetime.now(UTC).timestamp()),
        )

    def end_leases(self) -> None:
        """What a process held that is gone may be taken at once, without waiting for its lease."""
        self.change(
            "UPDATE market_fetch SET lease_until = :past WHERE lease_until IS NOT NULL",
            "UPDATE mail_message SET lease_until = :past WHERE state = 'sending'",
            "UPDATE market_listing SET check_due_at = :past"
            " WHERE check_due_at IS NOT NULL AND ends_at IS NULL AND ended_at IS NULL",
            past=PAST,
        )

    def open_work(self, since: datetime) -> tuple[int, ...]:
        """Fetches not asked since then, checks, woken searches, alerts behind, mails not sent."""
        return self.rows(_OPEN_WORK, since=stored(since - SKEW))[0]

    def held(self) -> tuple[int, ...]:
        """How many fetches and how many messages are held by a lease."""
        fetches = "SELECT count(*) FROM market_fetch WHERE lease_until IS NOT NULL"
        messages = "SELECT count(*) FROM mail_message WHERE state = 'sending'"
        return self.rows(f"SELECT ({fetches}), ({messages})")[0]

    def lines(self) -> list[Line]:
        """Every line ever told, in order."""
        return [
            Line(*row)
            for row in self.rows(
                "SELECT email, market_listing.title, alerts_line.kind, alerts_line.price_minor,"
                " alerts_line.was_minor, mail_message.message_id, alerts_digest.kind"
                " FROM alerts_line"
                " JOIN accounts_user ON accounts_user.id = alerts_line.user_id"
                " JOIN market_listing ON market_listing.id = alerts_line.listing_id"
                " JOIN alerts_digest ON alerts_digest.id = alerts_line.digest_id"
                " JOIN mail_message ON mail_message.id = alerts_digest.message_id"
                " ORDER BY alerts_line.id"
            )
        ]


def has_settled(ledger: Ledger, since: datetime) -> bool:
    """Whether all is done that was to be done since then; until it is, see that it gets done."""
    is_done = not any(ledger.open_work(since))
    if not is_done:
        ledger.make_due()
    return is_done


def stored(moment: datetime) -> str:
    """A time as the database stores it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def assert_sound(ledger: Ledger) -> None:
    """The file is whole, revisions have no gaps, memberships are what the log adds up to."""
    assert ledger.rows("PRAGMA integrity_check") == [("ok",)]
    assert ledger.rows("PRAGMA foreign_key_check") == []
    log = defaultdict(list)
    members: dict[int, set[int]] = defaultdict(set)
    for search, revision, listing, kind in ledger.rows(
        "SELECT search_id, revision, listing_id, kind FROM market_searchchange"
        " ORDER BY search_id, revision"
    ):
        log[search].append(revision)
        if kind in ENTERS:
            assert listing not in members[search], "it entered twice"
            members[search].add(listing)
        if kind in GOES:
            members[search].remove(listing)
    for search, head in ledger.rows("SELECT id, head FROM market_search"):
        assert log[search] == list(range(1, head + 1))
    recorded: dict[int, set[int]] = defaultdict(set)
    for search, listing in ledger.rows("SELECT search_id, listing_id FROM market_membership"):
        recorded[search].add(listing)
    assert recorded == {search: listings for search, listings in members.items() if listings}
