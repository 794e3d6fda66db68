"""What a server's answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from ebay_alerts.mail.outcomes import (
    GIVE_UP_AFTER,
    LONGEST_DELAY,
    Answer,
    Session,
    Stage,
    delay_after,
    judge,
    state_after,
)
from ebay_alerts.mail.states import Outcome, State

NOW = datetime(2030, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "code", "outcome", "session"),
    [
        (Stage.HANDED_OVER, 250, Outcome.SENT, Session.GOES_ON),
        (Stage.OFFERING, 450, Outcome.DEFERRED, Session.GOES_ON),
        (Stage.HANDED_OVER, 452, Outcome.DEFERRED, Session.GOES_ON),
        (Stage.OFFERING, 550, Outcome.FAILED, Session.GOES_ON),
        (Stage.HANDED_OVER, 554, Outcome.FAILED, Session.GOES_ON),
        (Stage.OFFERING, 421, Outcome.DEFERRED, Session.IS_OVER),
        (Stage.HANDED_OVER, 421, Outcome.DEFERRED, Session.IS_OVER),
        (Stage.OFFERING, 530, Outcome.DEFERRED, Session.IS_REFUSED),
        (Stage.OFFERING, None, Outcome.DEFERRED, Session.IS_OVER),
        (Stage.HANDED_OVER, None, Outcome.LOST, Session.IS_OVER),
        # A server that takes DATA for accepted has not seen the text yet.
        (Stage.OFFERING, 250, Outcome.DEFERRED, Session.GOES_ON),
    ],
)
def test_an_answer_decides_about_message_and_session(
    stage: Stage, code: int | None, outcome: Outcome, session: Session
) -> None:
    verdict = judge(Answer(stage, code, "words"))

    assert (verdict.outcome, verdict.session) == (outcome, session)
    assert (verdict.code, verdict.words) == (code, "words")


def test_delays_double_up_to_an_hour() -> None:
    assert delay_after(1) < timedelta(seconds=34)
    assert timedelta(seconds=53) < delay_after(2) < timedelta(seconds=67)
    assert delay_after(60) <= LONGEST_DELAY * 1.1


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.LOST])
def test_a_message_is_given_up_after_five_days(outcome: Outcome) -> None:
    created_at = NOW - GIVE_UP_AFTER

    assert state_after(outcome, created_at + timedelta(seconds=1), NOW) is State.QUEUED
    assert state_after(outcome, created_at, NOW) is State.FAILED


def test_a_message_sent_after_five_days_is_sent() -> None:
    assert state_after(Outcome.SENT, NOW - GIVE_UP_AFTER, NOW) is State.SENT
