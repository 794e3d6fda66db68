"""What the quota allows at a moment: ceilings, the line, resets."""

from datetime import UTC, datetime, timedelta

import pytest

from ebay_alerts.market.quota import (
    AFTER_RESET,
    CORRECT_EVERY,
    WINDOW,
    Pace,
    Purpose,
    Told,
    Window,
    ceiling,
    must_correct,
    next_pace,
    next_reset,
    sustained,
    unused_calls,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
RESET = NOON + WINDOW
URGENT, ROUTINE = Purpose.URGENT, Purpose.ROUTINE


def window(spent: int = 0, urgent_spent: int = 0) -> Window:
    return Window(5000, spent, urgent_spent, RESET)


def scarce(calls: float = 0.0, planned_at: datetime = NOON) -> Pace:
    return Pace(planned_at, calls, 0.05, is_scarce=True)


def test_who_waits_may_take_all_but_a_margin_and_refreshes_leave_a_tenth() -> None:
    assert ceiling(URGENT, window(), None, NOON) == 4990
    assert ceiling(ROUTINE, window(), None, NOON) == 4490
    assert ceiling(ROUTINE, window(), None, NOON + WINDOW / 2) == 4740


def test_who_waits_goes_ahead_with_half_of_the_calls_at_most() -> None:
    assert ceiling(URGENT, window(3000, 2499), scarce(), NOON) == 4990
    assert ceiling(URGENT, window(3000, 2500), scarce(), NOON) == 0


@pytest.mark.parametrize("purpose", Purpose)
def test_after_the_reset_nothing_is_reserved_in_the_window(purpose: Purpose) -> None:
    assert ceiling(purpose, window(), None, RESET) == 0


def test_while_calls_are_short_refreshes_keep_below_a_line_that_rises_evenly() -> None:
    later = NOON + timedelta(minutes=10)
    assert ceiling(ROUTINE, window(100), scarce(100), later) == 130
    assert unused_calls(scarce(100), window(110), later) == 20
    assert unused_calls(Pace(NOON, 100, 0.05, is_scarce=False), window(110), later) == 0


def test_while_calls_are_plenty_a_tenth_of_them_may_go_between_two_plans() -> None:
    plenty = Pace(NOON, 490, 0.05, is_scarce=False)
    assert ceiling(ROUTINE, window(490), plenty, NOON) == 490 + 400


def test_the_line_goes_on_from_plan_to_plan_and_lets_nothing_pile_up() -> None:
    pace = scarce(100.4)
    minute = NOON + timedelta(minutes=1)
    assert next_pace(pace, window(100), 0.05, True, minute).calls == pytest.approx(103.4)
    long_after = NOON + timedelta(hours=12)
    assert next_pace(pace, window(100), 0.05, True, long_after).calls == pytest.approx(100 + 180)
    assert next_pace(pace, window(700), 0.05, True, minute).calls == 700


def test_intervals_are_planned_by_this_window_and_a_whole_one_after_it() -> None:
    calls, seconds = sustained(window(5000), RESET - timedelta(hours=1))
    assert calls == pytest.approx(4990 * 0.95)
    assert seconds == 25 * 3600


def test_ebay_is_asked_in_a_new_window_and_now_and_then_after_calls() -> None:
    assert must_correct(None, False, None, NOON)
    assert must_correct(None, False, window(), NOON)
    assert not must_correct(NOON, False, window(), NOON + CORRECT_EVERY)
    assert must_correct(NOON, True, window(), NOON + CORRECT_EVERY)
    assert not must_correct(NOON, True, window(), NOON + CORRECT_EVERY / 2)
    assert not must_correct(NOON, False, window(), RESET)
    assert must_correct(NOON, False, window(), RESET + AFTER_RESET)


def test_a_reset_that_ebay_does_not_tell_is_whole_days_after_the_last() -> None:
    assert next_reset(None, NOON) == RESET
    assert next_reset(RESET, NOON) == RESET
    assert next_reset(NOON, NOON) == RESET
    assert next_reset(NOON, NOON + WINDOW * 2.5) == NOON + WINDOW * 3


def test_what_is_spent_is_never_less_than_nothing() -> None:
    assert (Told(5000, 5001, RESET).spent, Told(5000, 4000, RESET).spent) == (0, 1000)
