"""The operators' page: how the system does, and buttons to try again what failed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.operators import is_operator
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.kit import clock
from ebay_alerts.web.retrying import RETRIES, note_retry, retry_events, retry_rows
from ebay_alerts.web.status import failures, groups


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    _operator(request)
    now = clock.now()
    shown = {"groups": groups(now), "now": now, "failed": failures()}
    return render(request, "web/status.html", shown)


@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """One row, message or posting by its id, or all rows or events."""
    operator, now = _operator(request), clock.now()
    what, number = request.POST.get("what", ""), request.POST.get("id", "")
    if what == "events":
        words, about = retry_events(), "dead events"
    elif what == "rows":
        words, about = f"{retry_rows(now)} are tried once more", "set aside: all"
    else:
        words, about = _retry_one(what, number), f"{what} {number}"
    note_retry(about, operator, origin_of(request), now)
    messages.success(request, f"{words}.")
    return redirect("status")


def _retry_one(what: str, number: str) -> str:
    if what not in RETRIES or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404("There is nothing of that kind.")
    if RETRIES[what](int(number), clock.now()):
        return "It is tried once more"
    return "It is not to be tried any more: somebody did, or it is gone"


def _operator(request: HttpRequest) -> User:
    """To everybody else these pages are not there."""
    if not is_operator(request.user):
        raise Http404("There is nothing here.")
    return signed_in_user(request.user)
