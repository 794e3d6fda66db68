"""What an operator watches, for Prometheus. Read from the database: any process may say it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import DatabaseError
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ebay_alerts.accounts import selectors as accounts
from ebay_alerts.alerts import selectors as alerts
from ebay_alerts.analytics import selectors as analytics
from ebay_alerts.mail import selectors as mail
from ebay_alerts.market import selectors as market
from ebay_alerts.setbacks.selectors import count_set_aside

log = structlog.get_logger(__name__)

QUANTILES = (0.5, 0.95, 1.0)
Figure = float | Mapping[str, float] | None


class Watched(NamedTuple):
    """A gauge: its name, what it says, its label if it has one, and how to read it."""

    name: str
    words: str
    label: str
    read: Callable[[datetime], Figure]


def quantiles(seconds: Iterable[float]) -> dict[str, float]:
    """Nearest-rank quantiles; none where there are no figures."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    last = len(ordered) - 1
    return {f"{one:g}": ordered[min(round(one * last), last)] for one in QUANTILES}


def _calls_spent(_now: datetime) -> int | None:
    window = market.find_window()
    return window.spent if window else None


def _is_paused(now: datetime) -> int:
    return 0 if market.api_pause(now) is None else 1


GAUGES = (
    Watched("alerts", "Alerts by state.", "state", lambda now: alerts.count_by_state()),
    Watched(
        "alerts_lag_seconds",
        "How long the alert has been due that is due the longest.",
        "",
        alerts.due_lag_seconds,
    ),
    Watched(
        "digest_build_seconds",
        "From slot to digest, of the latest digests.",
        "quantile",
        lambda now: quantiles(alerts.recent_build_seconds()),
    ),
    Watched(
        "reports_lag_seconds",
        "How long the report has been due that is due the longest.",
        "",
        accounts.report_lag_seconds,
    ),
    Watched("messages", "Messages by state.", "state", lambda now: mail.count_by_state()),
    Watched(
        "messages_held",
        "Messages that wait: the mail server is away or refuses us.",
        "",
        lambda now: mail.held_mails().count(),
    ),
    Watched(
        "postings_waiting",
        "Postings to channels that are queued.",
        "",
        lambda now: mail.waiting_postings().count(),
    ),
    Watched(
        "channels_suspended",
        "Channels not used because they fail.",
        "",
        lambda now: mail.suspended_channels().count(),
    ),
    Watched("mail_backlog_seconds", "Age of the oldest due mail.", "", mail.mail_backlog_seconds),
    Watched(
        "mail_seconds",
        "From outbox to mail server, of the latest alert mails.",
        "quantile",
        lambda now: quantiles(mail.recent_delivery_seconds("alerts")),
    ),
    Watched(
        "report_mail_seconds",
        "From outbox to mail server, of the latest reports.",
        "quantile",
        lambda now: quantiles(mail.recent_delivery_seconds("reports")),
    ),
    Watched(
        "smtp_outcomes",
        "Tries of the last 10 minutes, by outcome.",
        "outcome",
        mail.recent_outcomes,
    ),
    Watched(
        "suppressions",
        "Addresses that get no mail.",
        "",
        lambda now: mail.suppressions(now).count(),
    ),
    Watched(
        "searches",
        "Searches that alerts want: what percolators hold.",
        "",
        lambda now: market.count_wanted_searches(),
    ),
    Watched("fetches_due", "Fetches due and not yet asked.", "", market.count_due_fetches),
    Watched(
        "fetches_failing",
        "Fetches whose last try failed.",
        "",
        lambda now: market.count_failing_fetches(),
    ),
    Watched(
        "quota_calls",
        "Calls spent of eBay's quota in this window, by the ledger.",
        "",
        _calls_spent,
    ),
    Watched("quota_left", "Calls left of eBay's quota by the ledger.", "", market.count_calls_left),
    Watched("api_paused", "1 while eBay takes no calls.", "", _is_paused),
    Watched(
        "stream_age_seconds",
        "Since the event stream was read last, by shard.",
        "shard",
        market.stream_ages,
    ),
    Watched(
        "dead_events",
        "Events that could not be read.",
        "",
        lambda now: market.dead_events().count(),
    ),
    Watched(
        "set_aside",
        "Rows that are tried no more because they always failed, by kind.",
        "kind",
        lambda now: count_set_aside(),
    ),
    Watched(
        "token_bursts",
        "Times in a day that an address was refused for wrong tokens.",
        "",
        accounts.count_refused_bursts,
    ),
    Watched("etl_age_seconds", "Since history was copied last.", "", analytics.etl_age_seconds),
)


def render_metrics(now: datetime) -> bytes:
    """All gauges in Prometheus' text format. One whose figure cannot be had has no sample: the
    analytics database may be away while alerts go on."""
    registry = CollectorRegistry()
    for watched in GAUGES:
        try:
            figure = watched.read(now)
        except DatabaseError:
            log.warning("figure not read", figure=watched.name, exc_info=True)
            continue
        if figure is not None:
            labels = [watched.label] if watched.label else []
            name = f"ebay_alerts_{watched.name}"
            _set(Gauge(name, watched.words, labels, registry=registry), figure)
    return generate_latest(registry)


def _set(gauge: Gauge, figure: float | Mapping[str, float]) -> None:
    if isinstance(figure, Mapping):
        for value, number in figure.items():
            gauge.labels(value).set(number)
    else:
        gauge.set(figure)
