"""What an answer means for a posting and for its channel; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.mail.states import Outcome, State

BASE_DELAY = timedelta(seconds=30)
# So long a posting or a channel rests at most, and a server may ask for no longer rest.
LONGEST_DELAY = timedelta(hours=1)
# A posting is given up after so many tries, and when its news is so old.
TRIES = 12
GIVE_UP_AFTER = timedelta(days=1)
# A channel is suspended that has failed so often in a row, for so long.
SUSPEND_FAILURES = 10
SUSPEND_AFTER = timedelta(days=3)

_GONE = 410
_ASKS_TO_WAIT = frozenset({429, 503})


@dataclass(frozen=True)
class Answer:
    """What came back of one try. No code where no answer came; `was_sent` when the request was out
    and may have been taken. `retry_after` is the header as it stood."""

    code: int | None
    words: str = ""
    retry_after: str = ""
    was_sent: bool = False


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    code: int | None
    words: str
    # How long the receiver asks to be left alone.
    wait: timedelta | None = None
    # The receiver wants nothing any more.
    is_over: bool = False


@dataclass(frozen=True)
class Health:
    """How a channel has been doing: failures in a row, and since when."""

    failures: int
    since: datetime | None
    is_suspended: bool = False


def judge(answer: Answer, now: datetime) -> Verdict:
    code, words = answer.code, answer.words
    if code is None:
        return Verdict(Outcome.LOST if answer.was_sent else Outcome.DEFERRED, None, words)
    if 200 <= code < 300:
        return Verdict(Outcome.SENT, code, words)
    if code == _GONE:
        return Verdict(Outcome.FAILED, code, words or "gone for good", is_over=True)
    if 300 <= code < 400:
        return Verdict(Outcome.DEFERRED, code, "a redirect, and none is followed")
    wait = _asked_for(answer.retry_after, now) if code in _ASKS_TO_WAIT else None
    return Verdict(Outcome.DEFERRED, code, words, wait)


def _asked_for(retry_after: str, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), bounded; None for anything else."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), LONGEST_DELAY.total_seconds()))
    else:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_DELAY)


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return retry_delay(failures, base=BASE_DELAY, cap=LONGEST_DELAY)


def state_after(outcome: Outcome, tries: int, created_at: datetime, now: datetime) -> State:
    """Of a posting that was tried so often, this time with this outcome."""
    if outcome is Outcome.SENT:
        return State.SENT
    if outcome is Outcome.FAILED or tries >= TRIES or now - created_at >= GIVE_UP_AFTER:
        return State.FAILED
    return State.QUEUED


def health_after(known: Health, verdict: Verdict, now: datetime) -> Health:
    if verdict.outcome is Outcome.SENT:
        return Health(0, None)
    failures, since = known.failures + 1, known.since or now
    is_long = failures >= SUSPEND_FAILURES and now - since >= SUSPEND_AFTER
    return Health(failures, since, verdict.is_over or is_long)
