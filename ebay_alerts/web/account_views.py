"""The pages of an account as a whole: what is kept, to be taken or read along, or deleted."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ebay_alerts.accounts.auditing import origin_of, record_event
from ebay_alerts.accounts.errors import NotConfirmed
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.accounts.moments import past
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.services import mark_leaving
from ebay_alerts.alerts.errors import UnknownFeed
from ebay_alerts.alerts.links import calendar_link, feed_link
from ebay_alerts.alerts.lists import JSON, stream
from ebay_alerts.alerts.models import Feed
from ebay_alerts.alerts.services.feeding import close_feed, open_feed
from ebay_alerts.kit import clock
from ebay_alerts.web.kept import document_of
from ebay_alerts.web.leaving import erase_user


@login_required
@never_cache
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    feed = Feed.objects.filter(user=user, alert=None).first()
    shown = {
        "atom": feed_link(feed.pk, feed.version) if feed else "",
        "calendar": calendar_link(feed.pk, feed.version) if feed else "",
        "made": past(feed.created_at, zone_of(user.time_zone), now) if feed else None,
    }
    return render(request, "web/own_data.html", shown)


@login_required
@require_POST
def make_feed(request: HttpRequest) -> HttpResponse:
    """New addresses for all alerts together; those from before lead nowhere from then on."""
    open_feed(signed_in_user(request.user), None, clock.now())
    messages.success(request, "The addresses are new. Those from before lead nowhere.")
    return redirect("own-data")


@login_required
@require_POST
def end_feed(request: HttpRequest) -> HttpResponse:
    with suppress(UnknownFeed):
        close_feed(signed_in_user(request.user), None)
    messages.success(request, "The addresses lead nowhere any more.")
    return redirect("own-data")


@login_required
@never_cache
@require_safe
def export_account(request: HttpRequest) -> StreamingHttpResponse:
    user = signed_in_user(request.user)
    kind, origin = AuditEvent.Kind.ACCOUNT_EXPORTED, origin_of(request)
    record_event(kind, clock.now(), user=user, origin=origin)
    return stream(request, document_of(user), JSON, "account.json")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """Asks for the address, to see that it is meant; then nothing of the user is kept."""
    user, now = signed_in_user(request.user), clock.now()
    if request.method != "POST":
        return render(request, "web/delete_account.html", {})
    try:
        mark_leaving(user, request.POST.get("email", ""), now)
    except NotConfirmed as error:
        return render(request, "web/delete_account.html", {"refusal": str(error)}, status=422)
    logout(request)
    erase_user(user, now)
    return render(request, "web/account_deleted.html", {})
