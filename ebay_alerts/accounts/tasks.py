"""The tasks of the accounts module."""

from ebay_alerts.accounts.auditing import prune_events
from ebay_alerts.kit import clock


def prune() -> int:
    return prune_events(clock.now())
