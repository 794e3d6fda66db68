"""What a listing's page shows of its user's alerts: which find it, what they told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.moments import Moment, past, to_come
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.alerts import wording
from ebay_alerts.alerts.explaining import verdicts
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.gate_words import refused_words
from ebay_alerts.alerts.holding import FOR_GOOD
from ebay_alerts.alerts.letters import Entry
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.selectors import (
    alerts_finding,
    find_watch,
    lines_of,
    snoozed_listings,
)
from ebay_alerts.alerts.services.facts import features_of, figure_of
from ebay_alerts.alerts.shown import SNOOZES, told_rows
from ebay_alerts.market.marketplaces import get_marketplace
from ebay_alerts.market.models import Listing, Membership


@dataclass(frozen=True)
class Beside:
    """What the user's alerts know of a listing: those that find it, and what was told of it."""

    listing: Listing
    finding: Sequence[tuple[Alert, Membership]]
    lines: Sequence[Line]

    @classmethod
    def of(cls, user: User, listing: Listing) -> "Beside":
        return cls(listing, alerts_finding(user, listing), lines_of(user, listing))

    @property
    def membership(self) -> Membership | None:
        """What the first alert knows of its shipping."""
        return self.finding[0][1] if self.finding else None

    @property
    def country(self) -> str:
        """Where it would be sent."""
        if self.finding:
            return self.finding[0][0].search.deliver_to
        return get_marketplace(self.listing.marketplace).country


def listing_parts(user: User, beside: Beside, now: datetime) -> dict[str, Any]:
    listing, zone = beside.listing, zone_of(user.time_zone)
    kind = LineKind.LISTED if listing.ended_at is None else LineKind.ENDED
    until = snoozed_listings([user.pk], now).get((user.pk, listing.pk))
    return {
        "listing": listing,
        "row": Entry.of(listing, beside.membership, kind, None).row(now),
        "ends": to_come(listing.ends_at, zone, now) if _is_running(listing, now) else None,
        "ended": past(listing.ended_at, zone, now),
        "started": past(listing.started_at, zone, now),
        "alerts": [_alert_row(alert, beside, member) for alert, member in beside.finding],
        "lines": told_rows(beside.lines, zone, now),
        "snoozed": _snoozed(until, user, now),
        "snoozes": SNOOZES,
        "watched_by": find_watch(user, listing),
    }


def snooze_end(days: str, now: datetime) -> datetime | None:
    """The end of a snooze for so many days; None for good."""
    if days == "0":
        return None
    chosen = next((one for one, _ in SNOOZES if str(one) == days), SNOOZES[0][0])
    return now + timedelta(days=chosen)


def _is_running(listing: Listing, now: datetime) -> bool:
    """An auction that has its end before it."""
    is_auction = listing.bid_minor is not None and listing.ended_at is None
    return is_auction and listing.ends_at is not None and listing.ends_at > now


def _snoozed(until: datetime | None, user: User, now: datetime) -> dict[str, Any]:
    """Whether it is snoozed, and until when; for good without a time."""
    end: Moment | None = None
    if until is not None and until != FOR_GOOD:
        end = to_come(until, zone_of(user.time_zone), now)
    return {"is_on": until is not None, "until": end}


def _alert_row(alert: Alert, beside: Beside, member: Membership) -> dict[str, Any]:
    features, figure = features_of(beside.listing, member), figure_of(beside.listing)
    refused = [one for one in verdicts(alert.gates, features, figure) if not one.passes]
    return {
        "id": alert.pk,
        "name": alert.name,
        "looks": wording.looks_words(alert.keywords, alert.search.legacy_id),
        "is_paused": alert.state == Alert.State.PAUSED,
        "passes": not refused,
        "refused": refused_words(refused),
    }
