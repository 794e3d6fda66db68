"""The page of what a user did with an alert, from which earlier settings are restored."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ebay_alerts.accounts.moments import past
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.change_words import deed_words, differences, is_same_wish, settings_of
from ebay_alerts.alerts.errors import DuplicateAlert, InvalidAlert
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.parts import found_alert, frame
from ebay_alerts.alerts.portions import portion
from ebay_alerts.alerts.selectors import history_of
from ebay_alerts.alerts.services import keeping
from ebay_alerts.alerts.services.history import wish_of
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit import clock
from ebay_alerts.kit.paging import BadCursor

CHANGES = 30


@login_required
@require_safe
def changes(request: HttpRequest, alert_id: int) -> HttpResponse:
    user, now = signed_in_user(request.user), clock.now()
    kept = found_alert(user, alert_id)
    try:
        rows, following = portion(
            history_of(user.pk, kept.pk), ("-pk",), request.GET.get("cursor"), CHANGES
        )
    except BadCursor as error:
        raise Http404(str(error)) from error
    shown = [_row(kept, change, now) for change in rows]
    page = {"changes": shown, "following": following, **frame(request, kept, "changes", now)}
    return render(request, "alerts/changes.html", page)


def _row(kept: Alert, change: AlertChange, now: datetime) -> dict[str, Any]:
    is_other = change.after is not None and not is_same_wish(change.after, wish_of(kept))
    return {
        "id": change.pk,
        "at": past(change.at, zone_of(kept.user.time_zone), now),
        "deed": deed_words(change.kind, change.before, change.after),
        "differences": differences(change.before, change.after),
        "can_restore": is_other,
    }


@login_required
@require_POST
def restore(request: HttpRequest, alert_id: int, change_id: int) -> HttpResponse:
    """The settings as they came to be by that change; whether it is paused stays as it is."""
    user = signed_in_user(request.user)
    kept = found_alert(user, alert_id)
    change = history_of(user.pk, kept.pk).filter(pk=change_id, after__isnull=False).first()
    if change is None or change.after is None:
        raise Http404("There is no such change.")
    try:
        keeping.change_alert(user, kept.pk, read_wish(settings_of(change.after)), clock.now())
    except (InvalidAlert, DuplicateAlert) as error:
        messages.error(request, f"Not restored. {error}")
    else:
        messages.success(request, "Restored: the alert is as it was then.")
    return redirect("alert-changes", kept.pk)
