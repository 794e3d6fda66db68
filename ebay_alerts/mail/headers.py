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


def series_headers(name: str, domain: str) -> dict[str, str]:
    """Headers that are the same in all mails of a series, so that programs put them together.

    The root that all refer to is no mail: so each finds its place whichever arrived, or was kept,
    first (RFC 5322, 3.6.4). `name` is of letters, digits and hyphens, and for ever of this series;
    rules for filing can go by the List-Id (RFC 2919).
    """
    root = f"<{name}@{domain}>"
    return {"References": root, "In-Reply-To": root, "List-Id": f"<{name}.{domain}>"}


def _is_extra(name: str) -> bool:
    lowered = name.lower()
    own = lowered in _OWN or lowered.startswith(("content-", "mime-", "resent-"))
    return bool(_NAME.fullmatch(name)) and not own
