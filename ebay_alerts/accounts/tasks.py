"""The tasks of the accounts module."""

from ebay_alerts.accounts.auditing import prune_events
from ebay_alerts.accounts.channel_notices import tell_suspended
from ebay_alerts.kit import clock


def prune() -> int:
    return prune_events(clock.now())


def tell_of_channels() -> int:
    return tell_suspended(clock.now())
