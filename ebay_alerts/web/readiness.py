"""Whether this process can serve requests, and what it would miss."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from ebay_alerts.kit import queue
from ebay_alerts.market.selectors import is_stream_followed

OK = "ok"
# The module's name is also that of its database.
_ANALYTICS = "analytics"
# Databases that were found to be of this version stay so while the process lives.
_migrated: set[str] = set()


@dataclass
class Readiness:
    """Words by part. `is_ready` is whether requests can be served: without its databases the site
    cannot, while without broker or stream it answers all the same and the news comes later."""

    is_ready: bool = True
    parts: dict[str, str] = field(default_factory=dict)

    def note(self, part: str, trouble: str, *, is_needed: bool) -> None:
        self.parts[part] = trouble or OK
        if trouble and is_needed:
            self.is_ready = False

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "not ready"
        return "ready" if set(self.parts.values()) == {OK} else "degraded"


def readiness(now: datetime) -> Readiness:
    found = Readiness()
    for alias in connections:
        found.note(f"database {alias}", _database_trouble(alias), is_needed=True)
    trouble = queue.trouble()
    if settings.BROKER_URL:
        found.note("broker", trouble, is_needed=False)
    elif trouble:  # where the tasks run on threads of this process
        found.note("tasks", trouble, is_needed=False)
    if settings.EVENT_STREAM_URL and found.is_ready:
        words = "" if is_stream_followed(now) else "nobody listens to all of it"
        found.note("event stream", words, is_needed=False)
    return found


def _database_trouble(alias: str) -> str:
    """Why a database cannot be used, without its address: that holds a password."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
        return "" if _is_migrated(alias) else "run `ebay-alerts migrate`: it is of an older version"
    except DatabaseError as error:
        return f"it cannot be reached ({type(error).__name__})"


def _is_migrated(alias: str) -> bool:
    if alias not in _migrated:
        executor = MigrationExecutor(connections[alias])
        newest = executor.loader.graph.leaf_nodes()
        if alias == _ANALYTICS:  # of which this module alone keeps the migrations
            newest = [node for node in newest if node[0] == _ANALYTICS]
        if executor.migration_plan(newest):
            return False
        _migrated.add(alias)
    return True
