"""Secrets at rest: sealed with the site's own key, so that a copy of the database opens none."""

import base64
import hashlib
import hmac
from importlib import import_module
from typing import Any

from django.conf import settings


class Unsealable(ValueError):
    """It was sealed under another SECRET_KEY."""


def seal(text: str) -> str:
    return str(_box().encrypt(text.encode()).decode())


def unseal(sealed: str) -> str:
    """Raises Unsealable."""
    try:
        return str(_box().decrypt(sealed.encode()).decode())
    except _fernet().InvalidToken as error:
        raise Unsealable("it was stored under another SECRET_KEY; enter it again") from error


def _box() -> Any:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"ebay-alerts channels", hashlib.sha256)
    return _fernet().Fernet(base64.urlsafe_b64encode(key))


def _fernet() -> Any:
    """Imported at the first secret: it takes tens of milliseconds, and few have channels."""
    return import_module("cryptography.fernet")
