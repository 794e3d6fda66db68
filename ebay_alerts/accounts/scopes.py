"""What a token may do: its scopes, and which one each operation of the API needs. Pure."""

import re
from collections.abc import Iterable

READ = "read"
WRITE = "write"
ACCOUNT = "account"
SCOPES = (READ, WRITE, ACCOUNT)
# As they are kept: a list of words, as OAuth writes them (RFC 6749, 3.3).
EVERY_SCOPE = " ".join(SCOPES)
MEANINGS = {
    READ: "look at alerts, listings, prices, reports, feeds and channels",
    WRITE: "create, change and delete them, and change your preferences",
    ACCOUNT: "tokens, addresses, the audit log, export and deletion of the account",
}

_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# They take a body, and keep nothing.
_READING_PATHS = frozenset({"/api/alerts/preview", "/api/alerts/read-address"})
# With these somebody could stay in an account, take it along, or take it away.
_ACCOUNT_PATHS = (
    "/api/account/tokens",
    "/api/account/audit",
    "/api/account/export",
    "/api/account/change-address",
)
_OTHER_ADDRESSES = "/api/account/addresses"
_WHOLE_ACCOUNT = "/api/account"
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def scope_needed(method: str, path: str) -> str:
    """The scope that an operation needs, by its method and its path as OpenAPI writes it.

    What nobody thought of needs `write` unless it only reads.
    """
    if _is_of_account(method, path):
        return ACCOUNT
    if method in _READING_METHODS or path in _READING_PATHS:
        return READ
    return WRITE


def _is_of_account(method: str, path: str) -> bool:
    if path.startswith(_ACCOUNT_PATHS) or (method, path) == ("DELETE", _WHOLE_ACCOUNT):
        return True
    return path.startswith(_OTHER_ADDRESSES) and method not in _READING_METHODS


def openapi_path(route: str) -> str:
    """A route of Django's (`api/alerts/<int:alert_id>`) as OpenAPI writes it."""
    return "/" + _PLACE.sub(r"{\1}", route).lstrip("/")


def scopes_text(scopes: Iterable[str]) -> str:
    """Scopes as they are kept: in their order, each once. Raises ValueError for unknown ones."""
    given = set(scopes)
    if unknown := given - set(SCOPES):
        raise ValueError(f"there is no scope {min(unknown)}; there are {', '.join(SCOPES)}")
    return " ".join(scope for scope in SCOPES if scope in given)
