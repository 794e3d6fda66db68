"""Writing users and tokens."""

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.encoding import punycode

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.models import ApiToken, User
from ebay_alerts.accounts.selectors import token_digest
from ebay_alerts.kit.turns import write_turn

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
TOKEN_PREFIX = "eba_"  # noqa: S105 - the public beginning of every token


def ensure_user(email: str, now: datetime) -> User:
    """The user with this address, whatever its case; created as confirmed where there is none.

    Raises InvalidAddress.
    """
    email = _checked(email)
    with write_turn():
        try:
            with transaction.atomic():
                return _find(email) or _create(email, now)
        except IntegrityError:  # somebody else made the user meanwhile
            return User.objects.get(email__iexact=email)


def _find(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()


def _create(email: str, now: datetime) -> User:
    user = User(email=email, confirmed_at=now, created_at=now)
    user.set_unusable_password()
    user.save()
    return user


def _checked(email: str) -> str:
    """The address in ASCII: other letters may look, or be folded, like those of somebody else."""
    local, _, domain = email.strip().rpartition("@")
    try:
        address = f"{local}@{punycode(domain)}"
        validate_email(address)
    except (ValidationError, UnicodeError) as error:
        raise InvalidAddress(f"{email!r:.80} is no e-mail address") from error
    if not address.isascii() or len(local) > LONGEST_LOCAL_PART or len(address) > LONGEST_ADDRESS:
        raise InvalidAddress(f"{email!r:.80} is no e-mail address that can be used")
    return address


def issue_token(user: User, now: datetime) -> str:
    """A new API token. The text returned here is its only copy."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with write_turn():
        ApiToken.objects.create(
            user=user, digest=token_digest(token), hint=token[:9], created_at=now
        )
    return token
