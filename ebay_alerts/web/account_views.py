"""The pages of an account as a whole: all that is kept, to be taken along or deleted."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ebay_alerts.accounts.errors import NotConfirmed
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.services import mark_leaving
from ebay_alerts.alerts.lists import JSON, stream
from ebay_alerts.kit import clock
from ebay_alerts.web.kept import document_of
from ebay_alerts.web.leaving import erase_user


@login_required
@never_cache
@require_safe
def export_account(request: HttpRequest) -> StreamingHttpResponse:
    user = signed_in_user(request.user)
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
