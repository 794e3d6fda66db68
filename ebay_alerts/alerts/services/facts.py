"""What the decisions of a batch of alerts read, each kind of fact by one query."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from ebay_alerts.alerts.fold import Figure, Net, Told, fold
from ebay_alerts.alerts.gates import Features, ShippingTerms
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.models import Line as LineRow
from ebay_alerts.alerts.selectors import (
    PriceHistory,
    Range,
    changes_in,
    heads_of,
    last_told,
    price_history,
    snoozed_listings,
)
from ebay_alerts.alerts.services.held import Hold, held_of
from ebay_alerts.market.models import Listing, Membership, Search

Nets = Mapping[int, Net]
# What of a listing neither decides what is told nor is shown.
_UNREAD = (
    *("reference", "likeness", "categories", "own_minor", "own_currency", "event_sequence"),
    *("first_seen_at", "observed_at", "check_due_at", "confirmed_at"),
)


class Found(NamedTuple):
    """A membership, as far as digests look at it: a batch has a thousand."""

    search_id: int
    listing_id: int
    shipping: str
    shipping_minor: int | None


@dataclass
class Facts:
    """`nets` are by alert, `memberships` by (search, listing), `told` and `snoozed` by (user,
    listing), `held` by (alert, listing). `holds` is what is to be held back from now on."""

    now: datetime

    searches: dict[int, Search]
    nets: dict[int, Nets]
    listings: dict[int, Listing]
    memberships: dict[tuple[int, int], Found]
    told: dict[tuple[int, int], Told]
    history: PriceHistory
    snoozed: dict[tuple[int, int], datetime]
    held: dict[tuple[int, int], Hold]
    holds: dict[tuple[int, int], Hold] = field(default_factory=dict)


def read_facts(alerts: Sequence[Alert], now: datetime) -> Facts:
    """Heads are read first: what commits later is told later."""
    searches = heads_of({alert.search_id for alert in alerts})
    held = held_of(alerts)
    nets = _with_held(_nets(alerts, searches), alerts, held, now)
    every_net = [net for of_alert in nets.values() for net in of_alert.values()]
    ids = {net.listing_id for net in every_net}
    listings = Listing.objects.defer(*_UNREAD).in_bulk(ids)
    former = {row.relists_id for row in listings.values() if row.relists_id}
    users = {alert.user_id for alert in alerts}
    return Facts(
        now=now,
        searches=searches,
        nets=nets,
        listings=listings,
        memberships=_memberships(searches.keys(), ids),
        told=last_told(users, ids | former),
        history=price_history({net.listing_id for net in every_net if net.is_repriced}),
        snoozed=snoozed_listings(users, now),
        held=held,
    )


def _with_held(
    nets: dict[int, Nets],
    alerts: Iterable[Alert],
    held: Mapping[tuple[int, int], Hold],
    now: datetime,
) -> dict[int, Nets]:
    """With what was held back until now, as if its price had just changed."""
    if not held:
        return nets
    cursors = {alert.pk: alert.cursor or 0 for alert in alerts}
    merged = {pk: dict(of_alert) for pk, of_alert in nets.items()}
    for (alert_id, listing_id), hold in held.items():
        net = merged[alert_id].get(listing_id)
        if net is None and hold.due_at <= now:
            net = Net(listing_id, hold.is_news, True, None, cursors[alert_id])
        if net is not None:
            merged[alert_id][listing_id] = net._replace(is_news=net.is_news or hold.is_news)
    return dict(merged)


def _nets(alerts: Sequence[Alert], searches: Mapping[int, Search]) -> dict[int, Nets]:
    """From the log where it reaches back to the cursor; one range of a log is folded once."""
    pruned = [a for a in alerts if (a.cursor or 0) < searches[a.search_id].pruned_to]
    ranges = {alert.pk: _range(alert, searches) for alert in alerts if alert not in pruned}
    folded = {one: fold(changes) for one, changes in changes_in(ranges.values()).items()}
    return _nets_of_state(pruned, searches) | {pk: folded[one] for pk, one in ranges.items()}


def _range(alert: Alert, searches: Mapping[int, Search]) -> Range:
    return (alert.search_id, alert.cursor or 0, searches[alert.search_id].head)


def _nets_of_state(alerts: Sequence[Alert], searches: Mapping[int, Search]) -> dict[int, Nets]:
    """For alerts that stand below what was pruned: from what their searches find now.

    Prices now are compared with what was told, or with those when the alert began, so everything
    may have been repriced; news is what began and came after the cursor.
    """
    if not alerts:
        return {}
    members = Membership.objects.filter(search__in=[alert.search_id for alert in alerts])
    by_search: dict[int, list[Membership]] = {}
    for row in members.select_related("listing"):
        by_search.setdefault(row.search_id, []).append(row)
    ended = _ended_since(alerts)
    return {
        alert.pk: _nets_of_members(
            alert,
            by_search.get(alert.search_id, []),
            ended.get(alert.pk, []),
            searches[alert.search_id].head,
        )
        for alert in alerts
    }


def _nets_of_members(
    alert: Alert, members: Iterable[Membership], ended: Iterable[int], head: int
) -> Nets:
    stood_at = alert.cursor_at or alert.created_at
    nets = {pk: Net(pk, False, False, None, head) for pk in ended}
    for row in members:
        started_at = row.listing.started_at
        is_news = row.since > stood_at and started_at is not None and started_at > stood_at
        nets[row.listing_id] = Net(row.listing_id, is_news, True, None, head)
    return nets


def _ended_since(alerts: Sequence[Alert]) -> dict[int, list[int]]:
    """By alert, the listings it told of that have ended."""
    told = LineRow.objects.filter(
        Q(alert__in=[alert.pk for alert in alerts]), listing__ended_at__isnull=False
    )
    ended: dict[int, list[int]] = {}
    for alert_id, listing_id in told.values_list("alert", "listing").distinct():
        if alert_id is not None:
            ended.setdefault(alert_id, []).append(listing_id)
    return ended


def _memberships(
    search_ids: Collection[int], listing_ids: Collection[int]
) -> dict[tuple[int, int], Found]:
    rows = Membership.objects.filter(search__in=search_ids, listing__in=listing_ids)
    found = map(Found._make, rows.values_list(*Found._fields))
    return {(one.search_id, one.listing_id): one for one in found}


def features_of(listing: Listing, membership: ShippingTerms | None) -> Features:
    """What gates look at; of shipping nothing is known where the search does not find it."""
    return Features(
        has_price=listing.price_minor is not None,
        has_bid=listing.bid_minor is not None,
        country=listing.country,
        shipping=membership.shipping if membership else "unknown",
        shipping_minor=membership.shipping_minor if membership else None,
        condition_group=listing.condition_group,
        seller=listing.seller,
        words=listing.words,
    )


def figure_of(listing: Listing) -> Figure:
    return Figure(listing.figure_minor, listing.currency)
