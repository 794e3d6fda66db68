"""The mechanism: rows together, each alone, put off for longer, set aside, and tried again."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from psycopg import errors
from pytest_django import Settings

from ebay_alerts.setbacks.errors import Passing, is_outage
from ebay_alerts.setbacks.models import Kind, Setback
from ebay_alerts.setbacks.selectors import barred, count_set_aside, set_aside, suspects
from ebay_alerts.setbacks.services import Work, carry_out, prune_setbacks, retry, wait_after
from tests.conftest import SteppedClock

pytestmark = [pytest.mark.backend, pytest.mark.django_db]


@dataclass
class Bench:
    """Rows by number that are due until they are done, some of which raise."""

    clock: SteppedClock
    due: list[int]
    raises: dict[int, Callable[[], Exception]] = field(default_factory=dict)
    alone: list[int] = field(default_factory=list)

    def run(self) -> int:
        work = Work(Kind.CHECK, self._together, self._unsuspected, self._alone)
        return carry_out(work, self.clock.now())

    def _unsuspected(self) -> list[int]:
        known = set(suspects(Kind.CHECK))
        return [row for row in self.due if row not in known]

    def _together(self) -> int:
        rows = self._unsuspected()
        self._do(rows)
        return len(rows)

    def _alone(self, row: int) -> None:
        self.alone.append(row)
        self._do([row])

    def _do(self, rows: list[int]) -> None:
        """All or nothing, as a transaction."""
        for row in rows:
            if row in self.raises:
                raise self.raises[row]()
        self.due = [row for row in self.due if row not in rows]


def poison() -> Exception:
    return KeyError(
        "broken state of bob@example.org, https://ann:pass@example.org/ eba_0123456789ab"
    )


@pytest.fixture
def bench(stepped_clock: SteppedClock) -> Bench:
    return Bench(stepped_clock, [1, 2, 3, 4], {3: poison})


def test_what_goes_well_together_goes_together(bench: Bench) -> None:
    bench.raises = {}
    assert bench.run() == 4
    assert bench.alone == []
    assert not Setback.objects.exists()


def test_a_row_that_raises_lets_the_others_go_on(bench: Bench) -> None:
    assert bench.run() == 4
    assert bench.due == [3]
    setback = Setback.objects.get()
    assert (setback.kind, setback.row_id, setback.failures) == ("check", 3, 1)
    assert setback.set_aside_at is None


def test_batches_are_not_broken_up_again_for_a_row_that_waits(bench: Bench) -> None:
    bench.run()
    bench.alone.clear()
    bench.due += [5, 6]
    assert bench.run() == 2
    assert bench.alone == []
    assert bench.due == [3]


def test_it_is_tried_alone_at_growing_distances_and_then_set_aside(bench: Bench) -> None:
    bench.run()
    waits = []
    for _ in range(4):
        due_at = Setback.objects.get().due_at
        waits.append((due_at - bench.clock.now()).total_seconds())
        assert bench.run() == 0
        bench.clock.step(seconds=waits[-1])
        assert bench.run() == 1
    assert bench.alone == [1, 2, 3, 4, 3, 3, 3, 3]
    for wait, expected in zip(waits, (60, 120, 240, 480), strict=True):
        assert wait == pytest.approx(expected, rel=0.11)
    assert Setback.objects.get().set_aside_at == bench.clock.now()
    bench.clock.step(days=30)
    assert bench.run() == 0
    assert list(barred(Kind.CHECK, bench.clock.now())) == [3]


def test_waits_end_growing_at_an_hour() -> None:
    assert wait_after(40) <= timedelta(minutes=66)


def test_the_number_of_tries_is_set(bench: Bench, settings: Settings) -> None:
    settings.ROW_TRIES = 1
    bench.run()
    assert count_set_aside()["check"] == 1
    assert sum(count_set_aside().values()) == 1


def test_one_that_succeeds_at_last_is_forgotten_and_goes_with_the_others(bench: Bench) -> None:
    bench.run()
    bench.raises = {}
    bench.clock.step(minutes=2)
    assert bench.run() == 1
    assert bench.due == []
    assert not Setback.objects.exists()


def test_an_operator_has_it_tried_once_more(bench: Bench, settings: Settings) -> None:
    settings.ROW_TRIES = 2
    bench.run()
    bench.clock.step(minutes=2)
    bench.run()
    [aside] = set_aside()
    assert retry(set_aside(), bench.clock.now())
    assert not retry(set_aside(), bench.clock.now())
    bench.run()
    assert [one.pk for one in set_aside()] == [aside.pk]
    bench.raises = {}
    retry(set_aside(), bench.clock.now())
    bench.run()
    assert bench.due == []
    assert not Setback.objects.exists()


def test_what_passes_by_itself_counts_against_nobody(bench: Bench) -> None:
    bench.raises = {3: lambda: Passing("lost a race")}
    assert bench.run() == 4
    assert bench.due == [3]
    assert not Setback.objects.exists()


def test_a_database_that_is_away_counts_against_nobody(bench: Bench) -> None:
    bench.raises = {2: lambda: OperationalError("the connection is closed")}
    with pytest.raises(OperationalError):
        bench.run()
    assert bench.due == [1, 2, 3, 4]
    assert not Setback.objects.exists()


def test_a_database_that_goes_away_while_rows_are_tried_alone_ends_the_trying(
    bench: Bench,
) -> None:
    bench.raises = {1: poison, 3: lambda: OperationalError("the connection is closed")}
    with pytest.raises(OperationalError):
        bench.run()
    assert bench.due == [1, 3, 4]
    assert list(suspects(Kind.CHECK)) == [1]


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


def test_only_what_is_of_the_moment_is_an_outage() -> None:
    for cause in (
        errors.DeadlockDetected(),
        errors.AdminShutdown(),
        sqlite_error(5),
        sqlite_error(261),
    ):
        assert is_outage(caused(OperationalError(), cause)), cause
    for cause in (errors.ProgramLimitExceeded(), sqlite_error(1)):
        assert not is_outage(caused(OperationalError(), cause)), cause
    assert is_outage(InterfaceError())
    assert not is_outage(ValueError())


def test_a_traceback_says_where_and_what_and_no_secret(bench: Bench) -> None:
    bench.run()
    traceback = Setback.objects.get().traceback
    assert "in _do" in traceback
    assert "raise self.raises[row]()" in traceback
    assert Setback.objects.get().reason.startswith("KeyError: ")
    for secret in ("bob@example.org", "pass@", "eba_0123456789ab"):
        assert secret not in traceback
    assert len(traceback) <= 6_000


def test_of_what_a_database_says_only_the_first_line_is_kept(bench: Bench) -> None:
    bench.raises = {3: lambda: ValueError("bad row\nDETAIL: Failing row contains (hush)")}
    bench.run()
    assert "hush" not in Setback.objects.get().traceback


def test_rows_that_nobody_came_to_try_again_are_forgotten_and_others_are_not(bench: Bench) -> None:
    bench.run()
    prune_setbacks(bench.clock.now())
    assert Setback.objects.exists()
    prune_setbacks(bench.clock.step(days=8))
    assert not Setback.objects.exists()
