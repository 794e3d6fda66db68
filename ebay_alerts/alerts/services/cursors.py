"""Moving cursors: by compare-and-swap, and for quiet alerts in one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import WallTime, next_wall_slot
from ebay_alerts.alerts.selectors import slots_come
from ebay_alerts.alerts.services.held import due_hold
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Search
from ebay_alerts.setbacks.errors import Passing

# Due alerts that are gone through in one transaction.
PORTION = 1000


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


def skip_quiet(now: datetime, portion: int = PORTION) -> int:
    """Send due alerts that stand at their search's head to their next slot, a portion of the due
    ones after the other: those with an interval in one statement, those with a time of day in one
    for each time and zone. Passes over those that somebody has in hand; returns how many went on.

    They have been considered, so they stand at this time.
    Instant alerts are left to the builder, which reads the head under the alert's lock.
    """
    portions = _portions(slots_come(now), portion)
    return sum(_skip(_quiet(due, now), now) for due in portions)


def _portions(due: QuerySet[Alert], size: int) -> Iterator[QuerySet[Alert]]:
    """All of them, the longest due first, `size` at a time; who stays due is not met again."""
    rest = due
    while last := _last_of(rest, size):
        slot, pk = last
        yield rest.filter(Q(slot__lt=slot) | Q(slot=slot, pk__lte=pk), slot__lte=slot)
        rest = due.filter(Q(slot__gt=slot) | Q(slot=slot, pk__gt=pk), slot__gte=slot)
    yield rest


def _last_of(rest: QuerySet[Alert], size: int) -> tuple[int | None, int] | None:
    """Slot and id of the last one of a portion; None if the rest is smaller."""
    return rest.order_by("slot", "pk").values_list("slot", "pk")[size - 1 : size].first()


def _quiet(due: QuerySet[Alert], now: datetime) -> QuerySet[Alert]:
    # Asked for each row. As a join, PostgreSQL would read all searches for each portion, and would
    # join alerts with themselves while it thinks the table empty, as after an import.
    head = Search.objects.filter(pk=OuterRef("search")).values("head")
    return due.alias(due_hold=due_hold(now)).filter(
        cursor=Subquery(head),
        due_hold=None,
        interval_minutes__gt=0,
        mail_when=Alert.MailWhen.CHANGES,
    )


def _skip(quiet: QuerySet[Alert], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        with_interval = _free(quiet.filter(at_minute=None))
        skipped = with_interval.update(slot=_next_slot(int(now.timestamp())), cursor_at=now)
        for wall in _wall_times(quiet):
            timed = _free(_at(wall, quiet))
            skipped += timed.update(slot=next_wall_slot(now, wall), cursor_at=now)
    return skipped


def _free(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those of them that no builder has locked; on SQLite nobody locks rows."""
    if not connection.features.has_select_for_update_skip_locked:
        return alerts
    locked = alerts.select_for_update(skip_locked=True, no_key=True)
    return Alert.objects.filter(pk__in=locked.values("pk"))


def _wall_times(quiet: QuerySet[Alert]) -> list[WallTime]:
    """The times of day that have come, as they stand on their users' walls."""
    timed = quiet.filter(at_minute__isnull=False)
    rows = timed.values_list("at_minute", "weekdays", "user__time_zone").order_by().distinct()
    return [
        WallTime(minute, weekdays, time_zone)
        for minute, weekdays, time_zone in rows
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
