"""Reading the market."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from ebay_alerts.market.models import (
    ApiPause,
    DeadEvent,
    EventStream,
    Fetch,
    Listing,
    Membership,
    Search,
)
from ebay_alerts.market.observing import Observation

# The listener reads the event log every few seconds; one that has not for so long is away.
_FOLLOWED_WITHIN = timedelta(minutes=1)


def api_pause(now: datetime) -> ApiPause | None:
    """The pause that eBay imposes now, if there is one."""
    return ApiPause.objects.filter(pk=1, until__gt=now).first()


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


def count_due_fetches(now: datetime) -> int:
    return Fetch.objects.filter(due_at__lte=now).count()


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
        "searches": Search.objects.filter(refresh_seconds__isnull=False).count(),
        "listings": Listing.objects.filter(ended_at__isnull=True).count(),
        "words": words,
        "stream": _stream_words(),
    }


def _stream_words() -> str:
    """How the event stream is followed, for a person to read; empty where there is none."""
    if not settings.EVENT_STREAM_URL:
        return ""
    stream = EventStream.objects.filter(url=settings.EVENT_STREAM_URL).first()
    if stream is None or stream.followed_at is None:
        return "not yet read"
    if stream.failure_reason:
        return f"not read at present: {stream.failure_reason}"
    return f"read up to event {stream.sequence:,}"


def refresh_seconds(fetch: Fetch) -> int | None:
    """How often eBay is asked for this fetch; None while no alert wants it."""
    return fetch.refresh_seconds


def is_stream_followed(now: datetime) -> bool:
    """Whether the marketplace tells of its events and somebody listens at present."""
    return (
        bool(settings.EVENT_STREAM_URL)
        and EventStream.objects.filter(
            url=settings.EVENT_STREAM_URL,
            failure_reason="",
            followed_at__gte=now - _FOLLOWED_WITHIN,
        ).exists()
    )


def instant_seconds(fetch: Fetch, has_stream: bool) -> int | None:
    """How long news of this fetch can be unknown, in seconds; None while a stream tells it."""
    return None if has_stream else refresh_seconds(fetch) or settings.INSTANT_SECONDS


def dead_events() -> QuerySet[DeadEvent]:
    """Events that could not be read, oldest first."""
    return DeadEvent.objects.order_by("pk")
