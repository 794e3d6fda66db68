"""The site's own pages: home, health, metrics, and what is shown when something is not there."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from ebay_alerts.kit import clock
from ebay_alerts.market import selectors as market
from ebay_alerts.web.metrics import render_metrics
from ebay_alerts.web.readiness import readiness


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for who is not signed in; else the alerts."""
    if request.user.is_authenticated:
        return redirect("alerts")
    return render(request, "web/home.html", {"state": market.market_state(clock.now())})


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while requests can be served; the parts say what is not as it should be."""
    found = readiness(clock.now())
    answer = {"status": found.status, "parts": found.parts}
    return JsonResponse(answer, status=200 if found.is_ready else 503)


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_metrics(clock.now()), content_type=CONTENT_TYPE_LATEST)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/error.html", {"title": "There is nothing here"}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "web/error.html", {"title": "Something went wrong here"}, status=500)


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer where allauth's rate limits refuse."""
    page = {"title": "So often?", "words": "Wait a few minutes, then try again."}
    return render(request, "web/error.html", page, status=429)


def no_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form that was not ours, or whose page is older than the sign-in."""
    words = "The page was too old. Go back, load it anew, and try again."
    page = {"title": "That did not work", "words": words}
    return render(request, "web/error.html", page, status=403)
