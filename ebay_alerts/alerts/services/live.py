"""Telling open pages that something changed: one look at the database for all pages of a process.

Each page's connection is a subscription. While there are any, a thread looks every few seconds, by
one statement, at what the alerts of their users come to, and rings those whose figures moved. It
holds no connection to the database between looks, and ends with the last subscription.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from threading import Event, Lock, Thread
from typing import Any

import structlog
from django.db import DatabaseError, connections
from django.db.models import Count, Max, Q, Sum

from ebay_alerts.alerts.models import Alert

LOOK_SECONDS = 2.0
THREAD = "open pages"
# Connections of one user, and of all: each holds a socket and a waiting thread.
OF_A_USER, OF_ALL = 12, 400

_log = structlog.get_logger()
Standing = tuple[Any, ...]


class Subscription:
    """One page of a user's, waiting on its event loop; `seen` is what its alerts came to when
    it was rung last. `closing` once the process stops."""

    def __init__(self, user_id: int, seen: Standing) -> None:
        self.user_id = user_id
        self.seen = seen
        self.closing = False
        self._loop = asyncio.get_running_loop()
        self._bell = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within that time."""
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return False
        self._bell.clear()
        return True

    def ring(self) -> None:
        """From any thread; a loop that is closed hears nothing."""
        try:
            self._loop.call_soon_threadsafe(self._bell.set)
        except RuntimeError:
            return

    def close(self) -> None:
        self.closing = True
        self.ring()


class Hub:
    """The subscriptions of a process."""

    def __init__(self, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._lock = Lock()
        self._subscriptions: set[Subscription] = set()
        self._stop = Event()
        self._thread: Thread | None = None
        self._is_closed = False

    def has_room(self, user_id: int) -> bool:
        with self._lock:
            return self._has_room(user_id)

    def _has_room(self, user_id: int) -> bool:
        counts = Counter(one.user_id for one in self._subscriptions)
        return counts[user_id] < OF_A_USER and counts.total() < OF_ALL and not self._is_closed

    def subscribe(self, user_id: int, seen: Standing) -> Subscription | None:
        """On the event loop of who will wait for it; None where there is no room."""
        subscription = Subscription(user_id, seen)
        with self._lock:
            if not self._has_room(user_id):
                return None
            self._subscriptions.add(subscription)
            if self._thread is None:
                self._stop = Event()
                self._thread = Thread(
                    target=self._look, args=(self._stop,), name=THREAD, daemon=True
                )
                self._thread.start()
        return subscription

    def leave(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions.discard(subscription)
            if not self._subscriptions:
                self._stop.set()
                self._thread = None

    def close(self) -> None:
        """End every subscription, now and from now on: the process stops."""
        with self._lock:
            self._is_closed = True
            self._stop.set()
            waiting = list(self._subscriptions)
        for subscription in waiting:
            subscription.close()

    def _look(self, stop: Event) -> None:
        try:
            self._look_on(stop)
        finally:
            with self._lock:
                if self._stop is stop:
                    self._thread = None  # the next subscription begins anew

    def _look_on(self, stop: Event) -> None:
        """Until it is stopped. What cannot be read now is read at the next look."""
        while not stop.wait(self._look_seconds):
            with self._lock:
                waiting = list(self._subscriptions)
            try:
                now = standings({one.user_id for one in waiting})
            except DatabaseError as error:
                _log.warning("open pages wait", reason=str(error))
                continue
            finally:
                connections.close_all()
            for one in waiting:
                standing = now.get(one.user_id, ())
                if standing != one.seen:
                    one.seen = standing
                    one.ring()


def standings(user_ids: Iterable[int]) -> dict[int, Standing]:
    """By user, what moves whenever an alert is told of, filled, edited, or has news in its log."""
    alerts = Alert.objects.filter(user__in=sorted(user_ids)).values_list("user")
    rows = alerts.annotate(
        Count("pk"),
        Sum("version"),
        Max("mailed_at"),
        Max("updated_at"),
        Sum("cursor"),
        Sum("search__head"),
        filling=Count("pk", filter=Q(state=Alert.State.FILLING)),
    )
    return {user_id: tuple(figures) for user_id, *figures in rows}


hub = Hub()
