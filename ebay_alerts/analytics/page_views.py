"""The pages that show alerts beside figures of history: the list, and one alert."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.choosing import ALERT_SORTS, STATES, Choice, chosen_alerts
from ebay_alerts.alerts.deeds import at_hand
from ebay_alerts.alerts.log_selectors import whole_log
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.parts import PARTS, chosen_part, found_alert, frame
from ebay_alerts.alerts.selectors import cheapest_shown, told_points
from ebay_alerts.alerts.shown import SNOOZES, alert_rows
from ebay_alerts.analytics.page_charts import Point, figures_in, median_chart, young_chart
from ebay_alerts.analytics.page_history import courses_of
from ebay_alerts.analytics.page_wording import cheapest_words
from ebay_alerts.analytics.price_statistics import Movement, PriceChange
from ebay_alerts.analytics.report_wording import change_words, market_words, money
from ebay_alerts.analytics.selectors import DatedFigures
from ebay_alerts.analytics.sparklines import sparkline
from ebay_alerts.analytics.young_course import Priced, young_course, young_words
from ebay_alerts.kit import clock

ALERTS = 40


@login_required
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The list of alerts, each with the median of its search over thirty days."""
    user, now = signed_in_user(request.user), clock.now()
    choice = Choice.of(request.GET.dict())
    portion = Paginator(chosen_alerts(user, choice, now), ALERTS).get_page(request.GET.get("page"))
    kept = list(portion.object_list)
    sparks = _sparks({alert.search_id for alert in kept})
    rows = [
        row | {"spark": sparks.get(alert.search_id)}
        for alert, row in zip(kept, alert_rows(user, kept, now), strict=True)
    ]
    page = {"rows": rows, "portion": portion, "choice": choice, "query": choice.query}
    choices = {"states": STATES, "sorts": list(ALERT_SORTS), "snoozes": SNOOZES}
    undo = at_hand(request.session, now)
    return render(request, "alerts/list.html", page | choices | {"undo": undo})


def _sparks(search_ids: set[int]) -> dict[int, dict[str, Any]]:
    """By search, what the list shows of its median; by one query, after that for the day."""
    found = courses_of(search_ids)
    return {pk: spark for pk, course in found.items() if (spark := _spark(course))}


def _spark(course: list[DatedFigures]) -> dict[str, Any] | None:
    """The line, the last median, and how it moved, in words."""
    currency = course[-1].currency
    days = figures_in(course, currency)
    line = sparkline([(day.on.toordinal(), day.median) for day in days])
    if line is None:
        return None
    change = PriceChange(days[0].median, days[-1].median, currency)
    has_moved = change.movement is not Movement.UNCHANGED
    return {
        **line._asdict(),
        "words": market_words(days, currency),
        "last": money(days[-1].median, currency),
        "moved": change_words(change) if has_moved else "",
        "direction": change.movement.value if has_moved else "",
    }


@login_required
@require_safe
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    kept = found_alert(user, alert_id)
    tab = chosen_part(request, kept)
    page = {
        **frame(request, kept, tab, now),
        **PARTS[tab](request, kept, now),
        **_prices(kept, now),
    }
    return render(request, "analytics/alert.html", page | {"part": f"alerts/{tab}.html"})


def _prices(kept: Alert, now: datetime) -> dict[str, Any]:
    """The chart of the alert's search, and what it shows in words."""
    if not settings.MARKET_STATISTICS:
        return {"chart": None, "has_statistics": False}
    course = courses_of([kept.search_id]).get(kept.search_id, [])
    currency = course[-1].currency if course else ""
    days = figures_in(course, currency)
    chart = median_chart(kept.name, course, _told(kept, currency))
    if chart is None:
        return {"has_statistics": True, **_young_prices(kept, now)}
    medians = [day.median for day in days]
    words = [
        f"{market_words(days, currency)}.",
        cheapest_words(cheapest_shown(kept), currency, medians),
    ]
    return {"chart": chart, "has_statistics": True, "chart_words": list(filter(None, words))}


def _young_prices(kept: Alert, now: datetime) -> dict[str, Any]:
    """The same while there are no two days: out of the log, which is short then."""
    log = whole_log(kept)
    currency = Counter(entry.currency for entry in log).most_common(1)[0][0] if log else ""
    entries = [
        Priced(entry.at.timestamp(), entry.listing_id, None if entry.is_over else entry.minor)
        for entry in log
        if entry.currency == currency
    ]
    filled_at = kept.search.filled_at  # earlier not all was there
    course = young_course(entries, now.timestamp(), filled_at.timestamp() if filled_at else 0)
    chart = young_chart(course, _told(kept, currency), currency)
    return {"chart": chart, "chart_words": [young_words(course, currency)] if chart else []}


def _told(kept: Alert, currency: str) -> list[Point]:
    told = told_points(kept)
    return [(at.timestamp(), minor) for at, minor, given in told if given == currency]
