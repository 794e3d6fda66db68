"""How many users' digests one transaction builds."""

from collections.abc import Iterator

import pytest

from ebay_alerts.alerts.services.turn_size import FEWEST, MOST, TARGET_SECONDS, TurnSize
from ebay_alerts.kit.turns import has_turns, use_turns


@pytest.fixture(autouse=True)
def one_writer() -> Iterator[None]:
    before = has_turns()
    use_turns(True)
    yield
    use_turns(before)


def settled(fixed: float, each: float) -> int:
    """Where the size settles when a turn costs this much, and this much for each user."""
    size = TurnSize()
    for _ in range(30):
        size.note(size.users, fixed + each * size.users)
    return size.users


def test_turns_grow_while_they_stay_short_and_shrink_when_they_do_not() -> None:
    assert settled(0.001, 0.0001) == MOST
    assert settled(0.001, 0.1) == FEWEST
    assert FEWEST < settled(0.015, 0.001) <= TARGET_SECONDS / 0.001


def test_a_turn_that_had_few_users_says_nothing_of_larger_ones() -> None:
    size = TurnSize()
    size.note(1, 0.001)
    assert size.users == FEWEST


def test_where_the_database_admits_many_writers_turns_are_as_large_as_they_may_be() -> None:
    use_turns(False)
    assert TurnSize().users == MOST
