"""Writing users and tokens."""

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.models import ApiToken, User
from ebay_alerts.accounts.selectors import token_digest
from ebay_alerts.kit.turns import write_turn

TOKEN_PREFIX = "eba_"  # noqa: S105 - the public beginning of every token


def ensure_user(email: str, now: datetime) -> User:
    """The user with this address, whatever its case; created as confirmed where there is none.

    Raises InvalidAddress.
    """
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidAddress(f"{email!r:.80} is no e-mail address") from error
    with write_turn(), transaction.atomic():
        found = User.objects.filter(email__iexact=email).first()
        if found:
            return found
        user = User(email=email, confirmed_at=now, created_at=now)
        user.set_unusable_password()
        user.save()
        return user


def issue_token(user: User, now: datetime) -> str:
    """A new API token. The text returned here is its only copy."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with write_turn():
        ApiToken.objects.create(
            user=user, digest=token_digest(token), hint=token[:9], created_at=now
        )
    return token
