"""Reading users and tokens."""

import hashlib

from ebay_alerts.accounts.models import ApiToken, User


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_user_by_token(token: str) -> User | None:
    """The active user whom the token belongs to."""
    found = (
        ApiToken.objects.select_related("user")
        .filter(digest=token_digest(token), user__is_active=True)
        .first()
    )
    return found.user if found else None
