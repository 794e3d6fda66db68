"""What is done with several alerts of the list at once, and undoing it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.alerts.choosing import Choice
from ebay_alerts.alerts.deeds import DEEDS, carry_out, remember, undo
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services.several import delete_several
from ebay_alerts.alerts.shown import SNOOZES
from ebay_alerts.kit import clock

# As many as a user may tick on a page of the list, and more.
MOST = 1000


@login_required
@require_POST
def several(request: HttpRequest) -> HttpResponse:
    """Pause, resume, snooze or delete those that are ticked; deleting asks first."""
    user, now = signed_in_user(request.user), clock.now()
    ids, action = _ticked(request), request.POST.get("action", "")
    if not ids:
        messages.warning(request, "Tick the alerts first.")
    elif action == "delete":
        return _delete(request, user, ids, now)
    elif action in DEEDS:
        for words in do(request, user, action, ids):
            messages.error(request, words)
    return redirect(list_address(request))


def do(request: HttpRequest, user: User, deed: str, ids: list[int]) -> list[str]:
    """Do it, and keep what undoes it. Returns why some of it was not done."""
    now = clock.now()
    done = carry_out(user, deed, ids, days_of(request), now)
    remember(request.session, done, now)
    return done.refusals


def days_of(request: HttpRequest) -> int:
    """For how long to snooze: one of the choices."""
    given = request.POST.get("days", "")
    return next((days for days, _ in SNOOZES if str(days) == given), SNOOZES[0][0])


def list_address(request: HttpRequest) -> str:
    """The list as it was when the form was sent."""
    query = Choice.of(QueryDict(request.POST.get("query", "")[:1000]).dict()).query
    return f"{reverse('alerts')}?{query}" if query else reverse("alerts")


def _delete(request: HttpRequest, user: User, ids: list[int], now: datetime) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        alerts = alerts_of(user).filter(pk__in=ids).order_by("name")
        page = {"alerts": alerts, "query": request.POST.get("query", "")}
        return render(request, "alerts/delete_several.html", page)
    delete_several(user, ids, now)
    messages.success(request, "Deleted.")
    return redirect(list_address(request))


@login_required
@require_POST
def undo_last(request: HttpRequest) -> HttpResponse:
    """Undo what was done last, and show where it was done."""
    user = signed_in_user(request.user)
    ids = undo(user, request.session, clock.now())
    if request.POST.get("from") == "alert" and len(ids) == 1:
        return redirect("alert", ids[0])
    return redirect(list_address(request))


def _ticked(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("alert")[:MOST]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19]
