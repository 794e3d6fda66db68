"""One database into a file and back: SQLite by its own copy, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from tenacity import RetryError, retry_if_result, stop_after_delay, wait_fixed
from tenacity import Retrying as Tries

_ENDINGS = {"sqlite": ".sqlite3", "postgresql": ".dump"}
# Sessions that this process has just ended may be listed a moment longer.
_ENDED_WITHIN_S = 2

# https://www.postgresql.org/docs/current/libpq-envars.html
_KEYWORDS = (
    *("host", "hostaddr", "port", "user", "password", "passfile", "service", "options"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "gssencmode"),
)
_VARIABLES = {key: f"PG{key.replace('_', '').upper()}" for key in _KEYWORDS}

_DROP_TABLES = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', one.tablename);
    END LOOP;
END $$"""
_OTHER_SESSIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


class DumpFailed(Exception):
    """A database could not be written or read; the text says why, for whoever runs the command."""


def dump_name(alias: str) -> str:
    """The file that holds this database in an archive."""
    return alias + _ENDINGS[connections[alias].vendor]


def dump_database(alias: str, file: Path) -> None:
    """Write a database as of one moment, beside whoever uses it. Raises DumpFailed."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        _run_program("pg_dump", connection, "--format=custom", "--file", str(file))
        return
    source = _sqlite_file(connection)
    if not source.exists():
        raise DumpFailed(f"There is no database {source}.")
    try:
        with closing(sqlite3.connect(source, isolation_level=None, timeout=60)) as copied:
            copied.execute("VACUUM INTO ?", [str(file)])
    except sqlite3.Error as error:
        raise DumpFailed(f"{source} cannot be copied: {error}") from error


def check_dump(alias: str, file: Path) -> None:
    """Raises DumpFailed for a file that the database would not take."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        _run([_find_program("pg_restore"), "--list", str(file)], {})
        return
    try:
        with closing(sqlite3.connect(file)) as opened:
            words = opened.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise DumpFailed(f"{file.name} is no SQLite database: {error}") from error
    if words != "ok":
        raise DumpFailed(f"{file.name} is damaged: {words}")


def load_database(alias: str, file: Path) -> None:
    """Put the database of a file in the place of the one that is there. Raises DumpFailed."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_DROP_TABLES)
        end_sessions(alias)
        options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run_program("pg_restore", connection, *options, str(file))
        return
    end_sessions(alias)
    target = _sqlite_file(connection)
    beside = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(file, beside)
    # What the old database had not yet taken out of its log would be taken into the new one.
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    os.replace(beside, target)


def has_other_sessions(alias: str) -> bool:
    """Whether somebody else is connected; of SQLite the lock of the home folder tells."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return False
    end_sessions(alias)
    tries = Tries(
        stop=stop_after_delay(_ENDED_WITHIN_S),
        wait=wait_fixed(0.1),
        retry=retry_if_result(bool),
    )
    try:
        return bool(tries(_count_other_sessions, connection))
    except RetryError:
        return True


def end_sessions(alias: str) -> None:
    """Close this process's connections."""
    connection: Any = connections[alias]
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()


def _count_other_sessions(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OTHER_SESSIONS)
        return int(cursor.fetchone()[0])


def _sqlite_file(connection: BaseDatabaseWrapper) -> Path:
    return Path(connection.settings_dict["NAME"])


def _run_program(name: str, connection: BaseDatabaseWrapper, *options: str) -> None:
    """All goes by the environment, as libpq reads it: command lines are for all to see."""
    given: dict[str, Any] = connection.get_connection_params()
    variables = {_VARIABLES[key]: str(given[key]) for key in _VARIABLES if given.get(key)}
    _run([_find_program(name), "--dbname", str(given["dbname"]), *options], variables)


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DumpFailed(
            f"There is no {name}; install PostgreSQL's client programs of the server's version"
            " (package postgresql-client on Debian and Ubuntu, postgresql on Fedora and Alpine,"
            " libpq with Homebrew)."
        )
    return found


def _run(command: Sequence[str], variables: dict[str, str]) -> None:
    ended = subprocess.run(  # noqa: S603 - our own words, no shell
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        words = " ".join(ended.stderr.split())[:500]
        raise DumpFailed(f"{Path(command[0]).name} failed: {words}")
