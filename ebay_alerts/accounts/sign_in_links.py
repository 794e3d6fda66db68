"""Links that sign a user in once, for whoever starts the system to open on that machine."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ebay_alerts.accounts.errors import BadSignInLink
from ebay_alerts.accounts.models import SignInLink, User
from ebay_alerts.accounts.selectors import token_digest
from ebay_alerts.kit.turns import write_turn

VALID_FOR = timedelta(minutes=30)


def make_sign_in_link(user: User, now: datetime) -> str:
    """Good once, for `VALID_FOR`; earlier ones of the user lead nowhere any more.

    Its secret is random, of 256 bits, and looked up; so it needs no signature.
    """
    secret = secrets.token_urlsafe(32)
    with write_turn(), transaction.atomic():
        SignInLink.objects.filter(user=user).delete()
        SignInLink.objects.create(
            user=user, digest=token_digest(secret), expires_at=now + VALID_FOR
        )
    return str(settings.PUBLIC_URL + reverse("sign-in-once", args=[secret]))


def get_signed_in_by(secret: str, now: datetime) -> User:
    """Whom the link would sign in. Raises BadSignInLink."""
    link = (
        SignInLink.objects.select_related("user")
        .filter(digest=token_digest(secret), expires_at__gt=now, user__is_active=True)
        .first()
    )
    if link is None:
        raise BadSignInLink("This link was used already, or it is too old.")
    return link.user


def use_sign_in_link(secret: str, now: datetime) -> User:
    """Whom the link signs in, now and not again. Raises BadSignInLink.

    Of several that use it at once, the one whose DELETE counts has it.
    """
    with write_turn(), transaction.atomic():
        user = get_signed_in_by(secret, now)
        used, _ = SignInLink.objects.filter(digest=token_digest(secret)).delete()
        if not used:
            raise BadSignInLink("This link was used already, or it is too old.")
    return user
