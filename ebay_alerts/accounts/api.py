"""Who is asking, by bearer tokens, and what users may say about themselves."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.security import HttpBearer

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import minute_words
from ebay_alerts.accounts.schemas import AccountOut, AccountPatch
from ebay_alerts.accounts.selectors import find_user_by_token
from ebay_alerts.accounts.services import read_quiet_hours, set_preferences
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem
from ebay_alerts.mail.selectors import find_suppression
from ebay_alerts.mail.suppressions import lift_suppression

router = Router(tags=["account"])
REFUSALS = {400: Problem, 401: Problem, 422: Problem}


class TokenAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`, with a token from `ebay-alerts token EMAIL`."""

    openapi_description = "A token from `ebay-alerts token EMAIL`."

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return find_user_by_token(token)


def get_user(request: HttpRequest) -> User:
    """The user of the request's token."""
    user = request.auth  # type: ignore[attr-defined]  # set by ninja's authentication
    assert isinstance(user, User), "the router is behind authentication"
    return user


@router.get("/account", response={200: AccountOut, **REFUSALS}, operation_id="get_account")
def get_account(request: HttpRequest) -> dict[str, Any]:
    """Who you are here, and when your price report comes."""
    return _fields(get_user(request))


@router.patch("/account", response={200: AccountOut, **REFUSALS}, operation_id="change_account")
def change_account(request: HttpRequest, body: AccountPatch) -> dict[str, Any]:
    """Change what is given, keep the rest."""
    given = body.dict(exclude_unset=True)
    quiet: dict[str, str | None] = {
        name: given.pop(name) for name in ("quiet_from", "quiet_until") if name in given
    }
    if quiet:
        given["quiet_hours"] = read_quiet_hours(get_user(request), quiet)
    return _fields(set_preferences(get_user(request), clock.now(), **given))


@router.post(
    "/account/lift-suppression",
    response={200: AccountOut, 429: Problem, **REFUSALS},
    operation_id="lift_suppression",
)
def lift(request: HttpRequest) -> dict[str, Any]:
    """Have mail go to your address again; what happened meanwhile comes then. Once a day."""
    user = get_user(request)
    lift_suppression(user.email, clock.now())
    return _fields(user)


def _fields(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "time_zone": user.time_zone,
        "report_frequency": user.report_frequency,
        "report_hour": user.report_hour,
        "next_report_at": user.report_due_at,
        "one_mail": user.one_mail,
        "text_only": user.text_only,
        "quiet_from": _time(user.quiet_from),
        "quiet_until": _time(user.quiet_until),
        "suppression": find_suppression(user.email, clock.now()),
    }


def _time(minute: int | None) -> str | None:
    return None if minute is None else minute_words(minute)
