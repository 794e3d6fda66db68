"""The API of history."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.vary import vary_on_headers
from ninja import Query, Router
from ninja.decorators import decorate_view

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts.api import REFUSALS, AlertId
from ebay_alerts.alerts.lists import ALSO_CSV, Table, TablePart, answer_table
from ebay_alerts.alerts.selectors import get_alert
from ebay_alerts.analytics.errors import ReversedDates
from ebay_alerts.analytics.models import SearchDay
from ebay_alerts.analytics.report_api import router as reports
from ebay_alerts.analytics.schemas import Period, TrendDayList, TrendDayOut
from ebay_alerts.analytics.selectors import search_days
from ebay_alerts.kit.money import amount_of

router = Router(tags=["history"])
router.add_router("", reports)


@router.get(
    "/alerts/{int:alert_id}/trend",
    response={200: TrendDayList, **REFUSALS},
    operation_id="list_trend",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def list_trend(
    request: HttpRequest, alert_id: AlertId, asked: Query[TablePart], period: Query[Period]
) -> dict[str, Any] | StreamingHttpResponse:
    """The alert's search from day to day, oldest first.

    A day on which nothing changed has no row: the figures of the last one hold. With `from` the
    list begins with the row that holds on that day, and keeps its own date.
    """
    alert = get_alert(get_user(request), alert_id)
    if period.from_ and period.to and period.to < period.from_:
        raise ReversedDates(f"{period.to} is before {period.from_}; exchange `from` and `to`.")
    days = search_days(alert.search_id, period.from_, period.to)
    return answer_table(
        request, Table(f"trend-{alert_id}", TrendDayOut, days, ("day",), _trend_day), asked
    )


def _trend_day(row: SearchDay) -> dict[str, Any]:
    return {
        "day": date.fromordinal(row.day),
        "live": row.live,
        "appeared": row.appeared,
        "gone": row.gone,
        "currency": row.currency or None,
        "priced": row.priced,
        **_percentiles(row),
    }


def _percentiles(row: SearchDay) -> dict[str, Any]:
    """None of them where statistics across listings are switched off."""
    figures = {"p10": row.p10, "median": row.median, "p90": row.p90}
    if not settings.MARKET_STATISTICS:
        return dict.fromkeys(figures)
    return {name: amount_of(minor, row.currency) for name, minor in figures.items()}
