"""Which other alerts of a user a listing passes too, read for a whole batch by two queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import structlog

from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.facts import features_of, figure_of
from ebay_alerts.market.models import Listing, Membership

log = structlog.get_logger(__name__)

# By (user, listing), in the order of their ids.
Matches = Mapping[tuple[int, int], list[Alert]]
# Kept with a line, and of these the mail names the first ones.
MOST_MATCHES = 20


def read_matches(told: Collection[tuple[int, int]], listings: Mapping[int, Listing]) -> Matches:
    """By (user, listing) of `told`, the user's active alerts that find it now and whose gates it
    passes, where there are several."""
    if not told:
        return {}
    users, ids = {user for user, _ in told}, {listing for _, listing in told}
    members = Membership.objects.filter(listing__in=ids)
    finding = Alert.objects.filter(
        user__in=users, state=Alert.State.ACTIVE, search__in=members.values("search")
    )
    alerts = _of_several(finding.order_by("user", "pk"))
    found: dict[int, list[Membership]] = defaultdict(list)
    for row in members.filter(search__in={alert.search_id for alert in alerts}):
        found[row.search_id].append(row)
    matches: dict[tuple[int, int], list[Alert]] = defaultdict(list)
    for alert in alerts:
        of_user = [row for row in found[alert.search_id] if (alert.user_id, row.listing_id) in told]
        for row in _passed(alert, of_user, listings):
            matches[alert.user_id, row.listing_id].append(alert)
    return {pair: of_pair for pair, of_pair in matches.items() if len(of_pair) > 1}


def _of_several(alerts: Collection[Alert]) -> list[Alert]:
    """Without those of users who have but one."""
    counts: dict[int, int] = defaultdict(int)
    for alert in alerts:
        counts[alert.user_id] += 1
    return [alert for alert in alerts if counts[alert.user_id] > 1]


def _passed(
    alert: Alert, rows: Collection[Membership], listings: Mapping[int, Listing]
) -> list[Membership]:
    try:
        gates = alert.gates
        return [row for row in rows if _pass(gates, listings[row.listing_id], row)]
    except Exception:  # its own digest meets the same; that of another alert goes on without it
        log.exception("alert not matched", alert=alert.pk)
        return []


def _pass(gates: Gates, listing: Listing, membership: Membership) -> bool:
    if listing.ended_at is not None or not gates.fit(features_of(listing, membership)):
        return False
    return gates.beside(membership.shipping_minor).admit(*figure_of(listing))


def others_of(alert: Alert, listing_id: int, matches: Matches) -> list[Alert]:
    """The user's other alerts that the listing passes."""
    found = matches.get((alert.user_id, listing_id), ())
    return [other for other in found if other.pk != alert.pk][:MOST_MATCHES]
