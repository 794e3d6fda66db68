"""The outbox's background work; each returns how many messages or pictures it dealt with."""

from ebay_alerts.kit import clock
from ebay_alerts.mail.delivery import deliver_batch
from ebay_alerts.mail.services import mark_stale, prune_pictures
from ebay_alerts.mail.states import Queue


def deliver_alerts() -> int:
    return deliver_batch(Queue.ALERTS)


def deliver_reports() -> int:
    return deliver_batch(Queue.REPORTS)


def deliver_tests() -> int:
    """For the command that has put one there."""
    return deliver_batch(Queue.TESTS)


def mark_stale_messages() -> int:
    return mark_stale(clock.now())


def prune() -> int:
    return prune_pictures(clock.now())
