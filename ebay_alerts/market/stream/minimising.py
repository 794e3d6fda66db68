"""What may be kept of an event that cannot be read: nothing that says who sells."""

import re
from typing import Any

# eBay's words for people: `seller`, `sellerItemRevision`, `username`, `userId`, `eiasToken`.
_PERSONAL = ("seller", "user", "eias")
# Of a seller, a mail shows this alone.
_SHOWN = "feedbackPercentage"


def without_seller(body: Any) -> Any:
    """The body without every field that is named for a person, however deep it lies.

    The seller's share of positive feedback stays, so that an event tried again is read as it was.
    What is nested deeper than can be walked is not kept.
    """
    try:
        return _stripped(body)
    except RecursionError:
        return None


def _stripped(body: Any) -> Any:
    if isinstance(body, list):
        return [_stripped(part) for part in body]
    if not isinstance(body, dict):
        return body
    kept: dict[str, Any] = {}
    for name, value in body.items():
        if not any(word in name.lower() for word in _PERSONAL):
            kept[name] = _stripped(value)
        elif isinstance(value, dict) and _is_share(value.get(_SHOWN)):
            kept[name] = {_SHOWN: value[_SHOWN]}
    return kept


def _is_share(value: Any) -> bool:
    return re.fullmatch(r"[0-9.]{1,8}", str(value)) is not None
