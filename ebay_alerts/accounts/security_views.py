"""The pages about signing in: password, second factor, browsers that are signed in, audit log."""

from datetime import datetime, tzinfo
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ebay_alerts.accounts.audit_words import event_words
from ebay_alerts.accounts.auditing import events_of, origin_of
from ebay_alerts.accounts.browser_sessions import (
    SignedIn,
    end_other_sessions,
    end_session,
    sessions_of,
)
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.accounts.moments import past
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.second_factors import count_recovery_codes, find_factor
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.kit import clock

EVENTS, LATEST = 50, 8


@login_required
@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    zone = zone_of(user.time_zone)
    factor = find_factor(user)
    events = events_of(user).order_by("-pk")[:LATEST]
    shown = {
        "factor": past(factor.created_at, zone, now) if factor else None,
        "codes_left": count_recovery_codes(user),
        "sessions": [
            _session_row(one, zone, now)
            for one in sessions_of(user, request.session.session_key, now)
        ],
        "events": [_event_row(one, zone, now) for one in events],
    }
    return render(request, "accounts/security.html", shown)


def _session_row(one: SignedIn, zone: tzinfo, now: datetime) -> dict[str, Any]:
    return {
        "name": one.name,
        "browser": one.browser,
        "origin": one.origin,
        "since": past(one.since, zone, now),
        "seen": past(one.seen_at, zone, now),
        "is_this": one.is_this,
    }


def _event_row(event: AuditEvent, zone: tzinfo, now: datetime) -> dict[str, Any]:
    return {
        "words": event_words(event.kind, event.about),
        "at": past(event.at, zone, now),
        "origin": event.origin,
        "token": event.token,
    }


@login_required
@never_cache
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """What touched the security of the account, newest first."""
    user, now = signed_in_user(request.user), clock.now()
    zone = zone_of(user.time_zone)
    portion = Paginator(events_of(user).order_by("-pk"), EVENTS).get_page(request.GET.get("page"))
    shown = {
        "events": [_event_row(one, zone, now) for one in portion.object_list],
        "portion": portion,
    }
    return render(request, "accounts/audit_log.html", shown)


@login_required
@require_POST
def sign_out_browser(request: HttpRequest, name: str) -> HttpResponse:
    user = signed_in_user(request.user)
    if not end_session(user, name, clock.now(), origin_of(request)):
        raise Http404("You are not signed in there.")
    messages.success(request, "That browser is signed out.")
    return redirect("security")


@login_required
@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    user, own_key = signed_in_user(request.user), request.session.session_key
    ended = end_other_sessions(user, own_key, clock.now(), origin_of(request))
    browsers = f"{ended} other browser{'' if ended == 1 else 's'}"
    messages.success(
        request, f"{browsers} signed out." if ended else "You are signed in here only."
    )
    return redirect("security")
