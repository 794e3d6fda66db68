"""The page of a user's API tokens: which there are, a new one, shown once, and deleting one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.accounts.selectors import signed_in_user, tokens_of
from ebay_alerts.accounts.services import issue_token, revoke_token
from ebay_alerts.kit import clock


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request.user)
    made = issue_token(user, clock.now()) if request.method == "POST" else ""
    shown = {"tokens": tokens_of(user), "made": made}
    return render(request, "accounts/tokens.html", shown)


@login_required
@require_POST
def delete_token(request: HttpRequest, token_id: int) -> HttpResponse:
    if not revoke_token(signed_in_user(request.user), token_id):
        raise Http404("You have no such token.")
    return redirect("tokens")
