"""The market loop's tasks; each returns how many rows it dealt with."""

from functools import lru_cache

from django.conf import settings

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.services import (
    checking,
    ledger,
    pruning,
    refreshing,
    stretching,
    tombstones,
)
from ebay_alerts.setbacks.services import prune_setbacks


@lru_cache(maxsize=1)
def ebay_client() -> EbayClient:
    """The process's client: one token and one connection pool for all threads."""
    return EbayClient(
        settings.EBAY_BASE_URL,
        settings.EBAY_CLIENT_ID or "mock",
        settings.EBAY_CLIENT_SECRET or "mock",
    )


@lru_cache(maxsize=1)
def search_registry() -> SearchRegistry:
    """The process's percolators; empty until first synced."""
    return SearchRegistry()


def refresh_due() -> int:
    return refreshing.refresh_due(ebay_client(), search_registry())


def plan_refreshes() -> int:
    """Set the ledger right and plan; it is done once a look, so there never is more."""
    now = clock.now()
    stretching.plan_refreshes(ledger.keep_true(ebay_client(), now), now)
    return 0


def prune() -> int:
    pruning.prune_registrations(clock.now())
    tombstones.prune_tombstones(clock.now())
    pruning.prune_windows(clock.now())
    prune_setbacks(clock.now())
    return pruning.prune_changes(clock.now())


def check_due() -> int:
    return checking.check_due(ebay_client())
