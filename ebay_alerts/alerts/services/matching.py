"""Which other alerts of a user a listing passes too, read for a whole batch by two queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import structlog

from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.services.facts import Found, features_of, figure_of
from ebay_alerts.market.models import Listing, Membership

log = structlog.get_logger(__name__)

# By (user, listing), in the order of their ids.
Matches = Mapping[tuple[int, int], list[Alert]]
# Kept with a line, and of these the mail names the first ones.
MOST_MATCHES = 20


def read_matches(
    told: Collection[tuple[int, int]],
    listings: Mapping[int, Listing],
    due: Collection[Alert] = (),
) -> Matches:
    """By (user, listing) of `told`, the user's active alerts that find it now and whose gates it
    passes, where there are several. `due` are active alerts that are at hand already."""
    if not told:
        return {}
    users, ids = {user for user, _ in told}, {listing for _, listing in told}
    members = Membership.objects.filter(listing__in=ids)
    others = Alert.objects.filter(
        user__in=users, state=Alert.State.ACTIVE, search__in=members.values("search")
    ).exclude(pk__in=[alert.pk for alert in due])
    alerts = _of_several([*(alert for alert in due if alert.user_id in users), *others])
    found: dict[int, list[Found]] = defaultdict(list)
    of_alerts = members.filter(search__in={alert.search_id for alert in alerts})
    for row in map(Found._make, of_alerts.values_list(*Found._fields)):
        found[row.search_id].append(row)
    matches: dict[tuple[int, int], list[Alert]] = defaultdict(list)
    for alert in alerts:
        of_user = [one for one in found[alert.search_id] if (alert.user_id, one.listing_id) in told]
        for one in _passed(alert, of_user, listings):
            matches[alert.user_id, one.listing_id].append(alert)
    return {pair: of_pair for pair, of_pair in matches.items() if len(of_pair) > 1}


def _of_several(alerts: Collection[Alert]) -> list[Alert]:
    """Without those of users who have but one; in the order of their ids."""
    counts: dict[int, int] = defaultdict(int)
    for alert in alerts:
        counts[alert.user_id] += 1
    return sorted((one for one in alerts if counts[one.user_id] > 1), key=lambda one: one.pk)


def _passed(alert: Alert, rows: Collection[Found], listings: Mapping[int, Listing]) -> list[Found]:
    try:
        gates = alert.gates
        return [row for row in rows if _pass(gates, listings[row.listing_id], row)]
    except Exception:  # its own digest meets the same; that of another alert goes on without it
        log.exception("alert not matched", alert=alert.pk)
        return []


def _pass(gates: Gates, listing: Listing, membership: Found) -> bool:
    if listing.ended_at is not None or not gates.fit(features_of(listing, membership)):
        return False
    return gates.beside(membership.shipping_minor).admit(*figure_of(listing))


def others_of(alert: Alert, listing_id: int, matches: Matches) -> list[Alert]:
    """The user's other alerts that the listing passes."""
    found = matches.get((alert.user_id, listing_id), ())
    return [other for other in found if other.pk != alert.pk][:MOST_MATCHES]
