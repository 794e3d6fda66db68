"""Headers that a mail's author may add; pure."""

import re
from collections.abc import Mapping

from ebay_alerts.mail.wording import one_line

# A header line may have 998 octets (RFC 5322, 2.1.1); the name and folding take the rest.
LONGEST_HEADER = 900

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_OWN = frozenset(
    {"from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "auto-submitted"}
)


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that are not the outbox's own and fit on a line, each value on one line."""
    cleaned = {name: one_line(value) for name, value in headers.items() if _is_extra(name)}
    return {name: value for name, value in cleaned.items() if len(value.encode()) <= LONGEST_HEADER}


def _is_extra(name: str) -> bool:
    lowered = name.lower()
    own = lowered in _OWN or lowered.startswith(("content-", "mime-", "resent-"))
    return bool(_NAME.fullmatch(name)) and not own
