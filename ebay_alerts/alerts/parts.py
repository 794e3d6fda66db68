"""What the pages of one alert show beneath its name: what happened, was told, and is on offer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.alerts.deeds import at_hand
from ebay_alerts.alerts.errors import UnknownAlert
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.letters import Entry
from ebay_alerts.alerts.log_selectors import LOG_KINDS, LOG_SORTS, log_of, shipping_in
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.portions import portion
from ebay_alerts.alerts.selectors import SORTS, get_alert, shown_by, told_by
from ebay_alerts.alerts.shown import alert_rows, log_row, told_rows
from ebay_alerts.kit.paging import BadCursor

LISTINGS = 30
Part = Callable[[HttpRequest, Alert, datetime], dict[str, Any]]


def found_alert(user: User, alert_id: int) -> Alert:
    """Another user's alert is as little there as none."""
    try:
        return get_alert(user, alert_id)
    except UnknownAlert as error:
        raise Http404(str(error)) from error


def frame(request: HttpRequest, kept: Alert, tab: str, now: datetime) -> dict[str, Any]:
    """What every page of an alert shows above: name, state, and what can be done and undone."""
    [row] = alert_rows(kept.user, [kept], now)
    return {"row": row, "tab": tab, "undo": at_hand(request.session, now, kept.pk)}


def happened(request: HttpRequest, kept: Alert, now: datetime) -> dict[str, Any]:
    """The log of its search, as far as the alert wants it."""
    kind, sort = _chosen(request, "kind", LOG_KINDS, ""), _chosen(request, "sort", LOG_SORTS)
    try:
        entries, following = portion(
            log_of(kept, kind), LOG_SORTS[sort], request.GET.get("cursor"), LISTINGS
        )
    except BadCursor as error:
        raise Http404(str(error)) from error
    members = shipping_in(kept, [entry.listing_id for entry in entries])
    zone = zone_of(kept.user.time_zone)
    rows = [log_row(entry, members.get(entry.listing_id), zone, now) for entry in entries]
    return {
        "entries": rows,
        "following": following,
        "is_first": "cursor" not in request.GET,
        "kind": kind,
        "filters": urlencode({"kind": kind, "sort": sort}),
        "kinds": list(LOG_KINDS),
        "sort": sort,
        "sorts": list(LOG_SORTS),
    }


def told(request: HttpRequest, kept: Alert, now: datetime) -> dict[str, Any]:
    """What the alert told, newest first."""
    page = Paginator(told_by(kept), LISTINGS).get_page(request.GET.get("page"))
    zone = zone_of(kept.user.time_zone)
    return {"portion": page, "lines": told_rows(list(page.object_list), zone, now)}


def on_offer(request: HttpRequest, kept: Alert, now: datetime) -> dict[str, Any]:
    """What it shows now."""
    sort = _chosen(request, "sort", SORTS)
    page = Paginator(shown_by(kept).order_by(*SORTS[sort]), LISTINGS)
    members = page.get_page(request.GET.get("page"))
    rows = [Entry.of(one.listing, one, LineKind.LISTED, None).row(now) for one in members]
    return {"portion": members, "listings": rows, "sort": sort, "sorts": list(SORTS)}


PARTS: dict[str, Part] = {"happened": happened, "told": told, "now": on_offer}


def chosen_part(request: HttpRequest, kept: Alert) -> str:
    """Which of `PARTS` is asked for; by itself what happened, or where nothing did, what is on
    offer."""
    usual = "happened" if request.GET or log_of(kept).exists() else "now"
    return _chosen(request, "show", PARTS, usual)


def _chosen(
    request: HttpRequest, name: str, among: dict[str, Any], usual: str | None = None
) -> str:
    """What the query says if it is among these; else the usual one, or the first."""
    asked = request.GET.get(name, "")
    return asked if asked in among else next(iter(among)) if usual is None else usual
