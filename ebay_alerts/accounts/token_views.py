"""The page of a user's API tokens: which there are, a new one, shown once, and deleting one."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.accounts.errors import TooManyTokens, UnknownToken
from ebay_alerts.accounts.forms import TokenForm
from ebay_alerts.accounts.models import ApiToken, User
from ebay_alerts.accounts.moments import past
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.accounts.selectors import signed_in_user
from ebay_alerts.accounts.tokens import create_token, revoke_token, tokens_of
from ebay_alerts.kit import clock


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """A POST makes another token, which is shown in the answer, this once."""
    user = signed_in_user(request.user)
    if request.method != "POST":
        return _page(request, user, TokenForm())
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            return _page(request, user, TokenForm(), made=_make(request, user, form))
        except TooManyTokens as error:
            form.add_error(None, str(error))
            return _page(request, user, form, status=409)
    return _page(request, user, form, status=422)


def _make(request: HttpRequest, user: User, form: TokenForm) -> str:
    given, now = form.cleaned_data, clock.now()
    days = int(given["days"])
    _, made = create_token(
        user,
        None,
        now,
        scopes=given["scopes"],
        name=given["name"],
        expires_at=now + timedelta(days=days) if days else None,
        origin=origin_of(request),
    )
    return made


def _page(
    request: HttpRequest, user: User, form: TokenForm, *, made: str = "", status: int = 200
) -> HttpResponse:
    zone, now = zone_of(user.time_zone), clock.now()
    rows = [_row(one, zone, now) for one in tokens_of(user)]
    shown = {"rows": rows, "form": form, "made": made}
    return render(request, "accounts/tokens.html", shown, status=status)


def _row(token: ApiToken, zone: tzinfo, now: datetime) -> dict[str, Any]:
    return {
        "id": token.pk,
        "hint": token.hint,
        "name": token.name,
        "scopes": ", ".join(token.scope_list),
        "made": past(token.created_at, zone, now),
        "used": past(token.last_used_at, zone, now),
        "until": token.expires_at,
        "is_over": token.expires_at is not None and token.expires_at <= now,
    }


@login_required
@require_POST
def delete_token(request: HttpRequest, token_id: int) -> HttpResponse:
    user = signed_in_user(request.user)
    try:
        revoke_token(user, token_id, clock.now(), origin_of(request))
    except UnknownToken as error:
        raise Http404(str(error)) from error
    return redirect("tokens")
