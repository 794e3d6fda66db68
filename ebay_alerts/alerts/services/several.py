"""What a user does with several alerts at once; a few of them in each transaction.

Alerts that are gone, and those that are so already, are passed over.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import DuplicateAlert
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.digest_postings import withdraw_postings_of
from ebay_alerts.alerts.services.history import Kind, record_change, wish_of
from ebay_alerts.alerts.services.keeping import (
    EDITED_A_TURN,
    lock_some,
    lock_user,
    pause_alerts,
    plan_searches,
    resume_locked,
    save_edit,
    take_back_unsent,
    urgency_for,
)
from ebay_alerts.alerts.wishes import checked_snooze
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Urgency

State = Alert.State


def pause_several(user: User, alert_ids: Collection[int], now: datetime) -> None:
    for some in _portions(alert_ids):
        pause_alerts(user, some, now)


def resume_several(user: User, alert_ids: Collection[int], now: datetime) -> list[DuplicateAlert]:
    """Returns a refusal for each copy in which nothing was changed; those stay paused."""
    refusals: list[DuplicateAlert] = []
    for some in _portions(alert_ids):
        with write_turn(), transaction.atomic():
            lock_user(user.pk)
            alerts = lock_some(Alert.objects.filter(user=user, pk__in=some, state=State.PAUSED))
            for alert in alerts:
                try:
                    resume_locked(alert, now)
                except DuplicateAlert as error:
                    refusals.append(error)
            searches = {alert.search_id for alert in alerts}
            plan_searches(searches, now, urgency_for(user, Urgency.PERSON))
    enqueue("market.refresh")
    enqueue("alerts.welcome")
    return refusals


def snooze_several(user: User, untils: Mapping[int, datetime | None], now: datetime) -> None:
    """By alert until when, None to end its snooze; paused ones are passed over. Raises InvalidAlert
    for a time that is not within reach, before anything is done."""
    checked = {pk: checked_snooze(until, now) for pk, until in untils.items()}
    for some in _portions(checked):
        with write_turn(), transaction.atomic():
            take_back_unsent(user, Alert.objects.filter(pk__in=some), now)
            running = Alert.objects.filter(user=user, pk__in=some).exclude(state=State.PAUSED)
            for alert in lock_some(running):
                before, alert.snoozed_until = wish_of(alert), checked[alert.pk]
                kind = Kind.SNOOZED if alert.snoozed_until else Kind.CHANGED
                save_edit(alert, kind, before, now)
    enqueue("alerts.digests")


def delete_several(user: User, alert_ids: Collection[int], now: datetime) -> None:
    for some in _portions(alert_ids):
        with write_turn(), transaction.atomic():
            take_back_unsent(user, Alert.objects.filter(pk__in=some), now)
            alerts = lock_some(Alert.objects.filter(user=user, pk__in=some))
            for alert in alerts:
                withdraw_postings_of(alert)
                record_change(alert, Kind.DELETED, wish_of(alert), None, now)
            searches = {alert.search_id for alert in alerts}
            Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).delete()
            plan_searches(searches, now)
    enqueue("alerts.digests")


def _portions(alert_ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(alert_ids))
    for start in range(0, len(ordered), EDITED_A_TURN):
        yield ordered[start : start + EDITED_A_TURN]
