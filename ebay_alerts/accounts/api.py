"""Who is asking: bearer tokens on the API."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import find_user_by_token


def user_of(request: HttpRequest) -> User:
    """The user of the request's token."""
    user = request.auth  # type: ignore[attr-defined]  # set by ninja's authentication
    assert isinstance(user, User), "the router is behind authentication"
    return user


class TokenAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`, with a token from `ebay-alerts token EMAIL`."""

    openapi_description = "A token from `ebay-alerts token EMAIL`."

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return find_user_by_token(token)
