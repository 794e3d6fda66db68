"""The tasks of analytics; each returns how many rows it dealt with."""

import structlog

from ebay_alerts.analytics.errors import EtlIsRunning, HistoryIsAhead
from ebay_alerts.analytics.services import etl, reports
from ebay_alerts.kit import clock

log = structlog.get_logger(__name__)


def run_due_etl() -> int:
    """The day's ETL, if it was not made yet; one that was missed is made up."""
    now = clock.now()
    if not etl.is_due(now):
        return 0
    try:
        run = etl.run_etl(now)
    except EtlIsRunning:
        return 0
    except HistoryIsAhead as error:
        log.error("history not copied", reason=str(error))
        return 0
    if any(run.counts.values()):
        log.info("history copied", **{name.replace(" ", "_"): n for name, n in run.counts.items()})
    return 1


def send_reports() -> int:
    """The price reports of users whose turn has come."""
    return reports.send_due(clock.now())
