"""Pausing an alert that nobody else's alert stands in for."""

import pytest

from tests.end_to_end.conftest import Person, System
from tests.end_to_end.test_main_job import titles


@pytest.mark.backend
def test_what_came_while_nobody_watched_is_told_once_when_the_alert_goes_on(
    system: System, owner: Person
) -> None:
    alert = owner.keep("wine", 15)
    assert len(system.run()) == 1
    owner.send("PATCH", f"/alerts/{alert['id']}", {"paused": True})
    system.mock.create("Wine that came in the pause", 42)
    assert system.run(days=2) == []

    owner.send("PATCH", f"/alerts/{alert['id']}", {"paused": False})
    assert system.run() == []
    (digest,) = system.run(minutes=16)
    assert titles(digest) == ["Wine that came in the pause"]
    assert system.run(minutes=16) == []


def test_who_begins_on_a_search_left_long_ago_is_welcomed_and_told_nothing_twice(
    system: System, owner: Person, stranger: Person
) -> None:
    alert = owner.keep("wine", 15)
    system.run()
    owner.send("DELETE", f"/alerts/{alert['id']}")
    system.mock.create("Wine of the time between", 42)
    system.run(days=2)

    stranger.keep("wine", 15)
    (welcome,) = system.run()
    assert "Wine of the time between" in titles(welcome)
    assert system.run(minutes=16) == []
