"""What the fault tests share with others: the whole system in process, and the real command."""

from tests.end_to_end.conftest import owner, stranger, system
from tests.processes.conftest import new_place, place

__all__ = ["new_place", "owner", "place", "stranger", "system"]
