"""The pages of a user's addresses: that of the account, given another one, and those for alerts."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.accounts.address_changes import (
    cancel_change,
    find_pending,
    get_change_by,
    request_change,
)
from ebay_alerts.accounts.addresses import add_address, get_address, resend_confirmation
from ebay_alerts.accounts.asking_again import asks_again
from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.accounts.errors import (
    BadConfirmation,
    InvalidAddress,
    TooManyAddresses,
    TooManyConfirmations,
    UnknownAddress,
)
from ebay_alerts.accounts.models import Address, User
from ebay_alerts.accounts.moments import past, to_come
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import addresses_of, signed_in_user
from ebay_alerts.alerts.forms import AddressForm
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services.moving import delete_address, move_account
from ebay_alerts.kit import clock
from ebay_alerts.mail.errors import LiftTooSoon
from ebay_alerts.mail.selectors import suppressions_of
from ebay_alerts.mail.suppressions import lift_suppression


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """A POST adds another address, whose holder is mailed a link that confirms it."""
    user = signed_in_user(request.user)
    form = AddressForm(request.POST or None)
    if request.method != "POST":
        return _page(request, user, form)
    if form.is_valid():
        try:
            address = add_address(
                user, form.cleaned_data["address"], clock.now(), origin_of(request)
            )
        except (InvalidAddress, TooManyAddresses, TooManyConfirmations) as error:
            form.add_error("address", _sentence(error))
        else:
            if address.confirmed_at is None:
                messages.success(request, f"A link that confirms {address} is on its way there.")
            return redirect("addresses")
    return _page(request, user, form, status=422)


def _page(
    request: HttpRequest, user: User, form: AddressForm, *, status: int = 200
) -> HttpResponse:
    zone, now = zone_of(user.time_zone), clock.now()
    others = list(addresses_of(user))
    why = suppressions_of([user.email, *(one.address for one in others)], now)
    using = _alerts_by_address(user)
    pending = find_pending(user, now)
    shown = {
        "suppression": why.get(user.email.lower()),
        "pending": pending,
        "pending_until": to_come(pending.expires_at, zone, now) if pending else None,
        "rows": [
            {
                "id": one.pk,
                "address": one.address,
                "is_confirmed": one.confirmed_at is not None,
                "added": past(one.created_at, zone, now),
                "suppression": why.get(one.address.lower()),
                "alerts": using[one.pk],
            }
            for one in others
        ],
        "form": form,
    }
    return render(request, "alerts/addresses.html", shown, status=status)


def _alerts_by_address(user: User) -> dict[int | None, list[Alert]]:
    using: dict[int | None, list[Alert]] = defaultdict(list)
    for alert in alerts_of(user).filter(address__isnull=False).order_by("pk"):
        using[alert.address_id].append(alert)
    return using


def _found(request: HttpRequest, address_id: int) -> tuple[User, Address]:
    """Another user's address is as little there as none."""
    user = signed_in_user(request.user)
    try:
        return user, get_address(user, address_id)
    except UnknownAddress as error:
        raise Http404(str(error)) from error


@login_required
@require_POST
def resend(request: HttpRequest, address_id: int) -> HttpResponse:
    user, address = _found(request, address_id)
    try:
        resend_confirmation(user, address_id, clock.now())
    except TooManyConfirmations as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"Another link is on its way to {address}.")
    return redirect("addresses")


@login_required
@require_POST
def delete(request: HttpRequest, address_id: int) -> HttpResponse:
    user, address = _found(request, address_id)
    delete_address(user, address_id, clock.now(), origin_of(request))
    messages.success(request, f"{address} is deleted. Its alerts go to {user.email}.")
    return redirect("addresses")


@login_required
@require_POST
def lift(request: HttpRequest, address_id: int = 0) -> HttpResponse:
    """Have mail go there again; without a number, to the address of the account."""
    user = signed_in_user(request.user)
    email = _found(request, address_id)[1].address if address_id else user.email
    try:
        lift_suppression(email, clock.now())
    except LiftTooSoon as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"Mail goes to {email} again.")
    return redirect("addresses")


@asks_again
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponseBase:
    """Asks for another address of the account; nothing changes before it is confirmed there."""
    user = signed_in_user(request.user)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_change(user, form.cleaned_data["address"], clock.now(), origin_of(request))
        except (InvalidAddress, TooManyConfirmations) as error:
            form.add_error("address", _sentence(error))
        else:
            return redirect("addresses")
    status = 422 if form.errors else 200
    return render(request, "alerts/change_address.html", {"form": form}, status=status)


@login_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    cancel_change(signed_in_user(request.user))
    messages.success(request, "Your address stays as it is.")
    return redirect("addresses")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def use(request: HttpRequest, secret: str) -> HttpResponse:
    """A button, for mail scanners open links; the POST that it makes changes the address, once.

    Of who asked for it alone, signed in: a link that went to a wrong address gives nobody there the
    account.
    """
    user, now = signed_in_user(request.user), clock.now()
    try:
        pending = get_change_by(secret, user, now)
        if request.method == "POST":
            move_account(secret, user, now, origin_of(request))
            messages.success(request, f"Your address is {pending.after} from now on.")
            return redirect("addresses")
    except BadConfirmation as error:
        page: dict[str, Any] = {"reason": str(error)}
        return render(request, "alerts/use_address_change.html", page, status=404)
    return render(request, "alerts/use_address_change.html", {"change": pending})


def _sentence(error: Exception) -> str:
    return f"{str(error).removesuffix('.')}."
