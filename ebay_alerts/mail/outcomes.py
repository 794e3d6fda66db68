"""What a mail server's answer means for a message and for the session; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.mail.states import Outcome, State

BASE_DELAY = timedelta(seconds=30)
# A server that is back is noticed within this time.
LONGEST_DELAY = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: "generally at least 4-5 days"

# RFC 4954: they speak of our login, not of the message.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_CLOSING = 421  # RFC 5321, 4.2.2: may come at any time; the server closes the session


class Stage(Enum):
    """How far the handing over of one message had come."""

    OFFERING = auto()  # MAIL, RCPT, DATA and the text up to its final dot
    HANDED_OVER = auto()  # the final dot is sent


class Session(Enum):
    """What becomes of the session."""

    GOES_ON = auto()
    IS_OVER = auto()  # the next messages need a new one
    IS_REFUSED = auto()  # no message could pass: the operator's to mend


@dataclass(frozen=True)
class Answer:
    """The server's last reply at a stage; no code when the session broke off."""

    stage: Stage
    code: int | None
    words: str


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    session: Session
    code: int | None
    words: str


def judge(answer: Answer) -> Verdict:
    outcome, session = _judge(answer)
    return Verdict(outcome, session, answer.code, answer.words)


def _judge(answer: Answer) -> tuple[Outcome, Session]:
    code = answer.code
    if code is None:
        lost = answer.stage is Stage.HANDED_OVER
        return (Outcome.LOST if lost else Outcome.DEFERRED), Session.IS_OVER
    if code == _CLOSING:
        return Outcome.DEFERRED, Session.IS_OVER
    if code in _LOGIN_CODES:
        return Outcome.DEFERRED, Session.IS_REFUSED
    if 200 <= code < 300 and answer.stage is Stage.HANDED_OVER:
        return Outcome.SENT, Session.GOES_ON
    if code >= 500:
        return Outcome.FAILED, Session.GOES_ON
    return Outcome.DEFERRED, Session.GOES_ON


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return retry_delay(failures, base=BASE_DELAY, cap=LONGEST_DELAY)


def state_after(outcome: Outcome, created_at: datetime, now: datetime) -> State:
    if outcome is Outcome.SENT:
        return State.SENT
    if outcome is Outcome.FAILED or now - created_at >= GIVE_UP_AFTER:
        return State.FAILED
    return State.QUEUED
