"""The fair lock in front of a database with one writer."""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from ebay_alerts.kit.turns import FairLock, use_turns, write_turn


def started(work: Callable[[], None]) -> Thread:
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def wait_for_queue(lock: FairLock, length: int) -> None:
    """Until so many threads wait at the lock; nothing public tells that somebody waits."""
    pause = Event()
    for _ in range(5000):
        if len(lock._waiting) == length:
            return
        pause.wait(0.001)
    raise AssertionError(f"{len(lock._waiting)} threads wait, not {length}")


def joined(threads: list[Thread]) -> None:
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_the_lock_is_handed_over_in_the_order_in_which_it_was_asked_for() -> None:
    lock, order, threads = FairLock(), [], []

    def wait_in_line(number: int) -> Callable[[], None]:
        def work() -> None:
            lock.acquire()
            order.append(number)
            lock.release()

        return work

    lock.acquire()
    for number in range(8):
        threads.append(started(wait_in_line(number)))
        wait_for_queue(lock, number + 1)
    lock.release()
    joined(threads)
    assert order == list(range(8))


def test_who_comes_back_at_once_waits_behind_those_who_were_there() -> None:
    lock, order = FairLock(), []

    def work() -> None:
        lock.acquire()
        order.append("the one who waited")
        lock.release()

    lock.acquire()
    thread = started(work)
    wait_for_queue(lock, 1)
    lock.release()
    lock.acquire()
    order.append("the one who came back")
    lock.release()
    joined([thread])
    assert order == ["the one who waited", "the one who came back"]


def test_the_holder_may_enter_again_and_leaves_with_the_last_release() -> None:
    lock, entered = FairLock(), Event()

    def work() -> None:
        lock.acquire()
        entered.set()
        lock.release()

    lock.acquire()
    lock.acquire()
    thread = started(work)
    wait_for_queue(lock, 1)
    lock.release()
    assert not entered.is_set()
    assert len(lock._waiting) == 1
    lock.release()
    joined([thread])
    assert entered.is_set()


def test_nobody_is_inside_together_with_another() -> None:
    lock, inside, collisions, count = FairLock(), [], [], []

    def work() -> None:
        for _ in range(200):
            lock.acquire()
            if inside:
                collisions.append(1)
            inside.append(1)
            count.append(1)
            inside.pop()
            lock.release()

    joined([started(work) for _ in range(6)])
    assert collisions == []
    assert len(count) == 1200


@pytest.fixture
def turns_in_use() -> object:
    from ebay_alerts.kit import turns

    before = turns._in_use
    use_turns(True)
    yield
    use_turns(before)


@pytest.mark.usefixtures("turns_in_use")
def test_a_turn_ends_with_an_exception_too() -> None:
    with pytest.raises(ZeroDivisionError), write_turn():
        raise ZeroDivisionError
    passed = Event()

    def work() -> None:
        with write_turn():
            passed.set()

    joined([started(work)])
    assert passed.is_set()


@pytest.mark.usefixtures("turns_in_use")
def test_a_turn_within_a_turn_is_one_turn() -> None:
    with write_turn(), write_turn():
        pass
    with write_turn():
        pass


def test_without_turns_writers_do_not_wait_for_each_other() -> None:
    from ebay_alerts.kit import turns

    before = turns._in_use
    use_turns(False)
    met = Event()

    def work() -> None:
        with write_turn():
            met.set()

    with write_turn():
        joined([started(work)])
    use_turns(before)
    assert met.is_set()
