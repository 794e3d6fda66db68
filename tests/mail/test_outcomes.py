"""What a server's answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from ebay_alerts.mail.outcomes import (
    GIVE_UP_AFTER,
    LONGEST_DELAY,
    SENDER_REFUSED,
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
        (Stage.SENDER, 550, Outcome.DEFERRED, Session.IS_REFUSED),
        (Stage.SENDER, 451, Outcome.DEFERRED, Session.GOES_ON),
        (Stage.SENDER, 421, Outcome.DEFERRED, Session.IS_OVER),
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
    assert verdict.code == code
    assert verdict.words.endswith("words")


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("5.1.8 <alerts@example.org>: Sender address rejected: Domain not found", "deferred"),
        ("5.1.7 Sender address rejected", "deferred"),
        ("5.1.8", "deferred"),
        ("5.1.1 no such user, 5.1.8", "failed"),
        ("5.1.80 no such code", "failed"),
        ("5.7.1 <bob@example.net>: Relay access denied", "deferred"),
        ("5.7.1 <bob@example.net>... Relaying denied. IP name lookup failed", "deferred"),
        ("relay not permitted", "deferred"),
        ("5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "deferred"),
        ("5.7.1 access denied", "failed"),
        ("5.7.1 relayed spam", "failed"),
        ("no such user", "failed"),
        ("", "failed"),
    ],
)
@pytest.mark.parametrize("stage", [Stage.OFFERING, Stage.HANDED_OVER])
def test_a_refusal_of_our_sender_is_no_messages_end_and_others_are_tried(
    stage: Stage, words: str, outcome: str
) -> None:
    verdict = judge(Answer(stage, 550, words))
    assert (verdict.outcome, verdict.session) == (Outcome(outcome), Session.GOES_ON)
    assert verdict.words.startswith(SENDER_REFUSED) is (outcome == "deferred")


@pytest.mark.parametrize("words", ["5.7.1 relaying denied", "relay not permitted"])
def test_a_server_that_does_not_relay_says_nothing_of_the_recipient(words: str) -> None:
    assert not judge(Answer(Stage.RECIPIENT, 550, words)).is_bounce
    assert judge(Answer(Stage.RECIPIENT, 550, "no such user")).is_bounce


def test_delays_double_up_to_an_hour() -> None:
    assert delay_after(1) < timedelta(seconds=12)
    assert timedelta(seconds=17) < delay_after(2) < timedelta(seconds=23)
    assert delay_after(60) <= LONGEST_DELAY * 1.1


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.LOST])
def test_a_message_is_given_up_after_five_days(outcome: Outcome) -> None:
    created_at = NOW - GIVE_UP_AFTER

    assert state_after(outcome, created_at + timedelta(seconds=1), NOW) is State.QUEUED
    assert state_after(outcome, created_at, NOW) is State.FAILED


def test_a_message_sent_after_five_days_is_sent() -> None:
    assert state_after(Outcome.SENT, NOW - GIVE_UP_AFTER, NOW) is State.SENT
