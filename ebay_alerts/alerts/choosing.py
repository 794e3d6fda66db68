"""Which of a user's alerts the list shows, and in which order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import alerts_of

LONGEST = 100
STATES = ("active", "snoozed", "filling", "paused")
ALERT_SORTS: dict[str, tuple[Any, ...]] = {
    "newest": ("-pk",),
    "name": (Lower("name"), "pk"),
    "next mail": (F("slot").asc(nulls_last=True), "-pk"),
    "last mail": (F("mailed_at").desc(nulls_last=True), "-pk"),
}


class Choice(NamedTuple):
    """Words in name or keywords, a state or none, and an order."""

    words: str
    state: str
    sort: str

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        """What is no state or order of ours is left out."""
        state, sort = asked.get("state", ""), asked.get("sort", "")
        return cls(
            asked.get("q", "").replace("\x00", "").strip()[:LONGEST],
            state if state in STATES else "",
            sort if sort in ALERT_SORTS else next(iter(ALERT_SORTS)),
        )

    @property
    def query(self) -> str:
        """As the query of an address; empty for the usual list."""
        asked = QueryDict(mutable=True)
        usual = next(iter(ALERT_SORTS))
        given = {"q": self.words, "state": self.state, "sort": self.sort}
        asked.update({name: one for name, one in given.items() if one and one != usual})
        return asked.urlencode()


def chosen_alerts(user: User, choice: Choice, now: datetime) -> QuerySet[Alert]:
    alerts = alerts_of(user).order_by(*ALERT_SORTS[choice.sort])
    if choice.words:
        in_name = Q(name__icontains=choice.words)
        alerts = alerts.filter(in_name | Q(keywords__icontains=choice.words))
    snoozed = Q(snoozed_until__gt=now)
    if choice.state == "snoozed":
        return alerts.filter(snoozed)
    if choice.state == "active":
        return alerts.filter(Q(state="active") & (Q(snoozed_until=None) | ~snoozed))
    return alerts.filter(state=choice.state) if choice.state else alerts
