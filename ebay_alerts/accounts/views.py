"""The pages that make and confirm an account, and those that a link signs in by."""

from ipaddress import ip_address

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.addresses import confirm_address as confirm_other
from ebay_alerts.accounts.confirming import get_confirmed_by, get_other_confirmed_by
from ebay_alerts.accounts.errors import (
    BadConfirmation,
    BadSignInLink,
    InvalidAddress,
    TooManyConfirmations,
)
from ebay_alerts.accounts.forms import SignUpForm
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.services import confirm, request_confirmation
from ebay_alerts.accounts.sign_in_links import get_signed_in_by, use_sign_in_link
from ebay_alerts.kit import clock


@rate_limit(action="signup")  # type: ignore[untyped-decorator]  # allauth has no types
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Mails a link to the address; the answer is the same whether or not it has an account."""
    if request.user.is_authenticated:
        return redirect("alerts")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_confirmation(form.cleaned_data["email"], clock.now())
        except (InvalidAddress, TooManyConfirmations) as error:
            form.add_error("email", str(error))
        else:
            shown = {"email": form.cleaned_data["email"]}
            return render(request, "accounts/signed_up.html", shown)
    status = 422 if form.errors else 200
    return render(request, "accounts/sign_up.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """A button, for mail scanners open links: the POST that it makes confirms.

    Who confirms first is signed in: the mail shows whose address it is. Opened again, the link
    signs nobody in.
    """
    try:
        user = get_confirmed_by(token, clock.now())
        if request.method == "POST":
            is_first = user.confirmed_at is None
            user = confirm(token, clock.now())
            if is_first:
                _sign_in(request, user)
    except BadConfirmation as error:
        page = {"reason": str(error)}
        return render(request, "accounts/confirm_address.html", page, status=404)
    shown = {"email": user.email, "is_confirmed": user.confirmed_at is not None}
    return render(request, "accounts/confirm_address.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_other_address(request: HttpRequest, token: str) -> HttpResponse:
    """Likewise, for another address of a user's; it signs nobody in."""
    read = confirm_other if request.method == "POST" else get_other_confirmed_by
    try:
        address = read(token, clock.now())
    except BadConfirmation as error:
        page = {"reason": str(error)}
        return render(request, "accounts/confirm_address.html", page, status=404)
    shown = {"email": address.address, "is_confirmed": address.confirmed_at is not None}
    return render(request, "accounts/confirm_address.html", shown)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_once(request: HttpRequest, secret: str) -> HttpResponse:
    """A button, for programs open links that they see; the POST that it makes signs in, once.

    From this machine alone: others get the answer that is given where there is nothing.
    """
    if not _is_from_here(request):
        raise Http404("Sign-in links work on the machine that printed them.")
    try:
        if request.method != "POST":
            user = get_signed_in_by(secret, clock.now())
            return render(request, "accounts/sign_in_once.html", {"email": user.email})
        return _sign_in(request, use_sign_in_link(secret, clock.now()))
    except BadSignInLink as error:
        page = {"reason": str(error)}
        return render(request, "accounts/sign_in_once.html", page, status=404)


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """By allauth, which asks for the second factor of whoever has one; the answer leads there, or
    to the alerts."""
    answer: HttpResponse = perform_login(request, user, email=user.email)
    return answer


def _is_from_here(request: HttpRequest) -> bool:
    """The connection itself comes from this machine, and not for somebody behind a proxy."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
