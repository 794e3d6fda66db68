"""Feeds and calendars at secret addresses, for programs that come again and again."""

import hashlib
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from ebay_alerts.alerts.calendars import essence_of, render_calendar
from ebay_alerts.alerts.feed_selectors import auctions_in, find_feed_by_token, lines_in
from ebay_alerts.alerts.feeds import render_feed, updated_at
from ebay_alerts.alerts.links import feed_link
from ebay_alerts.alerts.models import Feed
from ebay_alerts.kit import clock

# For so long a program that asks too often need not ask at all.
FRESH_SECONDS = 300


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    found = _get_feed(token)
    lines = lines_in(found)
    content = render_feed(found, lines, feed_link(found.pk, found.version))
    answer = HttpResponse(content, content_type="application/atom+xml; charset=utf-8")
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return _conditional(request, answer, etag, updated_at(found, lines))


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponseBase:
    found = _get_feed(token)
    auctions = auctions_in(found, clock.now())
    answer = HttpResponse(
        render_calendar(found, auctions), content_type="text/calendar; charset=utf-8"
    )
    essence = repr((essence_of(auctions), found.alert and found.alert.name))
    etag = f'W/"{hashlib.sha256(essence.encode()).hexdigest()[:32]}"'
    return _conditional(request, answer, etag, None)


def _get_feed(token: str) -> Feed:
    found = find_feed_by_token(token)
    if found is None:
        raise Http404("This address leads to no feed; it may have been changed.")
    return found


def _conditional(
    request: HttpRequest, answer: HttpResponse, etag: str, modified_at: datetime | None
) -> HttpResponseBase:
    """The answer, or 304 to whoever has it; for nobody's index, and passed on to no page."""
    modified = int(modified_at.timestamp()) if modified_at else None
    answer["ETag"] = etag
    if modified_at:
        answer["Last-Modified"] = http_date(modified_at.timestamp())
    chosen = get_conditional_response(request, etag, modified, answer) or answer
    chosen["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    chosen["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    chosen["Referrer-Policy"] = "no-referrer"
    return chosen
