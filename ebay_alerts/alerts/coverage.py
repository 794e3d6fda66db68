"""What an alert sees of eBay and how often it looks, in words."""

from ebay_alerts.alerts import wording
from ebay_alerts.market.models import Fetch
from ebay_alerts.market.selectors import refresh_interval


def coverage_of(fetch: Fetch) -> str:
    """What an alert on this fetch sees, in words."""
    if fetch.legacy_id:
        return wording.presence_words(fetch.total)
    return wording.coverage_words(fetch.total, fetch.covered, fetch.is_complete)


def pace_of(fetch: Fetch) -> str:
    """How much more rarely eBay is asked than alerts want, and why; empty while all is as wished"""
    is_gone = bool(fetch.legacy_id) and fetch.total == 0
    return wording.refresh_words(fetch.refresh_seconds, refresh_interval(fetch), is_gone=is_gone)
