"""The API of alerts, of their history and of the listings they show."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.vary import vary_on_headers
from ninja import Path, Query, Router, Status
from ninja.decorators import decorate_view

from ebay_alerts.accounts.api import get_user
from ebay_alerts.accounts.models import User
from ebay_alerts.alerts import representing as shape
from ebay_alerts.alerts.errors import FileTooLarge
from ebay_alerts.alerts.exchange import LARGEST_FILE, read_file, table_of
from ebay_alerts.alerts.lists import (
    ALSO_CSV,
    CSV,
    JSON,
    Format,
    Part,
    Table,
    TablePart,
    answer_file,
    answer_table,
)
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.portions import portion
from ebay_alerts.alerts.preview_api import router as previews
from ebay_alerts.alerts.reading import read_address
from ebay_alerts.alerts.schemas.addresses import AddressIn, AddressOut
from ebay_alerts.alerts.schemas.alerts import (
    AlertFile,
    AlertIn,
    AlertList,
    AlertOut,
    AlertPatch,
    ChangedAlertOut,
)
from ebay_alerts.alerts.schemas.history import (
    AlertChangeList,
    AlertChangeOut,
)
from ebay_alerts.alerts.schemas.imports import (
    ImportAsked,
    ImportOut,
)
from ebay_alerts.alerts.schemas.listings import (
    ExplanationOut,
    ListingList,
    PricePointList,
    PricePointOut,
)
from ebay_alerts.alerts.selectors import (
    alerts_of,
    find_hold,
    find_membership,
    find_visible_listing,
    get_alert,
    history_of,
    lines_of,
    price_points_of,
    shown_by,
)
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.importing import import_alerts
from ebay_alerts.alerts.snooze_api import router as snoozes
from ebay_alerts.alerts.wishes import checked_snooze, read_wish, refuse_snooze
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem
from ebay_alerts.market.addresses import find_marketplace

State = Alert.State
router = Router(tags=["alerts"])
router.add_router("", snoozes)
router.add_router("", previews)
REFUSALS = {400: Problem, 401: Problem, 404: Problem, 409: Problem, 422: Problem}
# The shape of the file is that of an export's answer.
_FILES = {
    JSON: {"schema": {"$ref": "#/components/schemas/AlertFile"}},
    CSV: {"schema": {"type": "string"}},
}
TAKES_A_FILE = {"requestBody": {"required": True, "content": _FILES}}
AlertId = Annotated[int, Path(description="The `id` of an alert of yours.", example=1)]
ListingNumber = Annotated[
    int, Query(description="The `id` of a listing.", example=42, ge=1, le=2**63 - 1)
]
ListingId = Annotated[int, Path(description="The `id` of a listing.", example=42)]


@router.post("/alerts", response={201: AlertOut, **REFUSALS}, operation_id="create_alert")
def create(request: HttpRequest, body: AlertIn) -> Status[dict[str, Any]]:
    """Keep a new alert. It is filled at once; the welcome mail shows what matches now."""
    user = get_user(request)
    alert = keeping.create_alert(user, read_wish(body.dict()), clock.now())
    return Status(201, _alert(user, get_alert(user, alert.pk)))


@router.post(
    "/alerts/read-address", response={200: AddressOut, **REFUSALS}, operation_id="read_address"
)
def read_pasted_address(request: HttpRequest, body: AddressIn) -> dict[str, Any]:
    """What an address of eBay's asks for, as fields of an alert. Nothing is kept."""
    return read_address(body.address)


@router.get("/alerts", response={200: AlertList, **REFUSALS}, operation_id="list_alerts")
def list_alerts(request: HttpRequest, part: Query[Part]) -> dict[str, Any]:
    """Your alerts, oldest first."""
    alerts, following = portion(alerts_of(get_user(request)), ("pk",), part.cursor, part.limit)
    around = shape.Circumstances.of(get_user(request), alerts, clock.now())
    items = [shape.alert_fields(alert, around) for alert in alerts]
    return {"items": items, "next": following}


@router.get(
    "/alerts/export",
    response={200: AlertFile, **REFUSALS},
    operation_id="export_alerts",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def export(request: HttpRequest, asked: Query[Format]) -> StreamingHttpResponse:
    """All your alerts as a file that an import takes, with an alert on each line."""
    return answer_file(request, table_of(get_user(request)), asked)


@router.post(
    "/alerts/import",
    response={200: ImportOut, 413: Problem, **REFUSALS},
    operation_id="import_alerts",
    openapi_extra=TAKES_A_FILE,
)
def import_file(request: HttpRequest, asked: Query[ImportAsked]) -> dict[str, Any]:
    """Keep the alerts of a file. Rows that cannot be alerts are named with the reason, those that
    you keep already are passed over, and the others go in, each in whole."""
    is_csv = (asked.format or request.content_type) in ("csv", CSV)
    reading = read_file(_file_in(request), is_csv=is_csv)
    user, now = get_user(request), clock.now()
    outcome = import_alerts(user, reading.rows, now, welcomes=asked.welcome, is_dry=asked.dry_run)
    return {
        "dry_run": asked.dry_run,
        "rows": len(reading.rows) + len(reading.faults),
        "imported": outcome.imported,
        "errors": [fault._asdict() for fault in sorted([*reading.faults, *outcome.faults])],
        "duplicates": [duplicate._asdict() for duplicate in outcome.duplicates],
    }


@router.get(
    "/alerts/{int:alert_id}", response={200: AlertOut, **REFUSALS}, operation_id="get_alert"
)
def get_one(request: HttpRequest, alert_id: AlertId) -> dict[str, Any]:
    user = get_user(request)
    return _alert(user, get_alert(user, alert_id))


@router.patch(
    "/alerts/{int:alert_id}",
    response={200: ChangedAlertOut, **REFUSALS},
    operation_id="change_alert",
)
def change(request: HttpRequest, alert_id: AlertId, body: AlertPatch) -> dict[str, Any]:
    """Change what is given, keep the rest. What newly passes the gates is in the answer."""
    user, now = get_user(request), clock.now()
    alert = get_alert(user, alert_id)
    given = body.dict(exclude_unset=True)
    paused = given.pop("paused", None)
    has_snooze, until = "snoozed_until" in given, given.pop("snoozed_until", None)
    if checked_snooze(until, now):  # before anything is changed
        refuse_snooze(is_paused=alert.state == State.PAUSED if paused is None else paused)
    before = set(shown_by(alert).values_list("listing", flat=True)) if given else set()
    if given:
        wish = read_wish(shape.wish_fields(alert) | _moved(alert, given))
        keeping.change_alert(user, alert_id, wish, now)
    if paused is not None:
        (keeping.pause_alert if paused else keeping.resume_alert)(user, alert_id, now)
    if has_snooze:
        keeping.snooze_alert(user, alert_id, until, now)
    changed = get_alert(user, alert_id)
    is_same_search = changed.search_id == alert.search_id
    newly = shown_by(changed).exclude(listing__in=before) if given and is_same_search else None
    rows = [shape.listing_fields(row.listing, row) for row in (newly or ())[:50]]
    return _alert(user, changed) | {"newly_within": rows}


@router.delete(
    "/alerts/{int:alert_id}", response={204: None, **REFUSALS}, operation_id="delete_alert"
)
def delete(request: HttpRequest, alert_id: AlertId) -> Status[None]:
    keeping.delete_alert(get_user(request), alert_id, clock.now())
    return Status(204, None)


@router.post(
    "/alerts/{int:alert_id}/duplicate",
    response={201: AlertOut, **REFUSALS},
    operation_id="duplicate_alert",
)
def duplicate(request: HttpRequest, alert_id: AlertId) -> Status[dict[str, Any]]:
    """A paused copy, to be changed and resumed."""
    user = get_user(request)
    copy = keeping.duplicate_alert(user, alert_id, clock.now())
    return Status(201, _alert(user, get_alert(user, copy.pk)))


@router.get(
    "/alerts/{int:alert_id}/listings",
    response={200: ListingList, **REFUSALS},
    operation_id="list_listings",
)
def list_listings(request: HttpRequest, alert_id: AlertId, part: Query[Part]) -> dict[str, Any]:
    """What the alert shows now, cheapest first by price with known shipping."""
    shown = shown_by(get_alert(get_user(request), alert_id))
    rows, following = portion(shown, ("cost", "listing_id"), part.cursor, part.limit)
    items = [shape.listing_fields(row.listing, row) for row in rows]
    return {"items": items, "next": following}


@router.get(
    "/alerts/{int:alert_id}/explain",
    response={200: ExplanationOut, **REFUSALS},
    operation_id="explain",
)
def explain(request: HttpRequest, alert_id: AlertId, listing: ListingNumber) -> dict[str, Any]:
    """Why the alert tells a listing or does not: each gate's verdict, and what was told when."""
    user = get_user(request)
    alert = get_alert(user, alert_id)
    found = find_visible_listing(user, listing)
    if found is None:
        raise Http404
    membership, lines = find_membership(alert, found), lines_of(user, found)
    return shape.explanation_fields(
        alert, found, membership, lines, find_hold(alert, found, clock.now())
    )


@router.get(
    "/alerts/{int:alert_id}/history",
    response={200: AlertChangeList, **REFUSALS},
    operation_id="list_alert_changes",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def list_changes(
    request: HttpRequest, alert_id: AlertId, asked: Query[TablePart]
) -> dict[str, Any] | StreamingHttpResponse:
    """What you did with the alert, newest first; also with one that you deleted."""
    user = get_user(request)
    history = history_of(user.pk, alert_id)
    if not history.exists():
        get_alert(user, alert_id)
    table = Table(f"history-{alert_id}", AlertChangeOut, history, ("-pk",), shape.change_fields)
    return answer_table(request, table, asked)


@router.get(
    "/listings/{int:listing_id}/prices",
    response={200: PricePointList, **REFUSALS},
    operation_id="list_prices",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def list_prices(
    request: HttpRequest, listing_id: ListingId, asked: Query[TablePart]
) -> dict[str, Any] | StreamingHttpResponse:
    """What the listing cost over time, oldest first."""
    listing = find_visible_listing(get_user(request), listing_id)
    if listing is None:
        raise Http404
    points = price_points_of(listing)
    name, key = f"prices-{listing_id}", ("at", "pk")
    return answer_table(
        request, Table(name, PricePointOut, points, key, shape.price_point_fields), asked
    )


def _file_in(request: HttpRequest) -> bytes:
    """The body, which may be larger than others. Raises FileTooLarge."""
    body = request.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise FileTooLarge(f"A file may have {LARGEST_FILE // 2**20} MiB; part it into several.")
    return body


def _alert(user: User, alert: Alert) -> dict[str, Any]:
    return shape.alert_fields(alert, shape.Circumstances.of(user, [alert], clock.now()))


def _moved(alert: Alert, given: dict[str, Any]) -> dict[str, Any]:
    """What comes with what is given: another marketplace brings its own country and drops a
    category, an interval takes the place of a time of day, keywords that of a listing, and a
    listing that of keywords."""
    if "at" not in given and given.get("interval_minutes") is not None:
        given = {"at": None, "weekdays": None} | given
    elif "at" in given and given["at"] is None:
        given = {"weekdays": None} | given
    if given.get("keywords"):
        given = {"listing": None} | given
    if given.get("listing"):
        marketplace = find_marketplace(given["listing"]) or alert.search.marketplace
        given = {"keywords": None, "category": None, "marketplace": marketplace} | given
    if given.get("marketplace", alert.search.marketplace) == alert.search.marketplace:
        return given
    return {"deliver_to": None, "category": None} | given
