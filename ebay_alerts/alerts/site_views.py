"""What is done with one alert of the pages, and why it told a listing."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts import representing
from ebay_alerts.alerts.bulk_views import days_of, do, list_address
from ebay_alerts.alerts.deeds import DEEDS, carry_out
from ebay_alerts.alerts.errors import TooManyAlerts
from ebay_alerts.alerts.gate_words import gate_words
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.parts import found_alert, frame
from ebay_alerts.alerts.selectors import (
    find_hold,
    find_membership,
    find_visible_listing,
    get_alert,
    lines_of,
)
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.shown import alert_rows, told_rows
from ebay_alerts.kit import clock


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
    explanation = representing.explanation_fields(
        kept, listing, membership, lines, held, gate_words
    )
    told = told_rows(lines, zone_of(user.time_zone), clock.now())
    shown = {"alert": kept, "listing": listing, "explanation": explanation, "lines": told}
    return render(request, "alerts/why.html", shown)


@login_required
@require_POST
def act(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Pause, resume, snooze, wake or duplicate. Asked for by a part of the list, the alert's row is
    answered; else the page, with what undoes it."""
    user, now = signed_in_user(request.user), clock.now()
    kept, action = found_alert(user, alert_id), request.POST.get("action", "")
    if action == "duplicate":
        try:
            return redirect("edit-alert", keeping.duplicate_alert(user, kept.pk, now).pk)
        except TooManyAlerts as error:
            return _refused(request, kept, str(error))
    if "HX-Request" in request.headers and action in DEEDS:
        refusals = carry_out(user, action, [kept.pk], days_of(request), now).refusals
        return _row(request, user, kept, "".join(refusals))
    if action in DEEDS and (refusals := do(request, user, action, [kept.pk])):
        return _refused(request, kept, "".join(refusals))
    is_from_list = request.POST.get("from") == "list"
    return redirect(list_address(request)) if is_from_list else redirect("alert", kept.pk)


def _row(request: HttpRequest, user: User, kept: Alert, refusal: str = "") -> HttpResponse:
    [row] = alert_rows(user, [get_alert(user, kept.pk)], clock.now())
    return render(request, "alerts/row_state.html", {"row": row, "refusal": refusal})


def _refused(request: HttpRequest, kept: Alert, words: str) -> HttpResponse:
    page = frame(request, kept, "", clock.now()) | {"refusal": words}
    return render(request, "alerts/alert_frame.html", page, status=409)


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
