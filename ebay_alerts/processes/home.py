"""Who uses the home folder: every command shares it, and a restore wants it alone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeInUse(Exception):
    """Somebody else uses the home folder in a way that excludes this one."""


@contextmanager
def using_home(home: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the home's lock, which ends with the process however that dies. Raises HomeInUse."""
    with (home / "lock").open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            words = "is in use: stop what runs there" if alone else "is being restored; wait"
            raise HomeInUse(f"{home} {words}") from error
        yield
