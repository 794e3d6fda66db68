"""Reading alerts and what they show."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import UnknownAlert
from ebay_alerts.alerts.fold import Change, Figure, LineKind, Told
from ebay_alerts.alerts.gates import Basis, Buying
from ebay_alerts.alerts.holding import FOR_GOOD
from ebay_alerts.alerts.models import Alert, AlertChange, Digest, HeldListing, Line, ListingSnooze
from ebay_alerts.alerts.schedule import FLOOD_WINDOW, Flood, flood_of
from ebay_alerts.kit.money import Money
from ebay_alerts.mail.selectors import suppressions
from ebay_alerts.market.models import Listing, Membership, PricePoint, Search, SearchChange
from ebay_alerts.market.selectors import fills_before
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import set_aside, suspects

# (search, cursor, head): one range of one log.
Range = tuple[int, int, int]
# SQLite refuses a condition of a thousand parts.
SPANS_A_QUERY = 500
# Of a listing told for years the latest lines.
LINES = 100


def alerts_of(user: User) -> QuerySet[Alert]:
    return Alert.objects.filter(user=user).select_related("search__fetch", "address")


def alert_ids_of(user: User) -> QuerySet[Alert, int]:
    return Alert.objects.filter(user=user).values_list("pk", flat=True)


def get_alert(user: User, alert_id: int) -> Alert:
    """Raises UnknownAlert for another user's alert as for none."""
    alert = alerts_of(user).filter(pk=alert_id).first()
    if alert is None:
        raise UnknownAlert(f"There is no alert {alert_id}.")
    return alert


def count_of_user(user: User) -> dict[str, int]:
    """How many alerts the user keeps, by state."""
    of_user = Alert.objects.filter(user=user).values_list("state")
    return dict(of_user.annotate(Count("pk")))


def slots_come(now: datetime) -> QuerySet[Alert]:
    """The active alerts whose slots have come, snoozed or not, whomever they are of."""
    return Alert.objects.filter(state=Alert.State.ACTIVE, slot__lte=int(now.timestamp()))


def awake(now: datetime) -> Q:
    """What holds of an alert that is not snoozed."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now)


def is_mailable(now: datetime) -> Q:
    """What holds of an alert whose mails may go where it wants them. For few alerts at a time:
    PostgreSQL may join it with all users."""
    goes_to = Lower(Coalesce(OuterRef("address__address"), OuterRef("user__email")))
    refused = Exists(suppressions(now).filter(address=goes_to))
    return Q(~refused, user__is_active=True, user__confirmed_at__isnull=False)


def active_alerts(user_ids: Collection[int], now: datetime) -> list[Alert]:
    """The alerts of these users that are neither paused nor snoozed, in the order of users."""
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    active = Alert.objects.filter(awake, user__in=user_ids, state=Alert.State.ACTIVE)
    return list(active.order_by("user", "pk"))


def history_of(user_id: int, alert_id: int) -> QuerySet[AlertChange]:
    """What the user did with an alert, newest first; also with one that is deleted by now."""
    return AlertChange.objects.filter(user_id=user_id, alert_id=alert_id).order_by("-pk")


class RecordedAlertChange(NamedTuple):
    """A row of the alerts' history, in the order of its columns; the wishes as plain JSON."""

    pk: int
    alert_id: int
    user_id: int
    at: datetime
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def alert_changes_after(pk: int, up_to: int, limit: int) -> list[RecordedAlertChange]:
    """At most `limit` changes with ids above `pk`, up to and with `up_to`, in their order.

    Below `market.selectors.history.committed_mark` none is still to be committed.
    """
    rows = AlertChange.objects.filter(pk__gt=pk, pk__lte=up_to).order_by("pk")[:limit]
    return list(map(RecordedAlertChange._make, rows.values_list(*RecordedAlertChange._fields)))


def shown_by(alert: Alert) -> QuerySet[Membership]:
    """The listings that pass the alert's gates now, cheapest first by price with known shipping."""
    shown = (
        Membership.objects.filter(search=alert.search_id, listing__ended_at__isnull=True)
        .select_related("listing")
        .annotate(figure=Coalesce("listing__price_minor", "listing__bid_minor"))
        .annotate(cost=F("figure") + Coalesce("shipping_minor", 0, output_field=BigIntegerField()))
        .order_by("cost", "listing_id")
    )
    if alert.min_price_minor is not None or alert.max_price_minor is not None:
        shown = shown.filter(listing__currency=alert.currency)
    bound = "cost" if alert.price_basis == Basis.TOTAL else "figure"
    if alert.min_price_minor is not None:
        shown = shown.filter(**{f"{bound}__gte": alert.min_price_minor})
    if alert.max_price_minor is not None:
        shown = shown.filter(**{f"{bound}__lte": alert.max_price_minor})
    return shown.filter(_wanted(alert))


# Orders in which a page shows what `shown_by` finds.
SORTS: dict[str, tuple[Any, ...]] = {
    "cheapest": ("cost", "listing_id"),
    "newest": (F("listing__started_at").desc(nulls_last=True), "-listing_id"),
    "ending": (F("listing__ends_at").asc(nulls_last=True), "listing_id"),
}


def told_by(alert: Alert) -> QuerySet[Line]:
    """What the alert told its user, newest first, with the welcome's list at the end."""
    lines = Line.objects.filter(alert=alert, user=alert.user_id).select_related("listing")
    return lines.order_by("-pk")


def mails_of(alert: Alert) -> QuerySet[Digest]:
    """The digests of an alert with their messages, whose text and HTML are left behind."""
    digests = Digest.objects.filter(alert=alert).select_related("message")
    return digests.defer("message__text", "message__html")


def find_digest(alert: Alert, digest_id: int) -> Digest | None:
    """One of them, with the whole message."""
    return Digest.objects.filter(alert=alert, pk=digest_id).select_related("message").first()


def _wanted(alert: Alert) -> Q:
    """What `Gates.fit` says, for the database."""
    wanted = as_wanted(alert)
    if alert.free_shipping:
        wanted &= Q(shipping="free") | Q(shipping="fixed", shipping_minor=0)
    if alert.ships_to_me:
        wanted &= ~Q(shipping="none")
    return wanted


def listings_like(alert: Alert) -> Q:
    """What the alert's search ever found here and is as the alert wants it, whatever it costs and
    however it is sent; for rows that have a listing."""
    found = SearchChange.objects.filter(search=alert.search_id).values("listing")
    return Q(listing__in=found) & as_wanted(alert)


def as_wanted(alert: Alert) -> Q:
    """What `Gates.fit` says of the listing itself, for rows that have one."""
    wanted, gates = Q(), alert.gates
    if gates.buying is Buying.FIXED_PRICE:
        wanted &= Q(listing__price_minor__isnull=False)
    elif gates.buying is Buying.AUCTION:
        wanted &= Q(listing__bid_minor__isnull=False)
    if gates.countries:
        wanted &= Q(listing__country__in=gates.countries)
    if gates.excluded_countries:
        wanted &= ~Q(listing__country__in=gates.excluded_countries)
    if gates.conditions:
        wanted &= Q(listing__condition_group__in=gates.conditions)
    if gates.sellers:
        wanted &= Q(listing__seller__in=[seller.mark for seller in gates.sellers])
    if gates.excluded_sellers:
        wanted &= ~Q(listing__seller__in=[seller.mark for seller in gates.excluded_sellers])
    for run in gates.excluded_runs:
        wanted &= ~Q(listing__words__contains=run)
    return wanted


def fills_before_alerts(alerts: Iterable[Alert]) -> dict[int, int]:
    """By fetch, how many others are filled before those that these alerts wait for."""
    filling = [alert for alert in alerts if alert.state == Alert.State.FILLING]
    return fills_before({alert.search.fetch_id for alert in filling})


def set_aside_kinds(alerts: Iterable[Alert]) -> dict[int, set[str]]:
    """By alert, in which ways it, its search or its fetch is set aside; without the others."""
    of_kind: dict[Kind, dict[int, list[int]]] = {kind: defaultdict(list) for kind in _SEEN_BY_USERS}
    for alert in alerts:
        for kind in (Kind.WELCOME, Kind.DIGEST, Kind.REMINDER):
            of_kind[kind][alert.pk].append(alert.pk)
        for kind in (Kind.SEARCH, Kind.WAKE):
            of_kind[kind][alert.search_id].append(alert.pk)
        of_kind[Kind.FETCH][alert.search.fetch_id].append(alert.pk)
    row_ids = {row_id for rows in of_kind.values() for row_id in rows}
    found = set_aside().filter(kind__in=_SEEN_BY_USERS, row_id__in=row_ids)
    kinds: dict[int, set[str]] = defaultdict(set)
    for name, row_id in found.values_list("kind", "row_id"):
        for alert_id in of_kind[Kind(name)].get(row_id, ()):
            kinds[alert_id].add(name)
    return kinds


_SEEN_BY_USERS = (
    *(Kind.WELCOME, Kind.DIGEST, Kind.REMINDER),
    *(Kind.SEARCH, Kind.WAKE, Kind.FETCH),
)


def find_visible_listing(user: User, listing_id: int) -> Listing | None:
    """A listing that one of the user's alerts finds or that the user was told of."""
    by_search = Q(memberships__search__alerts__user=user)
    by_line = Q(pk__in=Line.objects.filter(user=user, listing=listing_id).values("listing"))
    return Listing.objects.filter(by_search | by_line, pk=listing_id).distinct().first()


def alerts_finding(user: User, listing: Listing) -> list[tuple[Alert, Membership]]:
    """The user's alerts whose searches find the listing now, and what each knows of shipping."""
    members = {one.search_id: one for one in Membership.objects.filter(listing=listing)}
    alerts = alerts_of(user).filter(search__in=members).order_by("pk")
    return [(alert, members[alert.search_id]) for alert in alerts]


def find_watch(user: User, listing: Listing) -> Alert | None:
    """The user's alert on this listing alone."""
    place = {"search__marketplace": listing.marketplace, "search__legacy_id": listing.legacy_id}
    return Alert.objects.filter(user=user, **place).order_by("pk").first()


def told_points(alert: Alert) -> list[tuple[datetime, int, str]]:
    """When the alert told which fixed price or bid, of late and oldest first; not the welcome's."""
    told = told_by(alert).exclude(kind=LineKind.LISTED)[:LINES]
    return [(line.at, line.price_minor, line.currency) for line in reversed(told)]


def cheapest_shown(alert: Alert) -> Money | None:
    """The lowest fixed price of what it shows now, without shipping."""
    priced = shown_by(alert).filter(listing__price_minor__isnull=False)
    first = priced.order_by("listing__price_minor", "listing_id").first()
    if first is None or first.listing.price_minor is None:
        return None
    return Money(first.listing.price_minor, first.listing.currency)


def price_points_of(listing: Listing) -> QuerySet[PricePoint, Any]:
    """What the listing cost over time, as named rows: there may be very many."""
    points = PricePoint.objects.filter(listing=listing)
    return points.values_list(
        *("pk", "at", "kind", "minor", "currency", "own_minor", "own_currency"), named=True
    )


def lines_of(user: User, listing: Listing) -> list[Line]:
    """What the user was told of a listing, the latest first."""
    lines = Line.objects.filter(user=user, listing=listing).select_related("digest__message")
    return list(lines.order_by("-pk")[:LINES])


class Held(NamedTuple):
    """Why nothing of a listing is told for now: until when its user snoozes it, and until when the
    alert holds back what happened to it; None where that is not so."""

    snoozed_until: datetime | None
    until: datetime | None


def find_hold(alert: Alert, listing: Listing, now: datetime) -> Held:
    snoozed = snoozed_listings([alert.user_id], now).get((alert.user_id, listing.pk))
    held = HeldListing.objects.filter(alert=alert, listing=listing, due_at__gt=now).first()
    return Held(snoozed, held.due_at if held else None)


def find_membership(alert: Alert, listing: Listing) -> Membership | None:
    """That the alert's search finds the listing now."""
    return Membership.objects.filter(search=alert.search_id, listing=listing).first()


def find_delivery(listing: Listing, country: str) -> Membership | None:
    """What some search knows of the listing's shipping to a country."""
    members = Membership.objects.filter(listing=listing, search__deliver_to=country)
    return members.order_by("pk").first()


def changes_in(ranges: Iterable[Range]) -> dict[Range, list[Change]]:
    """The search changes of each range, in order; `SPANS_A_QUERY` searches are read at once."""
    wanted = set(ranges)
    spans = _spans(wanted)
    found: dict[int, list[Change]] = defaultdict(list)
    for start in range(0, len(spans), SPANS_A_QUERY):
        for search_id, change in _read_changes(spans[start : start + SPANS_A_QUERY]):
            found[search_id].append(change)
    return {
        one: [change for change in found[one[0]] if one[1] < change.revision <= one[2]]
        for one in wanted
    }


def _spans(ranges: Iterable[Range]) -> list[Range]:
    """Per search one range that holds all of its ranges."""
    spans: dict[int, Range] = {}
    for search_id, cursor, head in ranges:
        _, low, high = spans.get(search_id, (search_id, cursor, head))
        spans[search_id] = (search_id, min(low, cursor), max(high, head))
    return sorted(spans.values())


def _read_changes(spans: Iterable[Range]) -> Iterator[tuple[int, Change]]:
    union = Q()
    for search_id, cursor, head in spans:
        union |= Q(search=search_id, revision__gt=cursor, revision__lte=head)
    rows = SearchChange.objects.filter(union).order_by("search", "revision")
    for search_id, revision, listing_id, kind, was, price, currency in rows.values_list(
        "search", "revision", "listing", "kind", "was_minor", "price_minor", "currency"
    ):
        before = Figure(price if was is None else was, currency)
        yield search_id, Change(revision, listing_id, kind, before)


def last_told(
    user_ids: Collection[int], listing_ids: Collection[int]
) -> dict[tuple[int, int], Told]:
    """What each user was told last of each listing."""
    last = (
        Line.objects.filter(user__in=user_ids, listing__in=listing_ids)
        .values("user", "listing")
        .annotate(last=Max("pk"))
        .values("last")
    )
    rows = Line.objects.filter(pk__in=last).values_list(
        "user", "listing", "kind", "price_minor", "currency", "at"
    )
    return {
        (user, listing): Told(LineKind(kind), Figure(minor, currency), at)
        for user, listing, kind, minor, currency, at in rows
    }


def snoozed_listings(users: Iterable[int], now: datetime) -> dict[tuple[int, int], datetime]:
    """By user and listing, until when nothing of it is told."""
    rows = ListingSnooze.objects.filter(_goes_on(now), user__in=users)
    return {
        (user, listing): until or FOR_GOOD
        for user, listing, until in rows.values_list("user", "listing", "until")
    }


def _goes_on(now: datetime) -> Q:
    """What holds of a snooze of a listing that is not over."""
    return Q(until=None) | Q(until__gt=now)


def snoozes_of(user: User, now: datetime) -> QuerySet[ListingSnooze]:
    """The listings of which the user wants to be told nothing for the time being."""
    return ListingSnooze.objects.filter(_goes_on(now), user=user).select_related("listing")


def tellable(alert: Alert, now: datetime) -> QuerySet[Membership]:
    """What the alert shows but for listings that its user snoozes: what its mails list."""
    snoozed = ListingSnooze.objects.filter(_goes_on(now), user=alert.user_id)
    return shown_by(alert).exclude(listing__in=snoozed.values("listing"))


@dataclass(frozen=True)
class PriceHistory:
    """The fixed prices of some listings over time, to look up what one cost at a moment."""

    points: dict[int, list[tuple[datetime, Figure]]]

    def at(self, listing_id: int, moment: datetime) -> Figure | None:
        """The price at that moment, or the first one known after it."""
        found: Figure | None = None
        for at, figure in self.points.get(listing_id, []):
            if at > moment and found is not None:
                break
            found = figure
        return found


def price_history(listing_ids: Collection[int]) -> PriceHistory:
    points: dict[int, list[tuple[datetime, Figure]]] = defaultdict(list)
    rows = PricePoint.objects.filter(listing__in=listing_ids, kind=PricePoint.Kind.PRICE)
    for listing, at, minor, currency in rows.order_by("listing", "at", "pk").values_list(
        "listing", "at", "minor", "currency"
    ):
        points[listing].append((at, Figure(minor, currency)))
    return PriceHistory(points)


def heads_of(search_ids: Collection[int]) -> dict[int, Search]:
    """The searches with their heads as of now; read heads before changes."""
    return Search.objects.select_related("fetch").in_bulk(search_ids)


@dataclass
class InstantMails:
    """A user's instant mails of the last hour: when each was built, oldest first, and each
    instant alert's last. A mail that goes anyway, for an alert with an interval, is none."""

    times: list[datetime] = field(default_factory=list)
    last: dict[int, datetime] = field(default_factory=dict)


def instant_mails(
    users: Collection[int] | QuerySet[Any, Any], now: datetime
) -> dict[int, InstantMails]:
    """By user, the mails that count for pace and flood: no welcome, nothing taken back."""
    told = Digest.objects.filter(
        alert__user__in=users,
        alert__interval_minutes=0,
        created_at__gt=now - FLOOD_WINDOW,
        kind__in=Digest.TOLD,
    ).order_by("created_at", "pk")
    goes_anyway = Exists(
        Digest.objects.filter(message=OuterRef("message"), alert__interval_minutes__gt=0)
    )
    rows = told.annotate(goes_anyway=goes_anyway).values_list(
        "alert__user", "alert", "created_at", "message_id", "goes_anyway"
    )
    mails: dict[int, InstantMails] = defaultdict(InstantMails)
    counted: set[int] = set()
    for user_id, alert_id, at, message_id, goes in rows:
        mails[user_id].last[alert_id] = at
        if not goes and message_id not in counted:
            counted.add(message_id)
            mails[user_id].times.append(at)
    return mails


def mail_times(
    users: Collection[int] | QuerySet[Any, Any], now: datetime
) -> dict[int, list[datetime]]:
    """By user, when each mail of the last hour was built, oldest first: no welcome, nothing taken
    back."""
    told = Digest.objects.filter(
        alert__user__in=users, created_at__gt=now - FLOOD_WINDOW, kind__in=Digest.TOLD
    )
    rows = told.values("alert__user", "message").annotate(at=Max("created_at")).order_by("at")
    times: dict[int, list[datetime]] = defaultdict(list)
    for user_id, at in rows.values_list("alert__user", "at"):
        times[user_id].append(at)
    return times


def floods_of(user_id: int, now: datetime) -> tuple[Flood | None, Flood | None]:
    """The flood of all mails of this user, and that of instant ones; None without one."""
    every = mail_times([user_id], now).get(user_id, ()) if settings.MAILS_PER_HOUR else ()
    instant = instant_mails([user_id], now).get(user_id, InstantMails()).times
    return (
        flood_of(now, every, settings.MAILS_PER_HOUR, is_of_all=True),
        flood_of(now, instant, settings.INSTANT_MAILS_PER_HOUR),
    )


def count_by_state() -> dict[str, int]:
    return dict(Alert.objects.values_list("state").annotate(Count("pk")))


def due_lag_seconds(now: datetime) -> float:
    """How long the alert has been due that is due the longest, of users who may be mailed; 0 if
    none is. Those that failed are counted as set aside, and are not late for the others."""
    due = slots_come(now).filter(awake(now), is_mailable(now))
    due = due.exclude(pk__in=suspects(Kind.DIGEST))
    first = due.order_by("slot").values_list("slot", flat=True).first()
    return max(now.timestamp() - first, 0.0) if first is not None else 0.0


def recent_build_seconds(most: int = 500) -> list[float]:
    """How long after their slots the latest digests were built; of those that have slots."""
    latest = Digest.objects.order_by("-pk").values_list("slot", "created_at")[:most]
    return [max(at.timestamp() - slot, 0.0) for slot, at in latest if slot is not None]
