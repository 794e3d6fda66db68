"""Listening: the marketplace's events are percolated and recorded, in order and in batches.

What was applied is noted after it is recorded: an event applied twice changes nothing, so a crash
in between costs nothing. An event that cannot be read is kept with its reason; the stream goes on.
"""

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import structlog
from django.db import transaction

from ebay_alerts.kit import clock
from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.errors import EbayError, Malformed
from ebay_alerts.market.models import DeadEvent, EventStream, Fetch, Listing, Tombstone
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.selectors import current_streams
from ebay_alerts.market.services.recording_apart import record_or_refuse
from ebay_alerts.market.stream.events import (
    EventPage,
    MarketEvent,
    read_event,
    sequence_of,
)
from ebay_alerts.market.stream.lateness import Unwanted
from ebay_alerts.market.stream.minimising import without_seller
from ebay_alerts.market.stream.sharding import WHOLE, Shard, read_shard
from ebay_alerts.market.stream.source import EventLog, HttpEventLog

log = structlog.get_logger(__name__)

LONGEST_BODY = 20_000
# The marketplace's clock may be ahead of ours by so much.
CLOCKS_DIFFER = timedelta(minutes=1)


class Listener:
    """Applies one event log to the market, from where it was left. One at a time per log.

    Where several share the work, each takes the listings of its shard, and has a place of its own.
    """

    def __init__(
        self, url: str, events: EventLog, registry: SearchRegistry, shard: Shard = WHOLE
    ) -> None:
        self._url = url
        self._shard = shard
        self._events = events
        self._registry = registry
        self._unwanted = Unwanted(registry.matches)

    def close(self) -> None:
        self._events.close()

    def catch_up(self) -> int:
        """Apply everything up to the log's head; returns how many events. Failures are noted."""
        stream = _place_of(self._url, self._shard)
        applied = 0
        try:
            while True:
                page = self._events.after(stream.sequence)
                # A page makes next to no cycles, but so many objects that the collector would look
                # through all that the percolators hold, again and again.
                with paused_collector():
                    applied += self._apply(stream, page)
                if not page.events or stream.sequence >= page.head:
                    return applied
        except EbayError as error:
            self._note_failure(stream, error)
            return applied

    def _apply(self, stream: EventStream, page: EventPage) -> int:
        now = clock.now()
        if _is_broken(stream, page):
            _begin_anew(stream, page, now)
            self._unwanted.forget()
            return 0
        reached = _reached(stream.sequence, page)
        events, dead = _read(page, now)
        events = [event for event in events if self._shard.holds(event.observation.legacy_id)]
        self._registry.sync(now)
        seen = [event.observation for event in events]
        _, refused = record_or_refuse(seen, self._unwanted.matches, now)
        self._have_checked_elsewhere(events, now)
        if not self._shard.is_first:  # whose listing it tells of cannot be read
            dead = []
        dead += _bodies_of(page, [(events[place].sequence, why) for place, why in refused])
        _keep_dead(page.stream_id, dead, now)
        if page.events and reached == stream.sequence:
            raise Malformed("the event log gives no events after the number that was asked for")
        stream.stream_id = page.stream_id
        stream.sequence, stream.head = reached, page.head
        stream.followed_at, stream.failure_reason, stream.failed_at = now, "", None
        with write_turn():
            stream.save()
        if events:
            enqueue("alerts.wake")
        return len(page.events)

    def _have_checked_elsewhere(self, events: Sequence[MarketEvent], now: datetime) -> None:
        """Other marketplaces show the same listings at prices of their own: each is looked at."""
        homes = {event.observation.marketplace for event in events}
        for home in homes:
            others = self._registry.marketplaces() - {home}
            ids = [e.observation.legacy_id for e in events if e.observation.marketplace == home]
            if others:
                with write_turn():
                    Listing.objects.filter(
                        marketplace__in=others, legacy_id__in=ids, ended_at__isnull=True
                    ).update(check_due_at=now)

    def _note_failure(self, stream: EventStream, error: EbayError) -> None:
        log.warning("event log not read", reason=str(error))
        stream.failure_reason, stream.failed_at = str(error)[:300], clock.now()
        with write_turn():
            stream.save(update_fields=["failure_reason", "failed_at"])


def listen_to(url: str, registry: SearchRegistry, shard: str = str(WHOLE)) -> Listener:
    """A listener to the stream at `url`, or to a shard of it, such as `2/4`. Raises ValueError."""
    return Listener(url, HttpEventLog(url), registry, read_shard(shard))


def _place_of(url: str, shard: Shard) -> EventStream:
    """Where this shard stands. One that is new begins where the furthest behind of those before it
    stood: events that another had applied already change nothing."""
    earlier = current_streams(EventStream.objects.filter(url=url).exclude(shards=shard.count))
    before = min(earlier, key=attrgetter("sequence"), default=None)
    place, _ = EventStream.objects.get_or_create(
        url=url,
        shards=shard.count,
        shard=shard.number,
        defaults={"stream_id": before.stream_id, "sequence": before.sequence} if before else {},
    )
    return place


def hang_bell(url: str, ring: Callable[[], None]) -> Any:
    """A `stream.bell.Bell`, which rings whenever the stream at `url` has more."""
    # Socket.IO's import takes a large part of a second: it must not hold up any start.
    return importlib.import_module("ebay_alerts.market.stream.bell").Bell(url, ring)


def _is_broken(stream: EventStream, page: EventPage) -> bool:
    """Another stream, a log that begins after where we stand, or one that ends before it."""
    return (
        stream.stream_id != page.stream_id
        or stream.sequence < page.oldest - 1
        or stream.sequence > page.head
    )


def _begin_anew(stream: EventStream, page: EventPage, now: datetime) -> None:
    """Follow from the head, and have everything swept: what was missed is found by polls.

    Old sequence numbers mean nothing in another stream.
    """
    if stream.stream_id:
        log.warning("event stream cannot be resumed, everything is swept", after=stream.sequence)
    with write_turn(), transaction.atomic():
        if stream.stream_id != page.stream_id:
            Listing.objects.filter(event_sequence__isnull=False).update(event_sequence=None)
            Tombstone.objects.all().delete()
        Fetch.objects.filter(due_at__isnull=False).update(due_at=now, swept_at=None)
        stream.stream_id, stream.sequence = page.stream_id, page.head
        stream.head = page.head
        stream.followed_at, stream.failure_reason, stream.failed_at = now, "", None
        stream.save()
    enqueue("market.refresh")


def _read(page: EventPage, now: datetime) -> tuple[list[MarketEvent], list[tuple[Any, str]]]:
    """What the page tells, in the order in which it happened, and what cannot be read."""
    events, dead = [], []
    for body in page.events:
        try:
            events.append(_in_time(read_event(body), now))
        except Malformed as error:
            dead.append((body, str(error)[:300]))
    events.sort(key=attrgetter("sequence"))
    return events, dead


def _bodies_of(page: EventPage, refused: Sequence[tuple[int, str]]) -> list[tuple[Any, str]]:
    """What the page told by these numbers."""
    if not refused:
        return []
    bodies = {sequence_of(body): body for body in page.events}
    return [(bodies[sequence], reason) for sequence, reason in refused]


def _in_time(event: MarketEvent, now: datetime) -> MarketEvent:
    """Dated no later than clocks differ: polls until then would be held for older."""
    seen = event.observation
    if seen.at <= now + CLOCKS_DIFFER:
        return event
    return MarketEvent(event.sequence, replace(seen, at=now))


def _reached(sequence: int, page: EventPage) -> int:
    """Where the page ends; unreadable events count where they have a number at all."""
    numbers = [sequence_of(body) for body in page.events]
    return max([sequence, *(number for number in numbers if number is not None)])


def _keep_dead(stream_id: str, dead: Sequence[tuple[Any, str]], now: datetime) -> None:
    if not dead:
        return
    rows = [
        DeadEvent(
            stream_id=stream_id,
            sequence=sequence_of(body),
            body=json.dumps(without_seller(body))[:LONGEST_BODY],
            reason=reason,
            at=now,
        )
        for body, reason in dead
    ]
    with write_turn():
        DeadEvent.objects.bulk_create(rows, ignore_conflicts=True)


def retry_dead(registry: SearchRegistry) -> tuple[int, int]:
    """Try every dead event again; returns how many were applied and how many stay dead."""
    now = clock.now()
    registry.sync(now)
    rows = list(DeadEvent.objects.order_by("pk"))
    events, read = [], []
    for row in rows:
        try:
            events.append(read_event(json.loads(row.body)))
        except (Malformed, ValueError):
            continue
        read.append(row.pk)
    seen = [event.observation for event in events]
    _, refused = record_or_refuse(seen, registry.matches, now)
    still_dead = {read[place] for place, _ in refused}
    revived = [pk for pk in read if pk not in still_dead]
    with write_turn():
        DeadEvent.objects.filter(pk__in=revived).delete()
    return len(revived), len(rows) - len(revived)
