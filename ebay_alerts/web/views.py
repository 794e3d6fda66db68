"""The site's own pages: home, health, metrics, and what is shown when something is not there."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from ebay_alerts.alerts import selectors as alerts
from ebay_alerts.kit import clock
from ebay_alerts.mail import selectors as mail
from ebay_alerts.market import selectors as market


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/home.html", {"state": market.market_state(clock.now())})


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What an operator watches, for Prometheus. Read from the database: any process may say it."""
    registry = CollectorRegistry()
    states = Gauge("ebay_alerts_alerts", "Alerts by state.", ["state"], registry=registry)
    for state, count in alerts.count_by_state().items():
        states.labels(state).set(count)
    messages = Gauge("ebay_alerts_messages", "Messages by state.", ["state"], registry=registry)
    for state, count in mail.count_by_state().items():
        messages.labels(state).set(count)
    now = clock.now()
    backlog = Gauge(
        "ebay_alerts_mail_backlog_seconds", "Age of the oldest due mail.", registry=registry
    )
    backlog.set(mail.mail_backlog_seconds(now))
    held = Gauge(
        "ebay_alerts_messages_held",
        "Messages that wait because the mail server is out of reach or refuses us.",
        registry=registry,
    )
    held.set(mail.held_mails().count())
    suppressed = Gauge("ebay_alerts_suppressions", "Addresses that get no mail.", registry=registry)
    suppressed.set(mail.suppressions(now).count())
    waiting = Gauge("ebay_alerts_postings_waiting", "Postings that are queued.", registry=registry)
    waiting.set(mail.waiting_postings().count())
    suspended = Gauge(
        "ebay_alerts_channels_suspended", "Channels not used because they fail.", registry=registry
    )
    suspended.set(mail.suspended_channels().count())
    late = Gauge("ebay_alerts_fetches_due", "Fetches due and not yet asked.", registry=registry)
    late.set(market.count_due_fetches(now))
    failing = Gauge(
        "ebay_alerts_fetches_failing", "Fetches whose last try failed.", registry=registry
    )
    failing.set(market.count_failing_fetches())
    left = Gauge(
        "ebay_alerts_quota_left", "Calls left of eBay's quota by the ledger.", registry=registry
    )
    left.set(market.count_calls_left(now))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/error.html", {"title": "There is nothing here"}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "web/error.html", {"title": "Something went wrong here"}, status=500)
