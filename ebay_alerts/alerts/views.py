"""An alert's own page, opened by a signed link from its mails: what it shows, and its switches."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.alerts import representing, wording
from ebay_alerts.alerts.errors import DuplicateAlert, InvalidAlert
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.forms import IntervalForm
from ebay_alerts.alerts.letters import Entry
from ebay_alerts.alerts.links import find_alert_id
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import slot_time
from ebay_alerts.alerts.selectors import shown_by
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.market.selectors import refresh_interval

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def alert_page(request: HttpRequest, token: str) -> HttpResponse:
    alert = _get_alert(token)
    if request.method != "POST":
        return render(request, "alerts/page.html", _context(request, alert))
    if request.POST.get("action") == "delete":
        keeping.delete_alert(alert.user, alert.pk, clock.now())
        return render(request, "alerts/deleted.html", {"alert": alert})
    form = IntervalForm(request.POST)
    try:
        is_done = _act(request.POST.get("action", ""), alert, form)
    except DuplicateAlert as error:
        context = _context(request, alert) | {"refusal": str(error)}
        return render(request, "alerts/page.html", context, status=409)
    if not is_done:
        return render(request, "alerts/page.html", _context(request, alert, form), status=422)
    return redirect("alert-page", token)


@csrf_exempt
@require_POST
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One-click unsubscribe (RFC 8058): pauses the alert; its page can resume it.

    No CSRF token: mail programs post here, and the signed address is the permission.
    """
    alert = _get_alert(token)
    keeping.pause_alert(alert.user, alert.pk, clock.now())
    return HttpResponse("Paused; no more mails come for this alert.\n", content_type="text/plain")


def _get_alert(token: str) -> Alert:
    alert_id = find_alert_id(token)
    alert = (
        Alert.objects.select_related("user", "search__fetch").filter(pk=alert_id).first()
        if alert_id is not None
        else None
    )
    if alert is None:
        raise Http404("This link leads to no alert; it may have been deleted.")
    return alert


def _act(action: str, alert: Alert, form: IntervalForm) -> bool:
    """Do what the button says; False if the form has an error instead."""
    now = clock.now()
    if action == "change":
        return _change(alert, form, now)
    if action == "pause":
        keeping.pause_alert(alert.user, alert.pk, now)
    elif action == "resume":
        keeping.resume_alert(alert.user, alert.pk, now)
    return True


def _change(alert: Alert, form: IntervalForm, now: datetime) -> bool:
    if not form.is_valid():
        return False
    minutes = form.cleaned_data["interval_minutes"]
    try:
        wish = read_wish(representing.wish_fields(alert) | {"interval_minutes": minutes})
    except InvalidAlert as error:
        form.add_error("interval_minutes", error.reason)
        return False
    keeping.change_alert(alert.user, alert.pk, wish, now)
    return True


def _context(
    request: HttpRequest, alert: Alert, form: IntervalForm | None = None
) -> dict[str, Any]:
    now = clock.now()
    page = Paginator(shown_by(alert), PER_PAGE).get_page(request.GET.get("page"))
    fetch = alert.search.fetch
    around = representing.Circumstances.of(alert.user_id, [alert], now)
    return {
        "alert": alert,
        "rows": [
            Entry.of(row.listing, row, LineKind.LISTED, None).row(now) for row in page.object_list
        ],
        "portion": page,
        "interval": wording.interval_words(alert.interval_minutes),
        "next_mail": wording.until_words(slot_time(alert.slot), now) if alert.slot else "",
        "next_mail_at": slot_time(alert.slot) if alert.slot else None,
        "asked": wording.ago_words(fetch.asked_at, now) if fetch.asked_at else "",
        "asked_at": fetch.asked_at,
        "coverage": wording.coverage_words(fetch.total, fetch.covered, fetch.is_complete),
        "pace": wording.refresh_words(fetch.refresh_seconds, refresh_interval(fetch)),
        "filling": wording.filling_words(around.fills_before.get(fetch.pk, 0)),
        "trouble": representing.trouble(fetch, around.pause),
        "instant": wording.instant_words(representing.instant_every(alert, around))
        if alert.interval_minutes == 0
        else "",
        "held": representing.hold(alert, around)["held_reason"],
        "form": form or IntervalForm(initial={"interval_minutes": alert.interval_minutes}),
    }
