"""The pages on which signed-in users keep their alerts: the list, one alert, and why it told."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts import representing
from ebay_alerts.alerts.errors import DuplicateAlert, TooManyAlerts, UnknownAlert
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.letters import Entry
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import (
    SORTS,
    alerts_of,
    find_hold,
    find_membership,
    find_visible_listing,
    get_alert,
    lines_of,
    shown_by,
    told_by,
)
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.shown import alert_rows, told_rows
from ebay_alerts.kit import clock

ALERTS, LISTINGS = 50, 30


def found_alert(user: User, alert_id: int) -> Alert:
    """Another user's alert is as little there as none."""
    try:
        return get_alert(user, alert_id)
    except UnknownAlert as error:
        raise Http404(str(error)) from error


@login_required
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request.user)
    portion = Paginator(alerts_of(user).order_by("-pk"), ALERTS).get_page(request.GET.get("page"))
    rows = alert_rows(user, list(portion.object_list), clock.now())
    return render(request, "alerts/list.html", {"rows": rows, "portion": portion})


@login_required
@require_safe
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    kept = found_alert(user, alert_id)
    [row] = alert_rows(user, [kept], now)
    shows = "now" if request.GET.get("show") == "now" else "told"
    part = (_live if shows == "now" else _told)(request, kept)
    return render(request, "alerts/alert.html", {"row": row, "shows": shows, **part})


def _told(request: HttpRequest, kept: Alert) -> dict[str, Any]:
    portion = Paginator(told_by(kept), LISTINGS).get_page(request.GET.get("page"))
    zone = zone_of(kept.user.time_zone)
    return {"portion": portion, "lines": told_rows(list(portion.object_list), zone, clock.now())}


def _live(request: HttpRequest, kept: Alert) -> dict[str, Any]:
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "cheapest"
    listings = shown_by(kept).order_by(*SORTS[sort])
    portion = Paginator(listings, LISTINGS).get_page(request.GET.get("page"))
    entries = [
        Entry.of(one.listing, one, LineKind.LISTED, None).row(clock.now())
        for one in portion.object_list
    ]
    return {"portion": portion, "listings": entries, "sort": sort, "sorts": list(SORTS)}


@login_required
@require_safe
def why(request: HttpRequest, alert_id: int, listing_id: int) -> HttpResponse:
    """Why the alert tells a listing, or does not."""
    user = signed_in_user(request.user)
    kept = found_alert(user, alert_id)
    listing = find_visible_listing(user, listing_id)
    if listing is None:
        raise Http404("None of your alerts found such a listing.")
    membership = find_membership(kept, listing)
    held = find_hold(kept, listing, clock.now())
    lines = lines_of(user, listing)
    explanation = representing.explanation_fields(kept, listing, membership, lines, held)
    told = told_rows(lines, zone_of(user.time_zone), clock.now())
    shown = {"alert": kept, "listing": listing, "explanation": explanation, "lines": told}
    return render(request, "alerts/why.html", shown)


@login_required
@require_POST
def act(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Pause, resume or duplicate. Asked for by a part of the page, the alert's row is answered."""
    user, now = signed_in_user(request.user), clock.now()
    kept, action = found_alert(user, alert_id), request.POST.get("action", "")
    try:
        if action == "duplicate":
            copy = keeping.duplicate_alert(user, kept.pk, now)
            return redirect("edit-alert", copy.pk)
        if action in ("pause", "resume"):
            (keeping.pause_alert if action == "pause" else keeping.resume_alert)(user, kept.pk, now)
    except (DuplicateAlert, TooManyAlerts) as error:
        return _refused(request, user, kept, str(error))
    if "HX-Request" in request.headers:
        [row] = alert_rows(user, [get_alert(user, kept.pk)], now)
        return render(request, "alerts/row.html", {"row": row})
    return redirect("alerts") if request.POST.get("from") == "list" else redirect("alert", kept.pk)


def _refused(request: HttpRequest, user: User, kept: Alert, words: str) -> HttpResponse:
    [row] = alert_rows(user, [kept], clock.now())
    if "HX-Request" in request.headers:
        return render(request, "alerts/row.html", {"row": row, "refusal": words})
    shown = {"row": row, "refusal": words, "shows": "told", **_told(request, kept)}
    return render(request, "alerts/alert.html", shown, status=409)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Asks first; the POST deletes."""
    user = signed_in_user(request.user)
    kept = found_alert(user, alert_id)
    if request.method != "POST":
        return render(request, "alerts/delete.html", {"alert": kept})
    keeping.delete_alert(user, kept.pk, clock.now())
    return redirect("alerts")
