"""The API of alerts, of their history and of the listings they show."""

from typing import Annotated, Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts import representing as shape
from ebay_alerts.alerts.errors import InvalidAlert
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schemas import (
    AlertChangeList,
    AlertIn,
    AlertList,
    AlertOut,
    AlertPatch,
    ChangedAlertOut,
    ListingList,
    PricePointList,
)
from ebay_alerts.alerts.selectors import (
    alerts_of,
    find_visible_listing,
    get_alert,
    history_of,
    shown_by,
)
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.kit.paging import BadCursor, decode_cursor, encode_cursor
from ebay_alerts.kit.problem import Problem

router = Router(tags=["alerts"])
REFUSALS = {400: Problem, 401: Problem, 404: Problem, 409: Problem, 422: Problem}
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post("/alerts", response={201: AlertOut, **REFUSALS}, operation_id="create_alert")
def create(request: HttpRequest, body: AlertIn) -> Status[dict[str, Any]]:
    """Keep a new alert. It is filled at once; the welcome mail shows what matches now."""
    alert = keeping.create_alert(get_user(request), read_wish(body.dict()), clock.now())
    return Status(201, _alert(get_alert(get_user(request), alert.pk)))


@router.get("/alerts", response={200: AlertList, **REFUSALS}, operation_id="list_alerts")
def list_alerts(
    request: HttpRequest, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """Your alerts, oldest first."""
    (after,) = _key(cursor, 1) if cursor else (0,)
    rows = list(alerts_of(get_user(request)).filter(pk__gt=after).order_by("pk")[: limit + 1])
    around = shape.Circumstances.of(get_user(request).pk, rows[:limit], clock.now())
    return {
        "items": [shape.alert_fields(alert, around) for alert in rows[:limit]],
        "next": encode_cursor(rows[limit - 1].pk) if len(rows) > limit else None,
    }


@router.get(
    "/alerts/{int:alert_id}", response={200: AlertOut, **REFUSALS}, operation_id="get_alert"
)
def get_one(request: HttpRequest, alert_id: int) -> dict[str, Any]:
    return _alert(get_alert(get_user(request), alert_id))


@router.patch(
    "/alerts/{int:alert_id}",
    response={200: ChangedAlertOut, **REFUSALS},
    operation_id="change_alert",
)
def change(request: HttpRequest, alert_id: int, body: AlertPatch) -> dict[str, Any]:
    """Change what is given, keep the rest. What newly passes the gates is in the answer."""
    user, now = get_user(request), clock.now()
    alert = get_alert(user, alert_id)
    given = body.dict(exclude_unset=True)
    paused = given.pop("paused", None)
    before = set(shown_by(alert).values_list("listing", flat=True)) if given else set()
    if given:
        wish = read_wish(shape.wish_fields(alert) | _moved(alert, given))
        keeping.change_alert(user, alert_id, wish, now)
    if paused is not None:
        (keeping.pause_alert if paused else keeping.resume_alert)(user, alert_id, now)
    changed = get_alert(user, alert_id)
    is_same_search = changed.search_id == alert.search_id
    newly = shown_by(changed).exclude(listing__in=before) if given and is_same_search else None
    rows = [shape.listing_fields(row.listing, row) for row in (newly or ())[:50]]
    return _alert(changed) | {"newly_within": rows}


@router.delete(
    "/alerts/{int:alert_id}", response={204: None, **REFUSALS}, operation_id="delete_alert"
)
def delete(request: HttpRequest, alert_id: int) -> Status[None]:
    keeping.delete_alert(get_user(request), alert_id, clock.now())
    return Status(204, None)


@router.get(
    "/alerts/{int:alert_id}/listings",
    response={200: ListingList, **REFUSALS},
    operation_id="list_listings",
)
def list_listings(
    request: HttpRequest, alert_id: int, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """What the alert shows now, cheapest first by price with known shipping."""
    shown = shown_by(get_alert(get_user(request), alert_id))
    if cursor:
        cost, listing_id = _key(cursor, 2)
        shown = shown.filter(Q(cost__gt=cost) | Q(cost=cost, listing__gt=listing_id))
    rows = list(shown[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [shape.listing_fields(row.listing, row) for row in rows[:limit]],
        "next": encode_cursor(last.cost, last.listing_id) if last else None,  # type: ignore[attr-defined]  # annotated in shown_by
    }


@router.get(
    "/alerts/{int:alert_id}/history",
    response={200: AlertChangeList, **REFUSALS},
    operation_id="list_alert_changes",
)
def list_changes(
    request: HttpRequest, alert_id: int, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """What you did with the alert, newest first; also with one that you deleted."""
    user = get_user(request)
    history = history_of(user.pk, alert_id)
    if not history.exists():
        get_alert(user, alert_id)
    if cursor:
        history = history.filter(pk__lt=_key(cursor, 1)[0])
    rows = list(history[: limit + 1])
    return {
        "items": [shape.change_fields(change) for change in rows[:limit]],
        "next": encode_cursor(rows[limit - 1].pk) if len(rows) > limit else None,
    }


@router.get(
    "/listings/{int:listing_id}/prices",
    response={200: PricePointList, **REFUSALS},
    operation_id="list_prices",
)
def list_prices(
    request: HttpRequest, listing_id: int, limit: Limit = 100, cursor: str | None = None
) -> dict[str, Any]:
    """What the listing cost over time, oldest first."""
    listing = find_visible_listing(get_user(request), listing_id)
    if listing is None:
        raise Http404
    (after,) = _key(cursor, 1) if cursor else (0,)
    points = list(listing.price_points.filter(pk__gt=after).order_by("pk")[: limit + 1])
    items = [
        {
            "at": point.at,
            "kind": point.kind,
            "amount": shape.amount(point.minor, point.currency),
            "currency": point.currency,
        }
        for point in points[:limit]
    ]
    return {
        "items": items,
        "next": encode_cursor(points[limit - 1].pk) if len(points) > limit else None,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return shape.alert_fields(alert, shape.Circumstances.of(alert.user_id, [alert], clock.now()))


def _moved(alert: Alert, given: dict[str, Any]) -> dict[str, Any]:
    """Another marketplace brings its own country and drops a category, unless those are given."""
    if given.get("marketplace", alert.search.marketplace) == alert.search.marketplace:
        return given
    return {"deliver_to": None, "category": None} | given


def _key(cursor: str, length: int) -> tuple[int, ...]:
    try:
        return decode_cursor(cursor, length)
    except BadCursor as error:
        raise InvalidAlert("cursor", str(error)) from error
