"""A report's own page, opened by a signed link from its mail: all of it, and when reports come."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.errors import InvalidPreference
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.analytics.errors import UnknownReport
from ebay_alerts.analytics.forms import ReportForm
from ebay_alerts.analytics.links import find_report_key
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.report_shown import report_fields
from ebay_alerts.analytics.report_wording import pace_words
from ebay_alerts.analytics.selectors import get_report
from ebay_alerts.kit import clock


@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest, token: str) -> HttpResponse:
    user, report = _get_report(token)
    if request.method != "POST":
        return render(request, "analytics/report_page.html", _context(user, report, None))
    form = ReportForm(request.POST)
    if not _change(user, form):
        page = _context(user, report, form)
        return render(request, "analytics/report_page.html", page, status=422)
    return redirect("report-page", token)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One-click unsubscribe (RFC 8058): a POST turns reports off; the page can turn them on again.

    No CSRF token: mail programs post here, and the signed address is the permission. Programs that
    know RFC 2369 alone open the address, which shows the page.
    """
    user, _ = _get_key(token)
    if request.method != "POST":
        return redirect(f"{reverse('report-page', args=[token])}#when")
    set_preferences(user, clock.now(), report_frequency="off")
    return HttpResponse("Off; no more price reports come.\n", content_type="text/plain")


def _get_key(token: str) -> tuple[User, date]:
    key = find_report_key(token)
    user = User.objects.filter(pk=key[0]).first() if key else None
    if key is None or user is None:
        raise Http404("This link leads to no report.")
    return user, key[1]


def _get_report(token: str) -> tuple[User, Report]:
    user, on = _get_key(token)
    try:
        return user, get_report(user.pk, on)
    except UnknownReport as error:
        raise Http404("This report is not kept any more.") from error


def _change(user: User, form: ReportForm) -> bool:
    """Change when reports come; False if the form has an error instead."""
    if not form.is_valid():
        return False
    try:
        set_preferences(user, clock.now(), **form.cleaned_data)
    except InvalidPreference as error:
        form.add_error(error.field, error.reason)
        return False
    return True


def _context(user: User, report: Report, form: ReportForm | None) -> dict[str, Any]:
    given = {name: getattr(user, name) for name in ReportForm.base_fields}
    return report_fields(report) | {
        "pace": pace_words(user.report_frequency, user.report_hour, user.time_zone),
        "form": form or ReportForm(initial=given),
    }
