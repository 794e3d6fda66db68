"""The archive of a user's price reports: which there are, and each as a page of its own."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import OFF
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.analytics.errors import UnknownReport
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.report_letters import NAMES, kept_alerts, title_of
from ebay_alerts.analytics.report_shown import report_fields
from ebay_alerts.analytics.report_wording import count_words, pace_words
from ebay_alerts.analytics.selectors import dates_beside, get_report, telling_reports

REPORTS = 30


@login_required
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """The reports that told something, the latest first."""
    user = signed_in_user(request.user)
    reports = telling_reports(user.pk).defer("moves").order_by("-report_date")
    portion = Paginator(reports, REPORTS).get_page(request.GET.get("page"))
    shown = {
        "rows": [_row(report) for report in portion.object_list],
        "portion": portion,
        "is_off": user.report_frequency == OFF,
        "pace": _pace(user),
        "has_alerts": alerts_of(user).exists(),
    }
    return render(request, "analytics/archive.html", shown)


def _row(report: Report) -> dict[str, Any]:
    moved = [alert.name for alert in kept_alerts(report) if alert.falls or alert.rises]
    more = f" and {len(moved) - NAMES} more" if len(moved) > NAMES else ""
    return {
        "date": report.report_date,
        "title": title_of(report),
        "counts": count_words(report.falls, report.rises),
        "alerts": ", ".join(moved[:NAMES]) + more,
    }


def _pace(user: User) -> str:
    return pace_words(user.report_frequency, user.report_hour, user.time_zone)


@login_required
@require_safe
def archived(request: HttpRequest, on: str) -> HttpResponse:
    """One report of the user's, by its date."""
    user = signed_in_user(request.user)
    report = _get(user, on)
    earlier, later = dates_beside(user.pk, report.report_date)
    shown = report_fields(report) | {"earlier": earlier, "later": later}
    return render(request, "analytics/archived.html", shown)


def _get(user: User, on: str) -> Report:
    try:
        return get_report(user.pk, date.fromisoformat(on))
    except (UnknownReport, ValueError) as error:
        raise Http404("There is no report of that date.") from error
