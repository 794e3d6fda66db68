"""A user's API tokens: what one may do, when it was last used; made, listed and revoked."""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from ebay_alerts.accounts.auditing import Origin, record_event
from ebay_alerts.accounts.errors import ScopeMissing, TooManyTokens, UnknownToken
from ebay_alerts.accounts.models import ApiToken, AuditEvent, User
from ebay_alerts.accounts.selectors import token_digest
from ebay_alerts.accounts.services import issue_token
from ebay_alerts.kit.turns import write_turn

MOST = 50
# How far `last_used_at` may lag behind: a call that only reads writes at most so often.
USE_NOTED_EVERY = timedelta(minutes=5)

log = structlog.get_logger(__name__)


def check_scope(token: ApiToken, scope: str) -> None:
    """Raises ScopeMissing."""
    if scope not in token.scope_list:
        raise ScopeMissing(scope)


def note_use(token: ApiToken, now: datetime) -> None:
    """That the token is in use, where that was not noted for a while; no call fails over it."""
    since = now - USE_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > since:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=since)
    try:
        with write_turn(), transaction.atomic():
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    except DatabaseError:
        log.warning("use of a token not noted", exc_info=True)


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens, oldest first, with those that have expired."""
    return ApiToken.objects.filter(user=user).order_by("pk")


def create_token(
    user: User,
    granted_by: ApiToken | None,
    now: datetime,
    *,
    scopes: Collection[str],
    name: str,
    expires_at: datetime | None,
    origin: Origin,
) -> tuple[ApiToken, str]:
    """A token of the user's, and its text, which is told this once.

    It may do no more than the token that asks for it, and lasts no longer. Raises InvalidToken,
    ScopeMissing and TooManyTokens.
    """
    if granted_by is not None:
        for scope in scopes:
            check_grant(granted_by, scope)
        expires_at = min(filter(None, (expires_at, granted_by.expires_at)), default=None)
    with write_turn(), transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if ApiToken.objects.filter(user=user).count() >= MOST:
            raise TooManyTokens(f"You may have {MOST} tokens; revoke one first.")
        text = issue_token(
            user, now, scopes=scopes, name=name, expires_at=expires_at, origin=origin
        )
        return ApiToken.objects.get(digest=token_digest(text)), text


def check_grant(token: ApiToken, scope: str) -> None:
    """Raises ScopeMissing where the token would hand out what it has not."""
    if scope not in token.scope_list:
        words = f"This token cannot give the scope {scope}, which it has not itself."
        raise ScopeMissing(scope, words)


def revoke_token(user: User, token_id: int, now: datetime, origin: Origin) -> ApiToken:
    """The token as it was; from here on it is refused. Raises UnknownToken."""
    with write_turn(), transaction.atomic():
        token = ApiToken.objects.filter(user=user, pk=token_id).select_for_update().first()
        if token is None:
            raise UnknownToken(f"You have no token {token_id}.")
        ApiToken.objects.filter(pk=token.pk).delete()
        kind = AuditEvent.Kind.TOKEN_REVOKED
        record_event(kind, now, user=user, origin=origin, about=token.hint)
    return token
