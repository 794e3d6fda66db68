"""A price report as pages show it: what its mail says, and all that the mail had no room for."""

from typing import Any

from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.report_letters import (
    kept_alerts,
    kept_moves,
    named_alerts,
    row_words,
    span_words,
    title_of,
)
from ebay_alerts.analytics.report_wording import count_words
from ebay_alerts.analytics.selectors import listings_in
from ebay_alerts.analytics.services.report_charts import draw_charts
from ebay_alerts.analytics.services.report_mails import subjects_of


def report_fields(report: Report) -> dict[str, Any]:
    moves = kept_moves(report)
    return {
        "title": title_of(report),
        "counts": count_words(report.falls, report.rises),
        "span": span_words(report),
        "rows": _rows(report),
        "more": report.falls + report.rises - len(moves),
        "markets": _markets(report),
    }


def _rows(report: Report) -> list[dict[str, object]]:
    moves = kept_moves(report)
    listings = listings_in([move.listing_id for move in moves])
    names = {alert.alert_id: alert.name for alert in kept_alerts(report)}
    return [
        row_words(move, listings.get(move.listing_id))._asdict()
        | {"alerts": named_alerts(move, names)}
        for move in moves
    ]


def _markets(report: Report) -> list[dict[str, object]]:
    """The alerts with the charts that the mail shows, drawn into the page."""
    shown = list(subjects_of(report))
    assert report.to_day is not None, "a report that is made has its days"
    drawn = draw_charts([subject for subject, _ in shown if subject], report.to_day)
    return [
        {
            "names": [alert.name for alert in alerts],
            "counts": count_words(
                max(alert.falls for alert in alerts), max(alert.rises for alert in alerts)
            ),
            "drawing": drawn.get(subject) if subject else None,
        }
        for subject, alerts in shown
    ]
