"""Days on which prices move, and mornings on which reports are made."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ebay_alerts.accounts.models import User
from ebay_alerts.analytics.report_letters import kept_moves
from ebay_alerts.analytics.selectors import get_report
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.analytics.services.reports import send_due
from ebay_alerts.mail.models import Message
from ebay_alerts.market.models import Listing
from tests.alerts.conftest import Desk


@dataclass
class Mornings:
    """A market of one desk, whose days pass by `night` and `morning`."""

    desk: Desk

    def at(self, hour: int, minute: int = 0) -> datetime:
        """Move on to the next moment at which clocks in UTC show that time."""
        now = self.desk.now
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        then += timedelta(days=then <= now)
        self.desk.clock.step(seconds=(then - now).total_seconds())
        return then

    def night(self) -> None:
        """The day ends and is figured."""
        run_etl(self.at(0, 20))

    def morning(self, hour: int = 7) -> list[Message]:
        """The next report hour of users in UTC, with the night before it."""
        self.night()
        return self.reports(self.at(hour, 1))

    def reports(self, now: datetime) -> list[Message]:
        """The reports that are queued now."""
        known = set(Message.objects.values_list("pk", flat=True))
        while send_due(now):
            pass
        found = Message.objects.filter(queue="reports").exclude(pk__in=known)
        return list(found.order_by("pk"))


def told_in(message: Message) -> list[tuple[str, int, int]]:
    """Title, price before and now in whole dollars, in the order of the report."""
    _, user_id, on = message.key.split(":")
    report = get_report(int(user_id), date.fromisoformat(on))
    titles = dict(Listing.objects.values_list("pk", "title"))
    return [
        (titles[move.listing_id], move.was // 100, move.now // 100) for move in kept_moves(report)
    ]


def watched(days: Mornings, user: User, prices: dict[str, int], **alert: Any) -> None:
    """The user watches these listings since yesterday."""
    days.desk.keep(user, **alert)
    days.desk.put_all(prices)
    days.desk.start()
    assert days.morning() == []
