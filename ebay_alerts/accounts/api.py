"""Who is asking, by bearer tokens, and what users may say about themselves."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Status
from ninja.security import HttpBearer

from ebay_alerts.accounts.address_changes import request_change
from ebay_alerts.accounts.addresses import add_address, get_address, resend_confirmation
from ebay_alerts.accounts.auditing import origin_of
from ebay_alerts.accounts.models import Address, User
from ebay_alerts.accounts.schedule import minute_words
from ebay_alerts.accounts.schemas import (
    AccountOut,
    AccountPatch,
    AddressChangeIn,
    AddressChangeOut,
    AddressIn,
    AddressList,
    AddressOut,
    TestMailOut,
)
from ebay_alerts.accounts.scopes import MEANINGS, openapi_path, scope_needed
from ebay_alerts.accounts.selectors import addresses_of, find_token
from ebay_alerts.accounts.services import read_quiet_hours, set_preferences
from ebay_alerts.accounts.test_mails import queue_test_mail
from ebay_alerts.accounts.tokens import check_scope, note_use
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem
from ebay_alerts.mail.models import Suppression
from ebay_alerts.mail.selectors import find_suppression, suppressions_of
from ebay_alerts.mail.suppressions import lift_suppression

router = Router(tags=["account"])
AddressId = Annotated[int, Path(description="The `id` of an address of yours.", example=1)]
REFUSALS = {400: Problem, 401: Problem, 422: Problem}


class TokenAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`, with a token from `ebay-alerts token EMAIL`."""

    openapi_description = "A token from `ebay-alerts token EMAIL`. Its scopes: " + "; ".join(
        f"`{scope}`: {meaning}" for scope, meaning in MEANINGS.items()
    )

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        found = find_token(token, clock.now())
        if found is None:
            return None
        request.api_token = found  # type: ignore[attr-defined]
        check_scope(found, scope_of(request))
        note_use(found, clock.now())
        return found.user


def scope_of(request: HttpRequest) -> str:
    """The scope that the operation needs which the request is for."""
    match = request.resolver_match
    return scope_needed(request.method or "", openapi_path(match.route if match else ""))


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


@router.get(
    "/account/addresses", response={200: AddressList, **REFUSALS}, operation_id="list_addresses"
)
def list_addresses(request: HttpRequest) -> dict[str, Any]:
    """Your other addresses, oldest first."""
    addresses = list(addresses_of(get_user(request)))
    why = suppressions_of([one.address for one in addresses], clock.now())
    items = [_address_fields(one, why.get(one.address.lower())) for one in addresses]
    return {"items": items, "next": None}


@router.post(
    "/account/addresses",
    response={201: AddressOut, 409: Problem, 429: Problem, **REFUSALS},
    operation_id="add_address",
)
def add(request: HttpRequest, body: AddressIn) -> Status[dict[str, Any]]:
    """Add an address. A mail asks its holder to confirm it; before that nothing else goes there."""
    user, origin = get_user(request), origin_of(request)
    address = add_address(user, body.address, clock.now(), origin)
    return Status(201, _one(address))


@router.post(
    "/account/addresses/{int:address_id}/resend",
    response={202: AddressOut, 429: Problem, 404: Problem, **REFUSALS},
    operation_id="resend_confirmation",
)
def resend(request: HttpRequest, address_id: AddressId) -> Status[dict[str, Any]]:
    """Ask once more for the confirmation."""
    return Status(202, _one(resend_confirmation(get_user(request), address_id, clock.now())))


@router.post(
    "/account/addresses/{int:address_id}/lift-suppression",
    response={200: AddressOut, 429: Problem, 404: Problem, **REFUSALS},
    operation_id="lift_suppression_of_address",
)
def lift_of_address(request: HttpRequest, address_id: AddressId) -> dict[str, Any]:
    """Have mail go there again; what happened meanwhile comes then. Once a day."""
    address = get_address(get_user(request), address_id)
    lift_suppression(address.address, clock.now())
    return _one(address)


@router.post(
    "/account/change-address",
    response={202: AddressChangeOut, 429: Problem, **REFUSALS},
    operation_id="change_address",
)
def change_address(request: HttpRequest, body: AddressChangeIn) -> Status[dict[str, Any]]:
    """Have a link sent to a new address of your account. It changes the address in a browser that
    is signed in as you, within a day; an address that has an account gets none. You are told."""
    change = request_change(get_user(request), body.address, clock.now(), origin_of(request))
    return Status(202, {"address": change.after, "expires_at": change.expires_at})


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


def _one(address: Address) -> dict[str, Any]:
    return _address_fields(address, find_suppression(address.address, clock.now()))


def _address_fields(address: Address, suppression: Suppression | None) -> dict[str, Any]:
    return {
        "id": address.pk,
        "address": address.address,
        "confirmed_at": address.confirmed_at,
        "created_at": address.created_at,
        "suppression": suppression,
    }
