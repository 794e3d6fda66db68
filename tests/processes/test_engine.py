"""The embedded engine: threads that take hints, outlive failures, and stop when told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Semaphore

import pytest

from ebay_alerts.kit import queue
from ebay_alerts.kit.queue import Task
from ebay_alerts.processes.engine import Engine
from tests.processes.programs import until

BOUND_S = 10
RARELY = timedelta(hours=1)
OFTEN = timedelta(milliseconds=1)


class Work:
    """A task that is counted, and answers what the test has it answer."""

    def __init__(self, *found: int) -> None:
        self.runs = Semaphore(0)
        self._found = iter(found)

    def __call__(self) -> int:
        self.runs.release()
        return next(self._found, 0)

    def ran(self, times: int = 1) -> bool:
        return all(self.runs.acquire(timeout=BOUND_S) for _ in range(times))

    def ran_again(self) -> bool:
        return self.runs.acquire(blocking=False)


def task(
    name: str,
    run: Callable[[], int],
    every: timedelta = RARELY,
    batch: int = 5,
    rest: timedelta = timedelta(0),
) -> Task:
    return Task(name, name.split(".")[0], run, every, batch, rest)


@pytest.fixture
def start() -> Iterator[Callable[..., Engine]]:
    """Starts an engine with tasks; it is stopped when the test ends."""
    started: list[Engine] = []

    def with_tasks(*tasks: Task) -> Engine:
        started.append(Engine(tasks))
        started[-1].start()
        return started[-1]

    yield with_tasks
    for engine in started:
        assert engine.stop(timeout=BOUND_S)


def test_every_task_is_run_at_the_start(start: Callable[..., Engine]) -> None:
    first, second = Work(), Work()
    start(task("market.first", first), task("market.second", second))
    assert first.ran()
    assert second.ran()


def test_a_hint_wakes_the_worker_of_its_task(start: Callable[..., Engine]) -> None:
    hinted, other = Work(), Work()
    start(task("market.hinted", hinted), task("market.other", other))
    assert hinted.ran()
    assert other.ran()
    queue.enqueue("market.hinted")
    assert hinted.ran()
    assert not other.ran_again()


def test_a_hint_that_comes_while_its_task_runs_is_not_lost(start: Callable[..., Engine]) -> None:
    began, may_end, runs = Event(), Event(), Work()

    def slow() -> int:
        began.set()
        may_end.wait(BOUND_S)
        return runs()

    start(task("market.slow", slow))
    assert began.wait(BOUND_S)
    queue.enqueue("market.slow")
    may_end.set()
    assert runs.ran(2)


def test_a_hint_for_an_unknown_task_is_passed_over(start: Callable[..., Engine]) -> None:
    work = Work()
    start(task("market.work", work))
    assert work.ran()
    queue.enqueue("market.unknown")
    queue.enqueue("market.work")
    assert work.ran()


def test_a_task_that_raises_stops_neither_itself_nor_the_others(
    start: Callable[..., Engine],
) -> None:
    tried, beside, elsewhere = Work(), Work(), Work()

    def failing() -> int:
        tried()
        raise RuntimeError("broken on purpose")

    start(
        task("market.failing", failing, OFTEN),
        task("market.beside", beside, OFTEN),
        task("mail.elsewhere", elsewhere, OFTEN),
    )
    assert tried.ran(3)
    assert beside.ran(3)
    assert elsewhere.ran(3)


def test_a_task_that_failed_is_named_until_it_does_well(start: Callable[..., Engine]) -> None:
    is_first, again, seen = [True], Work(), Event()

    def failing() -> int:
        if is_first and is_first.pop():
            raise RuntimeError("broken on purpose")
        assert seen.wait(BOUND_S)
        return again()

    engine = start(task("market.failing", failing, OFTEN))
    until(engine.trouble, BOUND_S, "the trouble")
    assert engine.trouble() == "market.failing fails (RuntimeError)"
    seen.set()
    assert again.ran(2)
    assert engine.trouble() == ""


def test_a_full_batch_is_followed_by_the_next_at_once(start: Callable[..., Engine]) -> None:
    work = Work(5, 5, 2)
    engine = start(task("market.work", work, RARELY, batch=5))
    assert work.ran(3)
    assert engine.stop(timeout=BOUND_S)
    assert not work.ran_again()


def test_a_slow_queue_holds_up_no_other(start: Callable[..., Engine]) -> None:
    began, may_end, quick = Event(), Event(), Work()

    def slow() -> int:
        began.set()
        may_end.wait(BOUND_S)
        return 0

    start(task("market.slow", slow), task("mail.quick", quick, OFTEN))
    assert began.wait(BOUND_S)
    assert quick.ran(3)
    may_end.set()


def test_stopping_does_not_wait_for_a_task_longer_than_its_bound(
    start: Callable[..., Engine],
) -> None:
    began, may_end = Event(), Event()

    def stuck() -> int:
        began.set()
        may_end.wait()
        return 0

    engine = start(task("market.stuck", stuck))
    assert began.wait(BOUND_S)
    assert not engine.stop(timeout=0.01)
    may_end.set()
    assert engine.stop(timeout=BOUND_S)


def test_after_the_stop_hints_are_dropped(start: Callable[..., Engine]) -> None:
    work = Work()
    engine = start(task("market.work", work))
    assert work.ran()
    assert engine.stop(timeout=BOUND_S)
    queue.enqueue("market.work")
    assert not work.ran_again()


def test_a_step_runs_every_task_until_nothing_is_left() -> None:
    work, other = Work(5, 3), Work(0, 1)
    Engine((task("market.work", work), task("mail.other", other))).step()
    assert work.ran(3)
    assert other.ran(3)
    assert not work.ran_again()


def test_a_step_that_never_comes_to_an_end_says_so() -> None:
    with pytest.raises(RuntimeError, match="still is work"):
        Engine((task("market.endless", lambda: 1),)).step(rounds=3)


def test_hints_while_a_task_rests_have_it_run_once_when_it_has_rested(
    start: Callable[..., Engine],
) -> None:
    resting, other = Work(), Work()
    start(
        task("market.resting", resting, rest=timedelta(milliseconds=200)),
        task("market.other", other),
    )
    assert resting.ran()
    assert other.ran()
    for _ in range(3):
        queue.enqueue("market.resting")
    queue.enqueue("market.other")
    assert other.ran()
    assert not resting.ran_again()
    assert resting.ran()
    queue.enqueue("market.other")
    assert other.ran()
    assert not resting.ran_again()


def test_a_task_that_rests_goes_on_while_it_finds_a_whole_batch(
    start: Callable[..., Engine],
) -> None:
    resting = Work(5, 5, 0)
    start(task("market.resting", resting, rest=RARELY))
    assert resting.ran(times=3)
