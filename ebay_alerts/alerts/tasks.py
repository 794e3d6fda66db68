"""The mail loop's tasks up to the outbox; each returns how many rows it dealt with."""

from functools import partial

from ebay_alerts.alerts.services.digests import build_due
from ebay_alerts.alerts.services.ending import plan_reminders, tell_endings
from ebay_alerts.alerts.services.held import note_bids, wake_held
from ebay_alerts.alerts.services.waking import wake_instant
from ebay_alerts.alerts.services.welcoming import welcome_filled
from ebay_alerts.alerts.services.withdrawing import withdraw_stale
from ebay_alerts.kit import clock
from ebay_alerts.kit.queue import run_each


def welcome() -> int:
    return welcome_filled(clock.now())


def wake() -> int:
    return wake_instant(clock.now())


def digests() -> int:
    return build_due(clock.now())


def timed() -> int:
    """What has its own time: listings held back, auctions that end soon, or
    whose bid has passed a limit."""
    now = clock.now()
    steps = (plan_reminders, note_bids, wake_held, tell_endings)
    return run_each(*(partial(step, now) for step in steps))


def withdraw() -> int:
    return withdraw_stale(clock.now())
