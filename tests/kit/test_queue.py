"""Hints that there is work."""

from collections.abc import Iterator

import pytest

from ebay_alerts.kit import queue


class Remembering:
    def __init__(self) -> None:
        self.names: list[str] = []

    def enqueue(self, name: str) -> None:
        self.names.append(name)

    def trouble(self) -> str:
        return "it is remembered only"


@pytest.fixture
def remembering() -> Iterator[Remembering]:
    remembering = Remembering()
    queue.use(remembering)
    yield remembering
    queue.use(None)


def test_a_hint_reaches_the_queue_in_use(remembering: Remembering) -> None:
    queue.enqueue("market.refresh")
    assert remembering.names == ["market.refresh"]


def test_without_a_queue_a_hint_is_dropped(remembering: Remembering) -> None:
    queue.use(None)
    queue.enqueue("market.refresh")
    assert remembering.names == []


def test_what_ails_the_queue_is_told_by_whoever_is_in_use(remembering: Remembering) -> None:
    assert queue.trouble() == "it is remembered only"
    queue.use(None)
    assert queue.trouble() == ""
