"""The pace of instant mails: what may leave now, what waits for a later slot, who is in a flood."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings

from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import flood_end, instant_slot
from ebay_alerts.alerts.selectors import InstantMails


class Pace:
    """The pace of some users' instant alerts at one moment, with the mails that are built in it.

    The last word has the builder, which reads the mails under the users' locks.
    """

    def __init__(self, mails: Mapping[int, InstantMails], now: datetime) -> None:
        self._mails = mails
        self._now = now
        self._built: Counter[int] = Counter()
        self._limit = settings.INSTANT_MAILS_PER_HOUR

    def slot_of(self, alert: Alert) -> int:
        """When this alert's news may leave; not after now if at once."""
        mails = self._mails.get(alert.user_id, InstantMails())
        return instant_slot(
            self._now,
            mails.last.get(alert.pk),
            mails.times,
            self._limit,
            beside=self._built[alert.user_id],
        )

    def must_wait(self, alert: Alert) -> bool:
        return alert.interval_minutes == 0 and self.slot_of(alert) > self._now.timestamp()

    def count(self, alert: Alert) -> None:
        """A mail is built now that goes for this alert; what joins it counts no more."""
        if alert.interval_minutes == 0:
            self._built[alert.user_id] += 1

    def flooded_until(self, alert: Alert) -> datetime | None:
        """Until when this user's instant alerts tell together what they find, with what is built
        now; None without a flood, and for an alert that is not instant."""
        if alert.interval_minutes:
            return None
        mails = self._mails.get(alert.user_id, InstantMails())
        times = [*mails.times, *[self._now] * self._built[alert.user_id]]
        return flood_end(self._now, times, self._limit)


def move_slots(slots: Mapping[int, int]) -> None:
    """Put alerts, which the caller has locked, to these slots: one statement a slot."""
    by_slot: dict[int, list[int]] = defaultdict(list)
    for alert_id, slot in slots.items():
        by_slot[slot].append(alert_id)
    for slot, alert_ids in by_slot.items():
        _move(alert_ids, slot)


def _move(alert_ids: Collection[int], slot: int) -> None:
    Alert.objects.filter(pk__in=alert_ids).update(slot=slot)
