"""The pace of mails: what may leave now, what waits for a later slot, who is in a flood."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import Flood, flood_of, instant_slot
from ebay_alerts.alerts.selectors import InstantMails, instant_mails, mail_times


class Pace:
    """The pace of some users' mails at one moment, with those that are built in it: instant ones
    have a limit of their own, and all of them together where that is set.

    The last word has the builder, which reads the mails under the users' locks.
    """

    def __init__(
        self,
        instant: Mapping[int, InstantMails],
        every: Mapping[int, Sequence[datetime]],
        now: datetime,
    ) -> None:
        self._instant = instant
        self._every = every
        self._now = now
        self._instant_built: Counter[int] = Counter()
        self._built: Counter[int] = Counter()

    @classmethod
    def of(cls, users: Collection[int] | QuerySet[Any, Any], now: datetime) -> "Pace":
        every = mail_times(users, now) if settings.MAILS_PER_HOUR else {}
        return cls(instant_mails(users, now), every, now)

    def slot_of(self, alert: Alert) -> int:
        """When this alert's news may leave; not after now if at once."""
        slot = int(self._now.timestamp())
        user_id = alert.user_id
        if _is_instant(alert):
            mails = self._instant.get(user_id, InstantMails())
            limit, built = settings.INSTANT_MAILS_PER_HOUR, self._instant_built[user_id]
            last = mails.last.get(alert.pk)
            slot = max(slot, instant_slot(self._now, last, mails.times, limit, built))
        if settings.MAILS_PER_HOUR:
            times, built = self._every.get(user_id, ()), self._built[user_id]
            limit = settings.MAILS_PER_HOUR
            slot = max(slot, instant_slot(self._now, None, times, limit, built))
        return slot

    def must_wait(self, alert: Alert) -> bool:
        return self.slot_of(alert) > self._now.timestamp()

    def count(self, alert: Alert) -> None:
        """A mail is built now that goes for this alert; what joins it counts no more."""
        self._built[alert.user_id] += 1
        if _is_instant(alert):
            self._instant_built[alert.user_id] += 1

    def flood_of(self, alert: Alert) -> Flood | None:
        """Until when this user's alerts tell together what they find, with what is built now, if
        that is so: all of them, or the instant ones if this is one."""
        user_id = alert.user_id
        every = [*self._every.get(user_id, ()), *[self._now] * self._built[user_id]]
        flood = flood_of(self._now, every, settings.MAILS_PER_HOUR, is_of_all=True)
        if flood or not _is_instant(alert):
            return flood
        mails = self._instant.get(user_id, InstantMails())
        instant = [*mails.times, *[self._now] * self._instant_built[user_id]]
        return flood_of(self._now, instant, settings.INSTANT_MAILS_PER_HOUR)


def _is_instant(alert: Alert) -> bool:
    return alert.interval_minutes == 0


def move_slots(slots: Mapping[int, int]) -> None:
    """Put alerts, which the caller has locked, to these slots: one statement a slot."""
    by_slot: dict[int, list[int]] = defaultdict(list)
    for alert_id, slot in slots.items():
        by_slot[slot].append(alert_id)
    for slot, alert_ids in by_slot.items():
        _move(alert_ids, slot)


def _move(alert_ids: Collection[int], slot: int) -> None:
    Alert.objects.filter(pk__in=alert_ids).update(slot=slot)
