"""Reading the market; history for those who copy it is in `history`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet

from ebay_alerts.market.models import (
    ApiPause,
    DeadEvent,
    EventStream,
    Fetch,
    Listing,
    Membership,
    QuotaWindow,
    RefreshPlan,
    Search,
    Urgency,
)
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.pacing import Stretch
from ebay_alerts.market.quota import BROWSE, WINDOW, Pace, Window
from ebay_alerts.market.terms import Identity
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import barred

# The listener reads the event log every few seconds; one that has not for so long is away.
_FOLLOWED_WITHIN = timedelta(minutes=1)


def api_pause(now: datetime) -> ApiPause | None:
    """The pause that eBay imposes now, if there is one."""
    return ApiPause.objects.filter(pk=1, until__gt=now).first()


def find_searches(identities: Collection[Identity]) -> dict[Identity, Search]:
    """Those of some hundred searches that are there, wanted or not."""
    rows = Search.objects.filter(
        marketplace__in={identity[0] for identity in identities},
        query__in={identity[1] for identity in identities},
        legacy_id__in={identity[4] for identity in identities},
    )
    found = {
        (one.marketplace, one.query, one.category, one.deliver_to, one.legacy_id): one
        for one in rows
    }
    return {identity: found[identity] for identity in identities if identity in found}


def find_window() -> QuotaWindow | None:
    """The ledger's last window; it may be over."""
    return QuotaWindow.objects.filter(resource=BROWSE).order_by("-number").first()


def count_calls_left(now: datetime) -> int:
    """Calls left in the current window by the ledger; 0 where none is open."""
    row = find_window()
    return max(row.limit - row.spent, 0) if row and now < row.reset_at else 0


def window_of(row: QuotaWindow) -> Window:
    return Window(row.limit, row.spent, row.urgent_spent, row.reset_at)


def refresh_plan() -> RefreshPlan | None:
    """The last plan; it may be of a window that is over."""
    return RefreshPlan.objects.filter(pk=1).first()


def pace_of(plan: RefreshPlan | None, window: QuotaWindow) -> Pace | None:
    """The line that refreshes keep below; None before the first plan.

    In a window without a plan yet the last plan goes on, from nothing.
    """
    if plan is None:
        return None
    if plan.window_id != window.pk:
        return Pace(window.opened_at, 0.0, window.limit / WINDOW.total_seconds(), plan.is_scarce)
    return Pace(plan.planned_at, plan.pace_calls, plan.calls_per_second, plan.is_scarce)


def stretch_of(plan: RefreshPlan | None) -> Stretch:
    """How refreshes are stretched at present; not at all before the first plan."""
    if plan is None:
        return Stretch()
    return Stretch(
        plan.base_seconds,
        plan.longest_seconds,
        plan.cheapest_factor,
        plan.sweep_factor,
        plan.wanted_per_day,
    )


def refresh_interval(fetch: Fetch) -> int | None:
    """Seconds between two refreshes as they are now: what alerts ask, or what the quota allows.

    None while no alert wants the fetch.
    """
    if fetch.refresh_seconds is None:
        return None
    return max(fetch.refresh_seconds, fetch.planned_seconds or 0)


def fills_before(fetch_ids: Collection[int]) -> dict[int, int]:
    """How many other fetches are filled before each of these that wait to be filled."""
    if not fetch_ids:
        return {}
    waiting = Fetch.objects.filter(urgency__gt=Urgency.ROUTINE, due_at__isnull=False)
    order = waiting.order_by("-urgency", "due_at", "pk").values_list("pk", flat=True)
    wanted = set(fetch_ids)
    return {pk: place for place, pk in enumerate(order.iterator()) if pk in wanted}


def any_member(fetch: Fetch, observations: Sequence[Observation], by: datetime) -> bool:
    """Whether a search of this fetch had any of these listings by then.

    Later ones came by events or by other fetches, which say nothing of what else is there.
    """
    return Membership.objects.filter(
        search__fetch=fetch,
        since__lte=by,
        listing__marketplace=fetch.marketplace,
        listing__legacy_id__in=[seen.legacy_id for seen in observations],
    ).exists()


def listings_of(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Listing]:
    """Those of these listings, by marketplace and number, that are known."""
    if not keys:
        return {}
    rows = Listing.objects.filter(
        marketplace__in={marketplace for marketplace, _ in keys},
        legacy_id__in={legacy_id for _, legacy_id in keys},
    )
    found = {(row.marketplace, row.legacy_id): row for row in rows}
    return {key: found[key] for key in keys if key in found}


def has_variations(marketplace: str, legacy_id: str) -> bool:
    """Whether a listing is known, and as one with variations: its reference names one of them."""
    known = Listing.objects.filter(marketplace=marketplace, legacy_id=legacy_id)
    reference = known.values_list("reference", flat=True).first() or ""
    return not reference.endswith("|0") and reference.count("|") == 2


def count_due_fetches(now: datetime) -> int:
    return Fetch.objects.filter(due_at__lte=now).exclude(pk__in=barred(Kind.FETCH, now)).count()


def count_failing_fetches() -> int:
    return Fetch.objects.filter(failures__gt=0, due_at__isnull=False).count()


def market_state(now: datetime) -> dict[str, object]:
    """How the market stands, for a person to read."""
    pause, failing = api_pause(now), count_failing_fetches()
    if pause:
        words = f"eBay takes no calls until {pause.until:%H:%M} UTC: {pause.reason}"
    elif failing:
        words = f"{failing} searches could not be refreshed; they are tried again"
    else:
        words = "all well"
    return {
        "where": "a mock for trying things out"
        if settings.EBAY_IS_MOCK
        else "the real marketplace",
        "searches": count_wanted_searches(),
        "listings": Listing.objects.filter(ended_at__isnull=True).count(),
        "words": words,
        "stream": _stream_words(),
    }


def _stream_words() -> str:
    """How the event stream is followed, for a person to read; empty where there is none."""
    if not settings.EVENT_STREAM_URL:
        return ""
    streams = followed_streams(settings.EVENT_STREAM_URL)
    if not streams or any(stream.followed_at is None for stream in streams):
        return "not yet read"
    for stream in streams:
        if stream.failure_reason:
            return f"not read at present: {stream.failure_reason}"
    return f"read up to event {min(stream.sequence for stream in streams):,}"


def followed_streams(url: str) -> list[EventStream]:
    """Where the listeners of a stream stand, by shard."""
    return current_streams(EventStream.objects.filter(url=url))


def current_streams(rows: QuerySet[EventStream]) -> list[EventStream]:
    """Those of one stream's rows that belong to the number of shards that was in use last."""
    latest = rows.order_by(F("followed_at").desc(nulls_last=True), "pk").first()
    return list(rows.filter(shards=latest.shards).order_by("shard")) if latest else []


def is_stream_followed(now: datetime) -> bool:
    """Whether the marketplace tells of its events and all of them are listened to at present."""
    streams = followed_streams(settings.EVENT_STREAM_URL) if settings.EVENT_STREAM_URL else []
    listening = [
        stream
        for stream in streams
        if stream.followed_at
        and stream.followed_at >= now - _FOLLOWED_WITHIN
        and not stream.failure_reason
    ]
    return bool(streams) and len(listening) == streams[0].shards


def instant_seconds(fetch: Fetch, has_stream: bool) -> int | None:
    """How long news of this fetch can be unknown, in seconds; None while a stream tells it."""
    return None if has_stream else refresh_interval(fetch) or settings.INSTANT_SECONDS


def count_wanted_searches() -> int:
    return Search.objects.filter(refresh_seconds__isnull=False).count()


def stream_ages(now: datetime) -> dict[str, float]:
    """Seconds since each shard of the event stream was read; none where there is no stream."""
    url = settings.EVENT_STREAM_URL
    return {
        f"{stream.shard + 1}/{stream.shards}": max((now - stream.followed_at).total_seconds(), 0.0)
        for stream in (followed_streams(url) if url else ())
        if stream.followed_at
    }


def dead_events() -> QuerySet[DeadEvent]:
    """Events that could not be read, oldest first."""
    return DeadEvent.objects.order_by("pk")
