"""The API of a user's own tokens."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Status

from ebay_alerts.accounts.api import REFUSALS, get_user
from ebay_alerts.accounts.auditing import find_request_token, origin_of
from ebay_alerts.accounts.models import ApiToken
from ebay_alerts.accounts.token_schemas import NewTokenOut, TokenIn, TokenList
from ebay_alerts.accounts.tokens import create_token, revoke_token, tokens_of
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem

router = Router(tags=["account"])
TokenNumber = Annotated[
    int, Path(description="The `id` of a token of yours.", example=1, ge=1, le=2**63 - 1)
]


@router.get("/account/tokens", response={200: TokenList, **REFUSALS}, operation_id="list_tokens")
def list_tokens(request: HttpRequest) -> dict[str, Any]:
    """Your tokens, oldest first, with those that have expired."""
    items = [_fields(token) for token in tokens_of(get_user(request))]
    return {"items": items, "next": None}


@router.post(
    "/account/tokens",
    response={201: NewTokenOut, 409: Problem, **REFUSALS},
    operation_id="create_token",
)
def create(request: HttpRequest, body: TokenIn) -> Status[dict[str, Any]]:
    """Make a token, told this once. It may do no more than the one that asks, nor last longer."""
    token, text = create_token(
        get_user(request),
        find_request_token(request),
        clock.now(),
        scopes=body.scopes,
        name=body.name,
        expires_at=body.expires_at,
        origin=origin_of(request),
    )
    return Status(201, _fields(token) | {"token": text})


@router.delete(
    "/account/tokens/{int:token_id}",
    response={204: None, 404: Problem, **REFUSALS},
    operation_id="revoke_token",
)
def revoke(request: HttpRequest, token_id: TokenNumber) -> Status[None]:
    """Revoke a token, be it the one that asks: it is refused from now on."""
    revoke_token(get_user(request), token_id, clock.now(), origin_of(request))
    return Status(204, None)


def _fields(token: ApiToken) -> dict[str, Any]:
    names = ("id", "hint", "name", "created_at", "expires_at", "last_used_at")
    return {name: getattr(token, name) for name in names} | {"scopes": token.scope_list}
