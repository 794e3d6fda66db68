"""Planning slots anew where a user's clock was changed: the time zone, or the quiet hours."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import claim_changed_clocks
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.pacing import move_slots
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

BATCH = 20


def replan_changed(now: datetime) -> int:
    """Give the alerts of users whose clock was changed the slots that they have by the new one;
    returns how many users there were. What is due already stays due."""
    changed = User.objects.exclude(clock_changed="")
    if not changed.exists():
        return 0
    unsuspected = changed.exclude(pk__in=suspects(Kind.CLOCK))
    return carry_out(
        Work(
            Kind.CLOCK,
            together=lambda: _replan(unsuspected, now),
            apart=lambda: list(unsuspected.order_by("pk").values_list("pk", flat=True)[:BATCH]),
            alone=lambda user_id: _replan(changed.filter(pk=user_id), now),
        ),
        now,
    )


def _replan(changed: QuerySet[User], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        users = {user.pk: user for user in claim_changed_clocks(changed, BATCH)}
        waiting = Alert.objects.filter(
            user__in=users, state=Alert.State.ACTIVE, slot__gt=int(now.timestamp())
        )
        alerts = waiting.order_by("user", "pk").select_for_update(no_key=True)
        move_slots({alert.pk: _slot(alert, users[alert.user_id], now) for alert in alerts})
    return len(users)


def _slot(alert: Alert, user: User, now: datetime) -> int:
    """Another zone moves times of day. Otherwise a slot may be the end of quiet hours that are
    others now: it comes no later than it would have. An instant alert is due, and looks itself."""
    slot = alert.first_slot(now, user.time_zone)
    if alert.at_minute is not None and user.clock_changed == User.ClockChange.ZONE:
        return slot
    return slot if alert.slot is None else min(alert.slot, slot)
