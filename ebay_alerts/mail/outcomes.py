"""What a mail server's answer means for a message and for the session; pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.mail.states import Outcome, State
from ebay_alerts.mail.suppressing import enhanced_code, is_dead

# Short, so that what a server put off or an outage held is there soon after its end.
BASE_DELAY = timedelta(seconds=10)
# A server that is back is noticed within this time.
LONGEST_DELAY = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: "generally at least 4-5 days"

# RFC 4954: they speak of our login, not of the message.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_CLOSING = 421  # RFC 5321, 4.2.2: may come at any time; the server closes the session

# What a message's reply says while the operator has to mend this.
SENDER_REFUSED = "our sender is refused"
_SENDER_CODES = frozenset({"5.1.7", "5.1.8"})
# A server that takes mail for its own domains alone, or from who has signed in: Postfix ("Relay
# access denied"), Sendmail ("Relaying denied"), Exim ("relay not permitted"), Exchange ("Unable to
# relay"). They share their codes with refusals of other kinds, so the words have to say it.
_NO_RELAY = re.compile(
    r"\brelay(ing)?\b.{0,40}\b(denied|not permitted|not allowed|prohibited)|\bunable to relay\b",
    re.IGNORECASE | re.DOTALL,
)


class Stage(Enum):
    """How far the handing over of one message had come."""

    SENDER = auto()  # MAIL: nothing of the message but who sends it was said yet
    RECIPIENT = auto()  # RCPT
    OFFERING = auto()  # DATA and the text up to its final dot
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
    is_bounce: bool = False  # the recipient's address is dead
    error: Exception | None = None  # what was raised here, and no server said


def judge(answer: Answer) -> Verdict:
    outcome, session = _judge(answer)
    words = f"{SENDER_REFUSED}: {answer.words}" if speaks_of_sender(answer) else answer.words
    return Verdict(outcome, session, answer.code, words, speaks_of_recipient(answer))


def _judge(answer: Answer) -> tuple[Outcome, Session]:
    code = answer.code
    if code is None:
        lost = answer.stage is Stage.HANDED_OVER
        return (Outcome.LOST if lost else Outcome.DEFERRED), Session.IS_OVER
    if code == _CLOSING:
        return Outcome.DEFERRED, Session.IS_OVER
    if code in _LOGIN_CODES:
        return Outcome.DEFERRED, Session.IS_REFUSED
    if speaks_of_sender(answer):
        refused = answer.stage is Stage.SENDER
        return Outcome.DEFERRED, Session.IS_REFUSED if refused else Session.GOES_ON
    if 200 <= code < 300 and answer.stage is Stage.HANDED_OVER:
        return Outcome.SENT, Session.GOES_ON
    if code >= 500:
        return Outcome.FAILED, Session.GOES_ON
    return Outcome.DEFERRED, Session.GOES_ON


def speaks_of_sender(answer: Answer) -> bool:
    """Whether a refusal for good is of our own address, or of handing mail on for us at all: the
    operator's to mend, no message's end.

    Many servers look at the sender only when they know the recipient; then the enhanced code says
    it (RFC 3463, 3.2: 5.1.7 and 5.1.8 are of the sender's address), and the others are tried, since
    it may be the server of this one recipient that says so.
    """
    if answer.code is None or answer.code < 500:
        return False
    is_named = enhanced_code(answer.words) in _SENDER_CODES
    return answer.stage is Stage.SENDER or is_named or bool(_NO_RELAY.search(answer.words))


def speaks_of_recipient(answer: Answer) -> bool:
    """Whether a refusal for good is of the recipient's address, whatever is sent there."""
    if answer.code is None or answer.code < 500 or speaks_of_sender(answer):
        return False
    enhanced = enhanced_code(answer.words)
    return is_dead(answer.code, enhanced, at_recipient=answer.stage is Stage.RECIPIENT)


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return retry_delay(failures, base=BASE_DELAY, cap=LONGEST_DELAY)


def state_after(outcome: Outcome, created_at: datetime, now: datetime) -> State:
    if outcome is Outcome.SENT:
        return State.SENT
    if outcome is Outcome.FAILED or now - created_at >= GIVE_UP_AFTER:
        return State.FAILED
    return State.QUEUED
