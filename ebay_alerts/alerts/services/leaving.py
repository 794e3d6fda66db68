"""Erasing what is kept of a user's alerts, in portions that may be interrupted anywhere.

First the alerts stop, so that nothing new is told; then goes what was told, then the alerts and
their history. Each portion is a transaction of its own, and what is gone is not looked for again.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from ebay_alerts.alerts.models import Alert, AlertChange, Digest, Line, ListingSnooze
from ebay_alerts.alerts.services.history import erase_history
from ebay_alerts.alerts.services.keeping import lock_user, plan_searches
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.services import erase_messages

# Rows that are written or deleted by one transaction; of alerts each concerns a search too.
ALERTS_A_TURN = 100
ROWS_A_TURN = 1000
MESSAGES_A_TURN = 100


def erase_alerts(user_id: int, now: datetime) -> None:
    """Nothing is left of the user's alerts, what they told, their mails and their history.

    Searches that nobody else wants leave quota and percolators.
    """
    steps = (_stop_some, _erase_lines, _erase_snoozes, _erase_digests, _erase_some)
    for erase_some in steps:
        _until_none(erase_some, user_id, now)
    erase_history(user_id)


def has_alerts(user_id: int) -> bool:
    """Whether anything that `erase_alerts` erases is there."""
    models = (Alert, Line, AlertChange, ListingSnooze)
    return any(model._default_manager.filter(user_id=user_id).exists() for model in models)


def _until_none(erase_some: Callable[[int, datetime], int], user_id: int, now: datetime) -> None:
    while True:
        with write_turn(), transaction.atomic():
            lock_user(user_id)
            if not erase_some(user_id, now):
                return


def _stop_some(user_id: int, now: datetime) -> int:
    running = Alert.objects.filter(user=user_id).exclude(state=Alert.State.PAUSED).order_by("pk")
    some = dict(running.values_list("pk", "search")[:ALERTS_A_TURN])
    Alert.objects.filter(pk__in=some).update(
        state=Alert.State.PAUSED, slot=None, version=F("version") + 1
    )
    plan_searches(set(some.values()), now)
    return len(some)


def _erase_lines(user_id: int, now: datetime) -> int:
    some = Line.objects.filter(user=user_id).order_by("listing", "pk")[:ROWS_A_TURN]
    return Line.objects.filter(pk__in=list(some.values_list("pk", flat=True))).delete()[0]


def _erase_snoozes(user_id: int, now: datetime) -> int:
    some = ListingSnooze.objects.filter(user=user_id).order_by("pk")[:ROWS_A_TURN]
    return ListingSnooze.objects.filter(pk__in=list(some.values_list("pk", flat=True))).delete()[0]


def _erase_digests(user_id: int, now: datetime) -> int:
    """A digest keeps its message, so all that a message carries go first; all are gone once this
    has committed."""
    of_user = Digest.objects.filter(alert__user=user_id).order_by("message_id")
    some = list(of_user.values_list("message_id", flat=True).distinct()[:MESSAGES_A_TURN])
    Digest.objects.filter(message__in=some).delete()
    erase_messages(some)
    return len(some)


def _erase_some(user_id: int, now: datetime) -> int:
    of_user = Alert.objects.filter(user=user_id).order_by("pk")
    some = dict(of_user.values_list("pk", "search")[:ALERTS_A_TURN])
    Alert.objects.filter(pk__in=some).delete()
    plan_searches(set(some.values()), now)
    return len(some)
