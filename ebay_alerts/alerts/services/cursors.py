"""Moving cursors: by compare-and-swap, and for quiet alerts in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import WallTime, next_wall_slot
from ebay_alerts.alerts.services.held import has_due_hold
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Search
from ebay_alerts.setbacks.errors import Passing

# Times of day that are dealt with in one go; they are few but for what an outage left.
WALL_TIMES = 500


class LostRace(Passing):
    """Somebody else changed the alert meanwhile; the transaction is rolled back and tried again."""


@dataclass(frozen=True)
class Move:
    """An alert whose cursor goes from one revision to another; `mailed_at` if a mail goes out."""

    alert: Alert
    to_revision: int
    slot: int | None
    mailed_at: datetime | None


_SWAP = """
UPDATE {table} SET "cursor" = %s, cursor_at = %s, slot = %s, mailed_at = COALESCE(%s, mailed_at)
WHERE id = %s AND "cursor" = %s AND version = %s AND state = 'active'
"""


def advance(moves: Sequence[Move], now: datetime) -> None:
    """Move every cursor if it and the alert's version are as read. Else raises LostRace."""
    if not moves:
        return
    at = Alert._meta.get_field("cursor_at")
    stored_now = at.get_db_prep_save(now, connection)
    rows = [
        (
            move.to_revision,
            stored_now,
            move.slot,
            at.get_db_prep_save(move.mailed_at, connection),
            move.alert.pk,
            move.alert.cursor,
            move.alert.version,
        )
        for move in moves
    ]
    statement = _SWAP.format(table=connection.ops.quote_name(Alert._meta.db_table))
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
        if cursor.rowcount != len(rows):
            raise LostRace(f"{len(rows) - cursor.rowcount} of {len(rows)} alerts changed meanwhile")


def skip_quiet(now: datetime) -> int:
    """Send due alerts that stand at their search's head to their next slot; those with an interval
    in one statement, those with a time of day in one for each time and zone.

    They have been considered, so they stand at this time.
    Instant alerts are left to the builder, which reads the head under the alert's lock.
    """
    second = int(now.timestamp())
    quiet = _quiet(now)
    with write_turn():
        with_interval = quiet.filter(at_minute=None)
        skipped = with_interval.update(slot=_next_slot(second), cursor_at=now)
    for wall in _wall_times(quiet):
        with write_turn():
            skipped += _at(wall, quiet).update(slot=next_wall_slot(now, wall), cursor_at=now)
    return skipped


def _quiet(now: datetime) -> QuerySet[Alert]:
    # `cursor=F("search__head")` would have the update join alerts with themselves, by a plan that
    # goes badly wrong while PostgreSQL thinks the table empty, as after an import.
    is_at_head = Exists(Search.objects.filter(pk=OuterRef("search"), head=OuterRef("cursor")))
    return Alert.objects.filter(
        is_at_head,
        ~has_due_hold(now),
        state=Alert.State.ACTIVE,
        slot__lte=int(now.timestamp()),
        interval_minutes__gt=0,
        mail_when=Alert.MailWhen.CHANGES,
    )


def _wall_times(quiet: QuerySet[Alert]) -> list[WallTime]:
    """The times of day that have come, as they stand on their users' walls."""
    timed = quiet.filter(at_minute__isnull=False)
    rows = timed.values_list("at_minute", "weekdays", "user__time_zone").order_by().distinct()
    return [
        WallTime(minute, weekdays, time_zone)
        for minute, weekdays, time_zone in rows[:WALL_TIMES]
        if minute is not None
    ]


def _at(wall: WallTime, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    users = User.objects.filter(time_zone=wall.time_zone)
    return alerts.filter(at_minute=wall.minute, weekdays=wall.weekdays, user__in=users.values("pk"))


def _next_slot(second: int) -> Combinable:
    """`schedule.next_slot` in SQL, in 64 bits: the year 2038 comes."""
    seconds = F("interval_minutes") * 60
    now = Cast(Value(second), BigIntegerField())
    return now - (now - F("phase")) % seconds + seconds
