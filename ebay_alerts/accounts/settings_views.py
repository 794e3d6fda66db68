"""The page of a user's preferences: the clock, when and how mails come."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.errors import InvalidPreference
from ebay_alerts.accounts.forms import PreferencesForm
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.moments import to_come
from ebay_alerts.accounts.schedule import minute_words, zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.services import read_quiet_hours, set_preferences, time_zones
from ebay_alerts.kit import clock


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request.user)
    if request.method != "POST":
        return _page(request, user, PreferencesForm(initial=_initial(user)))
    form = PreferencesForm(request.POST)
    if form.is_valid() and _keep(user, form):
        messages.success(request, "Kept.")
        return redirect("settings")
    return _page(request, user, form, status=422)


def _page(
    request: HttpRequest, user: User, form: PreferencesForm, status: int = 200
) -> HttpResponse:
    zone, now = zone_of(user.time_zone), clock.now()
    shown = {
        "form": form,
        "zones": sorted(time_zones()),
        "local_time": "" if form.is_bound else f"{now.astimezone(zone):%H:%M on %A}",
        "next_report": to_come(user.report_due_at, zone, now),
    }
    return render(request, "accounts/settings.html", shown, status=status)


def _keep(user: User, form: PreferencesForm) -> bool:
    given = {
        name: value for name, value in form.cleaned_data.items() if not name.startswith("quiet")
    }
    try:
        quiet = read_quiet_hours(user, form.quiet_times())
        set_preferences(user, clock.now(), quiet_hours=quiet, **given)
    except InvalidPreference as error:
        form.add_error(error.field, error.reason)
        return False
    return True


def _initial(user: User) -> dict[str, Any]:
    return {
        "time_zone": user.time_zone,
        "one_mail": "yes" if user.one_mail else "no",
        "text_only": user.text_only,
        "quiet_from": _time(user.quiet_from),
        "quiet_until": _time(user.quiet_until),
        "report_frequency": user.report_frequency,
        "report_hour": user.report_hour,
    }


def _time(minute: int | None) -> str:
    return "" if minute is None else minute_words(minute)
