"""The mark that a seller is known by here: no name is kept."""

import hashlib
from functools import lru_cache

from django.conf import settings

MARK_LENGTH = 16


def mark_of(name: str) -> str:
    """The same for one seller's listings, and nothing that a name can be read from without this
    installation's secret key; empty for no name.

    Names are compared without regard to case, as they are typed either way; eBay gives no two
    users one name.
    """
    folded = name.strip().casefold()
    return _mark(folded, settings.SECRET_KEY) if folded else ""


@lru_cache(maxsize=8192)
def _mark(name: str, secret: str) -> str:
    key = hashlib.sha256(f"seller:{secret}".encode()).digest()
    keyed = hashlib.blake2b(name.encode(), key=key, digest_size=MARK_LENGTH // 2)
    return keyed.hexdigest()
