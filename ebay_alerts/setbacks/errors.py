"""What can go wrong beside a row's own faults, and is counted against none.

Passing              it passes by itself, such as a lost race: the row is tried again
"""

from django.db import InterfaceError, OperationalError

# Classes of PostgreSQL's codes that speak of the moment: connection, rollback of a deadlock,
# resources, locks, the operator, the system.
_OF_THE_MOMENT = ("08", "40", "53", "55", "57", "58")
# SQLite's plain error and "too big": what was asked for is wrong, whenever it is asked.
_OF_THE_STATEMENT = (1, 18)


class Passing(Exception):
    """What was met is no fault of the row and passes by itself."""


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, busy or gave up on a deadlock: no row is to blame for that."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    sqlite_code = getattr(cause, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return (sqlite_code & 0xFF) not in _OF_THE_STATEMENT
    sqlstate = getattr(cause, "sqlstate", None)
    return not sqlstate or sqlstate.startswith(_OF_THE_MOMENT)
