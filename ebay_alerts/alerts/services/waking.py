"""Waking instant alerts: searches that have news give their instant alerts a slot."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.selectors import quiet_hours_of
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.pacing import Pace, move_slots
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import SearchNews
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

BATCH = 500


def wake_instant(now: datetime) -> int:
    """Give the instant alerts of searches with news a slot; returns how many searches had news.

    After a quiet spell that is now, else a little later (`schedule.instant_slot`), in quiet hours
    their end. A slot that an
    alert has is never put off: whoever goes on finding things would never be told.

    Alerts are locked before news, never the other way round: who edits an alert locks its search
    next, and who records locks the search before its news. An alert in the hands of a builder is
    waited for, and then has no slot: the builder may not have seen this news. News that commits
    before the delete is seen by whoever builds after this transaction.
    """
    every = SearchNews.objects.order_by("noticed_at")
    unsuspected = every.exclude(search__in=suspects(Kind.WAKE)).values_list("search", flat=True)
    return carry_out(
        Work(
            Kind.WAKE,
            together=lambda: _wake(unsuspected, now),
            apart=lambda: list(unsuspected[:BATCH]),
            alone=lambda pk: _wake(every.filter(search=pk).values_list("search", flat=True), now),
        ),
        now,
    )


def _wake(news: QuerySet[SearchNews, int], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        search_ids = list(news[:BATCH])
        if not search_ids:
            return 0
        slots = _slots(search_ids, now)
        move_slots(slots)
        SearchNews.objects.filter(search__in=search_ids).delete()
    if any(slot <= now.timestamp() for slot in slots.values()):
        enqueue("alerts.digests")
    return len(search_ids)


def _slots(search_ids: list[int], now: datetime) -> dict[int, int]:
    """By alert, the slots of the instant alerts of these searches, where they are to move."""
    instant = Alert.objects.filter(
        state=Alert.State.ACTIVE, interval_minutes=0, search__in=search_ids
    )
    # In the order in which builders lock them.
    locked = instant.order_by("user", "pk").select_for_update(no_key=True)
    alerts = list(locked.only("pk", "user", "interval_minutes", "slot"))
    # Read after the locks: a mail that a builder was at is there by now.
    pace = Pace.of(instant.values("user"), now) if alerts else None
    quiet = quiet_hours_of({alert.user_id for alert in alerts}) if alerts else {}
    slots = {alert.pk: pace.slot_of(alert) for alert in alerts if pace}
    for alert in alerts:
        if alert.user_id in quiet:
            slots[alert.pk] = quiet[alert.user_id].hold(slots[alert.pk])
    return {a.pk: slots[a.pk] for a in alerts if a.slot is None or slots[a.pk] < a.slot}
