"""Reading the log of an alert's search as its page shows it, and counting what is not told yet."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.portions import Key
from ebay_alerts.alerts.selectors import as_wanted
from ebay_alerts.market.models import Membership, SearchChange

Kind = SearchChange.Kind
_REPRICED = Q(kind=Kind.REPRICED)

# What a page calls each kind, and which entries it means. A repricing is a fall or a rise.
LOG_KINDS: dict[str, Q] = {
    "new": Q(kind=Kind.APPEARED),
    "cheaper": _REPRICED & Q(price_minor__lt=F("was_minor")),
    "dearer": _REPRICED & Q(price_minor__gt=F("was_minor")),
    "ended": Q(kind=Kind.ENDED),
    "back": Q(kind=Kind.RETURNED),
    "left": Q(kind=Kind.LEFT),
    "there already": Q(kind=Kind.DISCOVERED),
}
LOG_SORTS: dict[str, Key] = {
    "newest": ("-revision",),
    "oldest": ("revision",),
    "cheapest": ("price_minor", "-revision"),
    "largest fall": ("-fallen_minor", "-revision"),
}
# A log with more that is not told yet is not counted entry by entry.
COUNTED = 200
# A log with more entries is not read whole for a page.
WHOLE = 10_000


def log_of(alert: Alert, kind: str = "") -> QuerySet[SearchChange]:
    """What happened to listings as the alert wants them, at prices within its limits; of a
    repricing one of the two prices. Without a kind all but what was there already.

    Limits with shipping are held against the price alone here: an entry knows no shipping.
    """
    entries = SearchChange.objects.filter(as_wanted(alert) & _within(alert), search=alert.search_id)
    entries = entries.filter(LOG_KINDS.get(kind, ~LOG_KINDS["there already"]))
    entries = entries.annotate(
        fallen_minor=Coalesce(F("was_minor"), "price_minor") - F("price_minor")
    )
    return entries.select_related("listing")


def _within(alert: Alert) -> Q:
    low, high = alert.min_price_minor, alert.max_price_minor
    if low is None and high is None:
        return Q()
    now, before = Q(), Q()
    if low is not None:
        now, before = now & Q(price_minor__gte=low), before & Q(was_minor__gte=low)
    if high is not None:
        now, before = now & Q(price_minor__lte=high), before & Q(was_minor__lte=high)
    return Q(currency=alert.currency) & (now | before)


class LoggedPrice(NamedTuple):
    """An entry of a log about a listing with a fixed price; over where it ended or left."""

    at: datetime
    listing_id: int
    minor: int
    currency: str
    is_over: bool


def whole_log(alert: Alert) -> list[LoggedPrice]:
    """The log of a young search, oldest first; nothing where it is long, or not whole any more."""
    search = alert.search
    if search.pruned_to or search.head > WHOLE:
        return []
    entries = SearchChange.objects.filter(search=search, listing__price_minor__isnull=False)
    rows = entries.order_by("revision").values_list(
        "at", "listing_id", "price_minor", "currency", "kind"
    )
    return [
        LoggedPrice(at, listing, minor, currency, kind in (Kind.ENDED, Kind.LEFT))
        for at, listing, minor, currency, kind in rows
    ]


def shipping_in(alert: Alert, listing_ids: Collection[int]) -> dict[int, Membership]:
    """What the alert's search knows of the shipping of those listings that it finds now."""
    members = Membership.objects.filter(search=alert.search_id, listing__in=listing_ids)
    return {member.listing_id: member for member in members}


def news_counts(alerts: Collection[Alert]) -> dict[int, int]:
    """By alert, with how many listings something happened between cursor and head that its price
    limits let pass, by one statement; without alerts of which too much happened to count it.

    Other gates are not asked, so it is a bound from above.
    """
    counted = [alert.pk for alert in alerts if 0 < entries_ahead(alert) <= COUNTED]
    if not counted:
        return {}
    ahead = Alert.objects.filter(
        Q(search__changes__revision__gt=F("cursor")),
        ~Q(search__changes__kind__in=[Kind.DISCOVERED, Kind.LEFT]),
        _passes("min_price_minor", "gte") & _passes("max_price_minor", "lte"),
        pk__in=counted,
    )
    rows: Any = ahead.values_list("pk").annotate(Count("search__changes__listing", distinct=True))
    return dict(rows.order_by())


def _passes(limit: str, compared: str) -> Q:
    """The entry's price, or for a limit that is left the one before, is within the limit."""
    price = Q(**{f"search__changes__price_minor__{compared}": F(limit)})
    before = Q(**{f"search__changes__was_minor__{compared}": F(limit)})
    return Q(**{f"{limit}__isnull": True}) | price | before


def has_more_gates(alert: Alert) -> bool:
    """Whether gates bind that `news_counts` does not ask."""
    asked = Gates(alert.currency, alert.min_price_minor, alert.max_price_minor)
    return alert.gates != asked


def entries_ahead(alert: Alert) -> int:
    """How many entries of the log the alert has not considered; revisions are without gaps."""
    return max(alert.search.head - alert.cursor, 0) if alert.cursor is not None else 0
