"""Watching one listing: an alert over the search of that listing alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import DuplicateAlert
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import get_alert
from ebay_alerts.alerts.services.keeping import create_alert
from ebay_alerts.alerts.wishes import name_after, read_wish, usual_name
from ebay_alerts.market.addresses import listing_address
from ebay_alerts.market.models import Listing, Search
from ebay_alerts.market.selectors import listings_of

# How often a listing is mailed of that is watched by one click; its page can change that.
USUAL_MINUTES = 60


def watch_listing(user: User, listing: Listing, country: str, now: datetime) -> Alert:
    """The user's alert on this listing, made where there is none. Raises TooManyAlerts."""
    wish = read_wish(
        {
            "listing": listing_address(listing.marketplace, listing.legacy_id),
            "marketplace": listing.marketplace,
            "deliver_to": country,
            "interval_minutes": USUAL_MINUTES,
            "name": name_after(listing.title),
        }
    )
    try:
        return create_alert(user, wish, now)
    except DuplicateAlert as error:
        return get_alert(user, error.first_id)


def name_by_titles(alerts: Sequence[Alert], searches: Mapping[int, Search]) -> None:
    """Have alerts on one listing that were given no name be called by its title, once known."""
    unnamed = [
        (alert, search)
        for alert in alerts
        if (search := searches[alert.search_id]).legacy_id
        and alert.name == usual_name("", search.legacy_id)
    ]
    known = listings_of({(search.marketplace, search.legacy_id) for _, search in unnamed})
    for alert, search in unnamed:
        if listing := known.get((search.marketplace, search.legacy_id)):
            alert.name = name_after(listing.title) or alert.name
