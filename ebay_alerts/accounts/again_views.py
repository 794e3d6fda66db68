"""The page that asks a user without password and second factor for a code in a mail."""

from allauth.account.internal.flows.reauthentication import resume_request
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ebay_alerts.accounts.asking_again import is_code_sent, send_code, take_code
from ebay_alerts.accounts.forms import AgainForm
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.kit import clock

_WRONG = "That is not the code, or it is too old."


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def again_by_mail(request: HttpRequest) -> HttpResponse:
    """A POST mails a code, or takes one and goes on to the page that was asked for."""
    user, now = signed_in_user(request.user), clock.now()
    if request.method != "POST":
        return _page(request, AgainForm())
    if "send" in request.POST:
        if limited := ratelimit.consume_or_429(
            request, action="request_login_code", key=user.email.lower()
        ):
            refusal: HttpResponse = limited
            return refusal
        send_code(request, user, now)
        return redirect(request.get_full_path())
    form = AgainForm(request.POST)
    if form.is_valid():
        if take_code(request, user, form.cleaned_data["code"], now):
            answer: HttpResponse | None = resume_request(request)
            return answer or redirect("security")
        form.add_error("code", _WRONG)
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: AgainForm, *, status: int = 200) -> HttpResponse:
    shown = {"form": form, "is_sent": is_code_sent(request, clock.now())}
    return render(request, "accounts/again_by_mail.html", shown, status=status)
