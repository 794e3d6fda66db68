"""A place where real commands run, cleared when the test ends, however it ends."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.processes.programs import Place

NewPlace = Callable[..., Place]


@pytest.fixture
def new_place(tmp_path: Path) -> Iterator[NewPlace]:
    """Makes places, each with a home and ports of its own."""
    with ExitStack() as stack:
        count = iter(range(100))

        def make(**settings: str) -> Place:
            folder = tmp_path / f"place-{next(count)}"
            folder.mkdir()
            return stack.enter_context(closing(Place(folder, settings)))

        yield make


@pytest.fixture
def place(new_place: NewPlace) -> Place:
    return new_place()
