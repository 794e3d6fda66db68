"""Planning: how often each fetch is refreshed, so that the calls last until the reset."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, Sum

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.ebay.client import PAGE_SIZE
from ebay_alerts.market.models import Fetch, QuotaWindow, RefreshPlan, Urgency
from ebay_alerts.market.pacing import (
    Demand,
    Stretch,
    Wish,
    planned_seconds,
    stretch,
    until_reset,
)
from ebay_alerts.market.quota import left_for_refreshes, next_pace, sustained, unused_calls
from ebay_alerts.market.selectors import pace_of, refresh_plan, window_of
from ebay_alerts.market.services.bulk import update_rows

# Due times are set anew once intervals would be so much shorter or longer.
SHORTER, LONGER = 0.8, 1.25
# Rows written in one transaction: well under 50 ms on SQLite.
CHUNK = 100


def plan_refreshes(window: QuotaWindow, now: datetime) -> Stretch:
    """Spread what is left of the window over the fetches that alerts want, and keep that plan."""
    before, facts = refresh_plan(), window_of(window)
    demand, fills = demand_now(), _count_import_fills()
    stretched = stretch(demand, *sustained(facts, now), _wish())
    calls, seconds = left_for_refreshes(facts, now), max((window.reset_at - now).total_seconds(), 1)
    rate = calls / seconds
    is_scarce = stretched.is_scarce or stretched.news_per_second + fills / seconds > rate
    if is_scarce and not stretched.is_scarce:  # most of this window's calls were spent early
        stretched = until_reset(stretch(demand, calls, seconds, _wish()), seconds)
    pace = next_pace(pace_of(before, window), facts, rate, is_scarce, now)
    _use_up(unused_calls(pace_of(before, window), facts, now), now)
    spread_base = _spread_base(before, stretched)
    with write_turn():
        RefreshPlan.objects.update_or_create(
            pk=1,
            defaults={
                "window": window,
                "planned_at": now,
                "pace_calls": pace.calls,
                "calls_per_second": pace.calls_per_second,
                "is_scarce": is_scarce,
                "base_seconds": stretched.base,
                "longest_seconds": stretched.longest,
                "cheapest_factor": stretched.cheapest,
                "sweep_factor": stretched.sweep,
                "spread_base": spread_base,
                "fetches": sum(one.fetches for one in demand) + fills,
                "wanted_per_day": stretched.wanted_per_day,
            },
        )
    if spread_base != (before.spread_base if before else 0.0):
        _spread(stretched)
    return stretched


def demand_now() -> list[Demand]:
    """What alerts want, in groups that are treated alike; fills of imports are counted apart."""
    deep = Q(total__gt=settings.SWEEP_DEPTH)
    rows = (
        Fetch.objects.filter(refresh_seconds__isnull=False)
        .exclude(urgency=Urgency.IMPORT)
        .values("refresh_seconds", "liveliness")
        .annotate(
            fetches=Count("pk"),
            by_price=Count("pk", filter=deep),
            pages=Sum((F("total") - 1) / PAGE_SIZE, filter=Q(total__gt=PAGE_SIZE) & ~deep),
        )
        .order_by()
    )
    return [
        Demand(seconds, liveliness, fetches, by_price, pages or 0)
        for seconds, liveliness, fetches, by_price, pages in rows.values_list(*_GROUP)
    ]


_GROUP = ("refresh_seconds", "liveliness", "fetches", "by_price", "pages")


def _count_import_fills() -> int:
    return Fetch.objects.filter(urgency=Urgency.IMPORT, due_at__isnull=False).count()


def _wish() -> Wish:
    return Wish(settings.SWEEP_SECONDS, settings.CHEAPEST_SECONDS)


def _use_up(calls: int, now: datetime) -> None:
    """Have as many fetches come due as there are calls unused, those next that were put off.

    Stretched intervals are right in the long run; for a time fewer may be due than the calls
    allow, such as after many were asked at once.
    """
    if calls <= 0:
        return
    due = Fetch.objects.filter(due_at__lte=now).count()
    put_off = Fetch.objects.filter(
        urgency=Urgency.ROUTINE,
        due_at__gt=now,
        failures=0,
        planned_seconds__gt=F("refresh_seconds"),
        lease_until__isnull=True,
    )
    next_ones = list(put_off.order_by("due_at").values_list("pk", flat=True)[: max(calls - due, 0)])
    for start in range(0, len(next_ones), CHUNK):
        with write_turn():
            put_off.filter(pk__in=next_ones[start : start + CHUNK]).update(due_at=now)


def _spread_base(before: RefreshPlan | None, stretched: Stretch) -> float:
    """The base that due times go by: the last one, until what is planned is quite another."""
    last = before.spread_base if before else 0.0
    is_near = last * SHORTER <= stretched.base <= last * LONGER
    return last if is_near else stretched.base


def _spread(stretched: Stretch) -> None:
    """Set due times anew by the intervals that are planned now, from when each was asked last."""
    reached = 0
    while last := _spread_chunk(stretched, reached):
        reached = last


def _spread_chunk(stretched: Stretch, after: int) -> int:
    """The last id of the next chunk, or 0 behind the last one."""
    with write_turn(), transaction.atomic():
        rows = list(
            Fetch.objects.filter(
                pk__gt=after,
                urgency=Urgency.ROUTINE,
                refresh_seconds__isnull=False,
                due_at__isnull=False,
                asked_at__isnull=False,
                lease_until__isnull=True,
                failures=0,
            )
            .order_by("pk")
            .only("pk", "refresh_seconds", "liveliness", "asked_at", "planned_seconds")
            .select_for_update(no_key=True)[:CHUNK]
        )
        moved = [row for row in rows if _is_moved(row, stretched)]
        update_rows(
            Fetch,
            ["due_at", "planned_seconds"],
            [(row.pk, row.due_at, row.planned_seconds) for row in moved],
        )
    return rows[-1].pk if rows else 0


def _is_moved(fetch: Fetch, stretched: Stretch) -> bool:
    """Whether it is due at another time than before, which is set on it."""
    assert fetch.asked_at is not None, "only what was asked once is spread"
    planned = planned_seconds(stretched, fetch.refresh_seconds or 0, fetch.liveliness)
    if planned == fetch.planned_seconds:
        return False
    fetch.due_at, fetch.planned_seconds = fetch.asked_at + timedelta(seconds=planned), planned
    return True
