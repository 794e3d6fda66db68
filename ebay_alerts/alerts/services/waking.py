"""Waking instant alerts: searches that have news make their instant alerts due."""

from datetime import datetime

from django.db import transaction

from ebay_alerts.alerts.models import Alert
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import SearchNews

BATCH = 500


def wake_instant(now: datetime) -> int:
    """Make the instant alerts of searches with news due; returns how many searches had news.

    Alerts are locked before news, never the other way round: who edits an alert locks its search
    next, and who records locks the search before its news. Alerts that are due already are made
    due all the same: they may be in the hands of a builder that has not seen this news. News that
    commits before the delete is seen by whoever builds after this transaction.
    """
    with write_turn(), transaction.atomic():
        news = SearchNews.objects.order_by("noticed_at").values_list("search", flat=True)
        search_ids = list(news[:BATCH])
        if not search_ids:
            return 0
        instant = Alert.objects.filter(
            state=Alert.State.ACTIVE, interval_minutes=0, search__in=search_ids
        )
        # In the order in which builders lock them.
        locked = instant.order_by("user", "pk").select_for_update(no_key=True)
        woken = [alert.pk for alert in locked.only("pk")]
        Alert.objects.filter(pk__in=woken).update(slot=int(now.timestamp()))
        SearchNews.objects.filter(search__in=search_ids).delete()
    if woken:
        enqueue("alerts.digests")
    return len(search_ids)
