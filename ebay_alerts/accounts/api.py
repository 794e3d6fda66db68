"""Who is asking, by bearer tokens, and what users may say about themselves."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.security import HttpBearer

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schemas import AccountOut, AccountPatch, TestMailOut
from ebay_alerts.accounts.selectors import find_user_by_token
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.accounts.test_mails import queue_test_mail
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


@router.post(
    "/account/test-mail",
    response={202: TestMailOut, 429: Problem, **REFUSALS},
    operation_id="send_test_mail",
)
def send_test_mail(request: HttpRequest) -> Status[dict[str, Any]]:
    """Have a mail sent to you, to see that mails arrive. Once in ten minutes."""
    message = queue_test_mail(get_user(request), clock.now())
    answer = {"to": message.to_address, "state": message.state, "reason": message.reply or None}
    return Status(202, answer)


def _fields(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "time_zone": user.time_zone,
        "report_frequency": user.report_frequency,
        "report_hour": user.report_hour,
        "next_report_at": user.report_due_at,
        "suppression": find_suppression(user.email, clock.now()),
    }
