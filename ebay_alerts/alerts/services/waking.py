"""Waking instant alerts: searches that have news make their instant alerts due."""

from datetime import datetime

from django.db import transaction

from ebay_alerts.alerts.models import Alert
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import SearchNews

BATCH = 500


def wake_instant(now: datetime) -> int:
    """Claim searches with news and make their instant alerts due; returns how many searches."""
    with write_turn(), transaction.atomic():
        news = SearchNews.objects.order_by("noticed_at").select_for_update(
            skip_locked=True, no_key=True
        )[:BATCH]
        search_ids = [one.search_id for one in news]
        if not search_ids:
            return 0
        woken = Alert.objects.filter(
            state=Alert.State.ACTIVE, interval_minutes=0, slot__isnull=True, search__in=search_ids
        ).update(slot=int(now.timestamp()))
        SearchNews.objects.filter(search__in=search_ids).delete()
    if woken:
        enqueue("alerts.digests")
    return len(search_ids)
