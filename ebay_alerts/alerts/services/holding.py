"""Quiet hours: the slots of due alerts are put off to their end; nothing is rendered and held."""

from datetime import datetime

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.quiet import QuietHours
from ebay_alerts.alerts.selectors import slots_come
from ebay_alerts.kit.turns import write_turn

# Kinds of quiet hours that are dealt with in one go; the others' alerts wait for the next.
KINDS = 500


def hold_quiet(now: datetime) -> int:
    """Put off the due alerts of users in their quiet hours to the end of these, by one statement
    for all users who have the same; returns how many. They are due then, together."""
    if not User.objects.filter(quiet_from__isnull=False).exists():
        return 0
    due = slots_come(now)
    fields = ("quiet_from", "quiet_until", "time_zone")
    timed = due.filter(user__quiet_from__isnull=False).order_by()
    kinds = timed.values_list(*(f"user__{name}" for name in fields)).distinct()
    held = 0
    for kind in kinds[:KINDS]:
        end = QuietHours(*kind).end_after(now)
        if end:
            users = User.objects.filter(**dict(zip(fields, kind, strict=True))).values("pk")
            with write_turn():
                held += due.filter(user__in=users).update(slot=int(end.timestamp()))
    return held


def is_quiet(user: User, now: datetime) -> bool:
    quiet = user.quiet_hours
    return quiet is not None and quiet.end_after(now) is not None
