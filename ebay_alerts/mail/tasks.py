"""The outbox's background work; each returns how many rows it dealt with."""

from ebay_alerts.kit import clock
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.posting_delivery import deliver_postings
from ebay_alerts.mail.posting_outbox import prune_postings
from ebay_alerts.mail.services import mark_stale, prune_pictures
from ebay_alerts.mail.states import Queue


def deliver_alerts() -> int:
    return deliver_batch(Queue.ALERTS)


def deliver_reports() -> int:
    return deliver_batch(Queue.REPORTS)


def deliver_channels() -> int:
    return deliver_postings()


def deliver_tests() -> int:
    """For the command that has put one there."""
    return deliver_batch(Queue.TESTS)


def mark_stale_messages() -> int:
    return mark_stale(clock.now())


def prune() -> int:
    return max(prune_pictures(clock.now()), prune_postings(clock.now()))
