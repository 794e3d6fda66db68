"""Pages opened by signed links from mails: an alert's own, that of the alerts of a mail, and that
of all mails of a user."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.moments import ago_words, until_words
from ebay_alerts.accounts.schedule import DAILY, local_date, minute_words, moment_on, zone_of
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts import links, representing, wording
from ebay_alerts.alerts.coverage import coverage_of, pace_of
from ebay_alerts.alerts.errors import DuplicateAlert, InvalidAlert, TooManyAlerts
from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.forms import IntervalForm, SnoozeForm
from ebay_alerts.alerts.letters import Entry, interval_of
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import weekday_names
from ebay_alerts.alerts.selectors import count_of_user, find_delivery, shown_by
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.feeding import open_feed
from ebay_alerts.alerts.services.watching import watch_listing
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.market.models import Listing

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def alert_page(request: HttpRequest, token: str) -> HttpResponse:
    alert = _get_alert(token)
    if request.method != "POST":
        return render(request, "alerts/page.html", _context(request, alert))
    if request.POST.get("action") == "delete":
        keeping.delete_alert(alert.user, alert.pk, clock.now())
        return render(request, "alerts/deleted.html", {"alert": alert})
    try:
        fault = _act(request, alert)
    except DuplicateAlert as error:
        context = _context(request, alert) | {"refusal": str(error)}
        return render(request, "alerts/page.html", context, status=409)
    if fault:
        return render(request, "alerts/page.html", _context(request, alert, **fault), status=422)
    return redirect("alert-page", token)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One-click unsubscribe (RFC 8058): a POST pauses the alert; its page can resume it.

    No CSRF token: mail programs post here, and the signed address is the permission. Programs that
    know RFC 2369 alone open the address, which shows the page.
    """
    alert = _get_alert(token)
    if request.method != "POST":
        return redirect(f"{reverse('alert-page', args=[token])}#pause")
    keeping.pause_alert(alert.user, alert.pk, clock.now())
    return HttpResponse("Paused; no more mails come for this alert.\n", content_type="text/plain")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: HttpRequest, token: str) -> HttpResponse:
    """The alerts of a mail: a POST, from a mail program (RFC 8058) or by the page's button, pauses
    exactly these. Doing it again changes nothing, and those that are deleted are passed over.

    No CSRF token, as above.
    """
    ids = links.find_alert_ids(token)
    if ids is None:
        raise Http404("This link is none of ours.")
    alerts = list(Alert.objects.filter(pk__in=ids).select_related("user").order_by("pk"))
    if request.method != "POST":
        return render(request, "alerts/several.html", _of_mail(alerts))
    for user in {alert.user for alert in alerts}:
        keeping.pause_alerts(user, ids, clock.now())
    if "action" in request.POST:
        return redirect("several-alerts", token)
    words = "Paused; no more mails come for these alerts.\n"
    return HttpResponse(words, content_type="text/plain")


def _of_mail(alerts: list[Alert]) -> dict[str, Any]:
    shown = [
        {
            "name": alert.name,
            "page": links.alert_page(alert.pk),
            "is_paused": alert.state == Alert.State.PAUSED,
            "interval": interval_of(alert),
        }
        for alert in alerts
    ]
    return {
        "alerts": shown,
        "running": sum(not alert["is_paused"] for alert in shown),
        "everything": links.everything_page(alerts[0].user_id) if alerts else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest, token: str) -> HttpResponse:
    """A listing from a line of a mail: a button that has it watched. Twice is once."""
    user, listing, country = _get_watched(token)
    if request.method == "POST":
        try:
            alert = watch_listing(user, listing, country, clock.now())
        except TooManyAlerts as error:
            page = {"listing": listing, "refusal": str(error)}
            return render(request, "alerts/watch.html", page, status=409)
        return redirect(links.alert_page(alert.pk))
    return render(request, "alerts/watch.html", _offered(listing, country, clock.now()))


def _get_watched(token: str) -> tuple[User, Listing, str]:
    found = links.find_watched(token)
    user = User.objects.filter(pk=found[0], is_active=True).first() if found else None
    listing = Listing.objects.filter(pk=found[1]).first() if found else None
    if found is None or user is None or listing is None:
        raise Http404("This link leads to no listing; it may not be kept any more.")
    return user, listing, found[2]


def _offered(listing: Listing, country: str, now: datetime) -> dict[str, Any]:
    kind = LineKind.ENDED if listing.ended_at else LineKind.LISTED
    membership = find_delivery(listing, country)
    return {"listing": listing, "row": Entry.of(listing, membership, kind, None).row(now)}


@require_http_methods(["GET", "HEAD", "POST"])
def everything(request: HttpRequest, token: str) -> HttpResponse:
    """All mails of a user: which there are, and switches for all of them at once."""
    user = _get_user(token)
    if request.method != "POST":
        return render(request, "alerts/everything.html", _all_mails(user))
    action, now = request.POST.get("action", ""), clock.now()
    if action == "stop":
        keeping.stop_everything(user, now)
    elif action == "resume":
        keeping.resume_everything(user, now)
    elif action == "report":
        set_preferences(user, now, report_frequency=DAILY)
    elif action in ("join", "part"):
        set_preferences(user, now, one_mail=action == "join")
    return redirect("everything", token)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop_everything(request: HttpRequest, token: str) -> HttpResponse:
    """One-click unsubscribe (RFC 8058) from everything: a POST stops all mails of the user."""
    user = _get_user(token)
    if request.method != "POST":
        return redirect("everything", token)
    keeping.stop_everything(user, clock.now())
    return HttpResponse("Stopped; no more mails come.\n", content_type="text/plain")


def _get_user(token: str) -> User:
    user_id = links.find_user_id(token)
    user = User.objects.filter(pk=user_id).first() if user_id is not None else None
    if user is None:
        raise Http404("This link leads to no user.")
    return user


def _all_mails(user: User) -> dict[str, Any]:
    """Counts alone: whoever was given one mail of the user is to learn no more of the others."""
    states = count_of_user(user)
    paused = states.pop(Alert.State.PAUSED, 0)
    return {
        "running": sum(states.values()),
        "paused": paused,
        "report": user.report_frequency,
        "one_mail": user.one_mail,
    }


def _get_alert(token: str) -> Alert:
    alert_id = links.find_alert_id(token)
    alert = (
        Alert.objects.select_related("user", "search__fetch").filter(pk=alert_id).first()
        if alert_id is not None
        else None
    )
    if alert is None:
        raise Http404("This link leads to no alert; it may have been deleted.")
    return alert


def _act(request: HttpRequest, alert: Alert) -> dict[str, Form]:
    """Do what the button says; the form that has an error, by its name, if one has."""
    action, now = request.POST.get("action", ""), clock.now()
    if action == "change":
        interval = IntervalForm(request.POST)
        return {} if _change(alert, interval, now) else {"form": interval}
    if action == "snooze":
        snooze = SnoozeForm(request.POST)
        return {} if _snooze(alert, snooze, now) else {"snooze": snooze}
    if action == "wake":
        keeping.snooze_alert(alert.user, alert.pk, None, now)
    elif action == "pause":
        keeping.pause_alert(alert.user, alert.pk, now)
    elif action == "resume":
        keeping.resume_alert(alert.user, alert.pk, now)
    elif action == "feed":
        open_feed(alert.user, alert, now)
    return {}


def _feed_addresses(alert: Alert) -> dict[str, str]:
    feed = alert.feeds.first()
    if feed is None:
        return {}
    return {
        "feed_address": links.feed_link(feed.pk, feed.version),
        "calendar_address": links.calendar_link(feed.pk, feed.version),
    }


def _change(alert: Alert, form: IntervalForm, now: datetime) -> bool:
    if not form.is_valid():
        return False
    try:
        wish = read_wish(representing.wish_fields(alert) | form.chosen())
    except InvalidAlert as error:
        field = error.field if error.field in form.fields else "interval_minutes"
        form.add_error(field, error.reason)
        return False
    keeping.change_alert(alert.user, alert.pk, wish, now)
    return True


def _snooze(alert: Alert, form: SnoozeForm, now: datetime) -> bool:
    """Until the hour at which the user's day begins: that of the price report."""
    if not form.is_valid():
        return False
    user = alert.user
    on = form.chosen(local_date(now, user.time_zone))
    try:
        until = moment_on(on, user.time_zone, user.report_hour)
        keeping.snooze_alert(user, alert.pk, until, now)
    except InvalidAlert as error:
        form.add_error("on", error.reason)
        return False
    except OverflowError:
        form.add_error("on", "Choose a date to come.")
        return False
    return True


def _when(alert: Alert) -> dict[str, Any]:
    """What the form shows: an interval, or a time of day."""
    if alert.at_minute is None:
        return {"interval_minutes": alert.interval_minutes}
    at = minute_words(alert.at_minute)
    return {"at": at, "weekdays": weekday_names(alert.weekdays)}


def _context(request: HttpRequest, alert: Alert, **forms: Form) -> dict[str, Any]:
    now = clock.now()
    page = Paginator(shown_by(alert), PER_PAGE).get_page(request.GET.get("page"))
    fetch = alert.search.fetch
    around = representing.Circumstances.of(alert.user, [alert], now)
    next_mail_at = representing.next_mail_at(alert, around)
    snoozed_until = representing.snoozed_until(alert, now)
    return {
        "alert": alert,
        "rows": [
            Entry.of(row.listing, row, LineKind.LISTED, None).row(now) for row in page.object_list
        ],
        "portion": page,
        "interval": interval_of(alert),
        "looks": wording.looks_words(alert.keywords, alert.search.legacy_id),
        "gates": wording.gates_words(alert.gates),
        "next_mail": until_words(next_mail_at, now) if next_mail_at else "",
        "next_mail_at": next_mail_at,
        "snoozed": wording.moment_words(snoozed_until, zone_of(alert.user.time_zone))
        if snoozed_until
        else "",
        "asked": ago_words(fetch.asked_at, now) if fetch.asked_at else "",
        "asked_at": fetch.asked_at,
        "coverage": coverage_of(fetch),
        "pace": pace_of(fetch),
        "filling": wording.filling_words(around.fills_before.get(fetch.pk, 0)),
        "trouble": representing.trouble(fetch, around.pause),
        "instant": wording.instant_words(representing.instant_every(alert, around))
        if alert.interval_minutes == 0
        else "",
        "held": representing.hold(alert, around)["held_reason"],
        "form": IntervalForm(initial=_when(alert)),
        "snooze": SnoozeForm(),
        "everything": "" if alert.address_id else links.everything_page(alert.user_id),
        **_feed_addresses(alert),
        **forms,
    }
