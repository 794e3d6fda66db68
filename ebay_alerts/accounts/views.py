"""The page that confirms an address, opened by the signed link in the mail that asks for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.addresses import confirm_address as confirm_other
from ebay_alerts.accounts.confirming import get_confirmed_by, get_other_confirmed_by
from ebay_alerts.accounts.errors import BadConfirmation
from ebay_alerts.accounts.services import confirm
from ebay_alerts.kit import clock


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """A button, for mail scanners open links: the POST that it makes confirms."""
    try:
        user = (confirm if request.method == "POST" else get_confirmed_by)(token, clock.now())
    except BadConfirmation as error:
        page = {"reason": str(error)}
        return render(request, "accounts/confirm_address.html", page, status=404)
    shown = {"email": user.email, "is_confirmed": user.confirmed_at is not None}
    return render(request, "accounts/confirm_address.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_other_address(request: HttpRequest, token: str) -> HttpResponse:
    """Likewise, for another address of a user's."""
    read = confirm_other if request.method == "POST" else get_other_confirmed_by
    try:
        address = read(token, clock.now())
    except BadConfirmation as error:
        page = {"reason": str(error)}
        return render(request, "accounts/confirm_address.html", page, status=404)
    shown = {"email": address.address, "is_confirmed": address.confirmed_at is not None}
    return render(request, "accounts/confirm_address.html", shown)
