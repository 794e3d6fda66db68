"""The page of a user's API tokens: which there are, a new one, shown once, and deleting one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.accounts.auditing import Origin, origin_at
from ebay_alerts.accounts.errors import TooManyTokens, UnknownToken
from ebay_alerts.accounts.scopes import SCOPES
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.tokens import create_token, revoke_token, tokens_of
from ebay_alerts.kit import clock


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request.user)
    made, refusal = "", ""
    if request.method == "POST":
        try:
            _, made = create_token(
                user,
                None,
                clock.now(),
                scopes=SCOPES,
                name="",
                expires_at=None,
                origin=_origin(request),
            )
        except TooManyTokens as error:
            refusal = str(error)
    shown = {"tokens": tokens_of(user), "made": made, "refusal": refusal}
    return render(request, "accounts/tokens.html", shown, status=409 if refusal else 200)


@login_required
@require_POST
def delete_token(request: HttpRequest, token_id: int) -> HttpResponse:
    user = signed_in_user(request.user)
    try:
        revoke_token(user, token_id, clock.now(), _origin(request))
    except UnknownToken as error:
        raise Http404(str(error)) from error
    return redirect("tokens")


def _origin(request: HttpRequest) -> Origin:
    return origin_at(request.META.get("REMOTE_ADDR", ""))
