"""What feeds and calendars show."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import UnknownFeed
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.links import find_feed
from ebay_alerts.alerts.models import Alert, Feed, Line
from ebay_alerts.alerts.services.facts import features_of
from ebay_alerts.market.models import Membership

# So many lines a feed has, and so many auctions a calendar, of as many that are looked at.
LINES, AUCTIONS, CANDIDATES = 50, 200, 2000


class Auction(NamedTuple):
    """An auction that some alerts show, and the first of them."""

    membership: Membership
    alert: Alert


def get_feed(user: User, alert: Alert | None) -> Feed:
    """Raises UnknownFeed."""
    found = Feed.objects.filter(user=user, alert=alert).first()
    if found is None:
        raise UnknownFeed("There is no address of a feed here; make one by POST.")
    return found


def find_feed_by_token(token: str) -> Feed | None:
    """The feed of an address that is in force, of a user who is."""
    found = find_feed(token)
    if found is None:
        return None
    feeds = Feed.objects.select_related("user", "alert")
    return feeds.filter(pk=found[0], version=found[1], user__is_active=True).first()


def lines_in(feed: Feed) -> list[Line]:
    """What was told, newest first, without the lists of welcome mails."""
    lines = Line.objects.filter(alert=feed.alert_id) if feed.alert_id else _of_all(feed)
    told = lines.exclude(kind=LineKind.LISTED).select_related("listing", "alert")
    return list(told.order_by("-pk")[:LINES])


def _of_all(feed: Feed) -> QuerySet[Line]:
    return Line.objects.filter(user=feed.user_id, alert__isnull=False)


def auctions_in(feed: Feed, now: datetime) -> list[Auction]:
    """Live auctions that the feed's alerts show, the next to end first, each once; none of paused
    alerts, whose searches nobody looks after."""
    alerts = Alert.objects.filter(user=feed.user_id).exclude(state=Alert.State.PAUSED)
    if feed.alert_id:
        alerts = alerts.filter(pk=feed.alert_id)
    ending = Membership.objects.filter(
        search__in=alerts.values("search"),
        listing__ended_at=None,
        listing__bid_minor__isnull=False,
        listing__ends_at__gt=now,
    )
    candidates = list(
        ending.select_related("listing").order_by("listing__ends_at", "listing", "search")[
            :CANDIDATES
        ]
    )
    wanting = alerts.filter(search__in={row.search_id for row in candidates}).order_by("pk")
    by_search = defaultdict(list)
    for alert in wanting:
        by_search[alert.search_id].append(alert)
    shown: dict[int, Auction] = {}
    for row in candidates:
        alert_of_it = _first_that_shows(row, by_search[row.search_id])
        if alert_of_it and row.listing_id not in shown:
            shown[row.listing_id] = Auction(row, alert_of_it)
    return list(shown.values())[:AUCTIONS]


def _first_that_shows(row: Membership, alerts: Sequence[Alert]) -> Alert | None:
    features = features_of(row.listing, row)
    for alert in alerts:
        gates = alert.gates.beside(row.shipping_minor)
        if alert.gates.fit(features) and gates.admit(
            row.listing.figure_minor, row.listing.currency
        ):
            return alert
    return None
