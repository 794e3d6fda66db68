"""The API of price reports."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.vary import vary_on_headers
from ninja import Path, Query, Router
from ninja.decorators import decorate_view

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts.api import REFUSALS
from ebay_alerts.alerts.lists import (
    ALSO_CSV,
    Format,
    Table,
    TablePart,
    answer_table,
    csv_answer,
    wants_csv,
)
from ebay_alerts.analytics.models import Listing, Report
from ebay_alerts.analytics.report_contents import KeptMove
from ebay_alerts.analytics.report_letters import kept_alerts, kept_moves
from ebay_alerts.analytics.schemas import (
    IsoDate,
    ReportList,
    ReportMoveOut,
    ReportOut,
    WholeReportOut,
)
from ebay_alerts.analytics.selectors import get_report, listings_in, reports_of
from ebay_alerts.kit.money import Money, amount_of

router = Router(tags=["reports"])
ReportDate = Annotated[
    IsoDate,
    Path(alias="date", description="The report's date by your calendar.", example="2026-07-31"),
]


@router.get(
    "/reports",
    response={200: ReportList, **REFUSALS},
    operation_id="list_reports",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def list_reports(
    request: HttpRequest, asked: Query[TablePart]
) -> dict[str, Any] | StreamingHttpResponse:
    """Your price reports, the latest first; a date on which nothing moved has none."""
    reports = reports_of(get_user(request).pk).defer("moves", "alerts")
    return answer_table(request, Table("reports", ReportOut, reports, ("-pk",), _report), asked)


@router.get(
    "/reports/{date}",
    response={200: WholeReportOut, **REFUSALS},
    operation_id="get_report",
    openapi_extra=ALSO_CSV,
)
@decorate_view(vary_on_headers("Accept"))
def get_one_report(
    request: HttpRequest, report_date: ReportDate, asked: Query[Format]
) -> dict[str, Any] | StreamingHttpResponse:
    """One price report with what it tells; as CSV its items."""
    report = get_report(get_user(request).pk, report_date)
    moves = list(_moves(report))
    if wants_csv(request, asked):
        return csv_answer(request, f"report-{report_date}", ReportMoveOut, [moves])
    alerts = [
        {"id": alert.alert_id, "name": alert.name, "falls": alert.falls, "rises": alert.rises}
        for alert in kept_alerts(report)
    ]
    return _report(report) | {"items": moves, "alerts": alerts}


def _report(report: Report) -> dict[str, Any]:
    return {
        "date": report.report_date,
        "compares": date.fromordinal(report.from_day or 1),
        "covers": date.fromordinal(report.to_day or 1),
        "falls": report.falls,
        "rises": report.rises,
    }


def _moves(report: Report) -> Iterator[dict[str, Any]]:
    moves = kept_moves(report)
    listings = listings_in([move.listing_id for move in moves])
    return (_move(kept, listings.get(kept.listing_id)) for kept in moves)


def _move(kept: KeptMove, listing: Listing | None) -> dict[str, Any]:
    change = kept.move.change
    return {
        "listing_id": kept.listing_id,
        "title": listing.title if listing else None,
        "url": listing.url if listing else None,
        "currency": kept.currency,
        "was": Money(kept.was, kept.currency).amount,
        "price": Money(kept.now, kept.currency).amount,
        "change": change.difference.amount,
        "change_percent": change.per_cent(),
        "lowest_in_days": kept.lowest_in_days,
        "highest_in_days": kept.highest_in_days,
        "known_days": kept.known_days,
        "price_30_days_ago": amount_of(kept.close_30_days_ago, kept.currency),
        "standing": kept.standing,
        "alerts": list(kept.alert_ids),
    }
