"""The processor's time that this process and its session at the database have taken."""

import os
import time
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds() -> float:
    return time.process_time() + _session_seconds()


def _session_seconds() -> float:
    """Of PostgreSQL's process for this connection, on the same machine; SQLite works in ours."""
    if connection.vendor == "sqlite":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
