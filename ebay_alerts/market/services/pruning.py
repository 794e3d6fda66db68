"""Pruning: what is older than `LOG_DAYS` goes, search changes whether they were read or not."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import QuotaWindow, Search, SearchChange, SearchRegistration
from ebay_alerts.market.quota import WINDOW
from ebay_alerts.market.services.bulk import update_rows
from ebay_alerts.market.services.searches import lock_searches

# Search changes deleted in one transaction: well under 50 ms on SQLite.
BATCH = 1000
# Percolators look back a minute; who is away for longer loads every search anew.
REGISTRATIONS_FOR = timedelta(days=1)


def prune_registrations(now: datetime) -> int:
    """Delete registrations that every percolator has long taken in; returns how many."""
    with write_turn():
        return SearchRegistration.objects.filter(at__lt=now - REGISTRATIONS_FOR).delete()[0]


def prune_windows(now: datetime) -> int:
    """Delete windows of the ledger that are long over; returns how many."""
    before = now - timedelta(days=settings.LOG_DAYS)
    with write_turn():
        return QuotaWindow.objects.filter(reset_at__lt=before - WINDOW).delete()[0]


def prune_changes(now: datetime) -> int:
    """Delete some of the oldest changes and note on their searches up to where; returns how many.

    An alert that stands below `pruned_to` is folded from what its search finds now.
    """
    before = now - timedelta(days=settings.LOG_DAYS)
    with write_turn(), transaction.atomic():
        # Keys grow with time, so the oldest come first without an index on the time.
        oldest = SearchChange.objects.order_by("pk").values_list("pk", "search", "revision", "at")
        old = [row for row in oldest[:BATCH] if row[3] < before]
        reached: dict[int, int] = {}
        for _, search_id, revision, _ in old:
            reached[search_id] = max(revision, reached.get(search_id, 0))
        searches = lock_searches(reached.keys())
        update_rows(
            Search,
            ["pruned_to"],
            [(pk, max(search.pruned_to, reached[pk])) for pk, search in searches.items()],
        )
        SearchChange.objects.filter(pk__in=[row[0] for row in old]).delete()
    return len(old)
