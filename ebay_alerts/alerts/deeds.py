"""What the pages do with alerts by a click, one or several, and how it is undone by another.

What undoes the last deed lies in the sign-in session for a minute, so that it is at hand on the
next page without scripts.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.sessions.backends.base import SessionBase

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services.several import (
    pause_several,
    resume_several,
    snooze_several,
)

PAUSE, RESUME, SNOOZE, WAKE = "pause", "resume", "snooze", "wake"
DEEDS = (PAUSE, RESUME, SNOOZE, WAKE)
UNDO_SECONDS = 60
_UNDO = "undo"
_SAID = {PAUSE: "Paused", RESUME: "Resumed", SNOOZE: "Snoozed", WAKE: "No longer snoozed"}


class Step(NamedTuple):
    """What undoes a deed for one alert; `until` is the end of a snooze in Unix seconds."""

    deed: str
    alert_id: int
    until: float | None = None


class Done(NamedTuple):
    """What was done in words, what undoes it, and why some of it was not done."""

    words: str
    steps: list[Step]
    refusals: list[str]


def carry_out(user: User, deed: str, alert_ids: Collection[int], days: int, now: datetime) -> Done:
    """One of `DEEDS` on those of the user's alerts that it changes; a snooze for so many days."""
    concerned = [
        alert for alert in alerts_of(user).filter(pk__in=alert_ids) if _concerns(deed, alert, now)
    ]
    steps = [_undoing(deed, alert, now) for alert in concerned]
    until = (now + timedelta(days=days)).timestamp() if deed == SNOOZE else None
    refusals = _act(user, [Step(deed, one.pk, until) for one in concerned], now)
    done = len(concerned) - len(refusals)
    return Done(_words(deed, concerned, done), steps if done else [], refusals)


def remember(session: SessionBase, done: Done, now: datetime) -> None:
    """Have the deed at hand to be undone."""
    until = now.timestamp() + UNDO_SECONDS
    session[_UNDO] = {"words": done.words, "steps": done.steps, "until": until}


def at_hand(session: SessionBase, now: datetime, alert_id: int | None = None) -> str:
    """What can be undone now, in words; empty for nothing, or nothing of that alert."""
    kept: dict[str, Any] = session.get(_UNDO) or {}
    steps = [Step(*step) for step in kept.get("steps", ())]
    if alert_id is not None:
        steps = [step for step in steps if step.alert_id == alert_id]
    return str(kept["words"]) if steps and kept["until"] > now.timestamp() else ""


def undo(user: User, session: SessionBase, now: datetime) -> list[int]:
    """Undo the last deed, once. Returns the alerts that it was done to."""
    kept: dict[str, Any] = session.pop(_UNDO, None) or {}
    steps = [Step(*step) for step in kept.get("steps", ())]
    _act(user, steps, now)
    return [step.alert_id for step in steps]


def _concerns(deed: str, alert: Alert, now: datetime) -> bool:
    is_paused = alert.state == Alert.State.PAUSED
    if deed == WAKE:
        return alert.is_snoozed(now)
    return is_paused if deed == RESUME else not is_paused


def _undoing(deed: str, alert: Alert, now: datetime) -> Step:
    """An alert that is resumed after a pause takes its place again, but not an earlier snooze."""
    if deed in (PAUSE, RESUME):
        return Step(RESUME if deed == PAUSE else PAUSE, alert.pk)
    until = alert.snoozed_until if alert.is_snoozed(now) else None
    return Step(SNOOZE if until else WAKE, alert.pk, until.timestamp() if until else None)


def _act(user: User, steps: Iterable[Step], now: datetime) -> list[str]:
    """Returns why some of it was not done."""
    pauses: list[int] = []
    resumes: list[int] = []
    untils: dict[int, datetime | None] = {}
    for deed, pk, until in steps:
        if deed in (SNOOZE, WAKE):
            end = datetime.fromtimestamp(until, now.tzinfo) if until else None
            untils[pk] = end if end and end > now else None
        else:
            (pauses if deed == PAUSE else resumes).append(pk)
    if pauses:
        pause_several(user, pauses, now)
    if untils:
        snooze_several(user, untils, now)
    return list(map(str, resume_several(user, resumes, now))) if resumes else []


def _words(deed: str, concerned: Collection[Alert], done: int) -> str:
    if done == 1 and len(concerned) == 1:
        return f"{_SAID[deed]}: {next(iter(concerned)).name}."
    return f"{_SAID[deed]}: {done:,} alerts."
