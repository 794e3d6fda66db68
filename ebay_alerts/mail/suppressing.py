"""Which refusals speak of a dead address, and for how long it then gets no mail; pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

# After the first failure an address rests so long: its server may be broken for a night.
REST = timedelta(days=1)
# A failure of longer ago counts as none.
FORGOTTEN_AFTER = timedelta(days=30)
# A user may lift a suppression once in so long.
LIFT_EVERY = timedelta(days=1)

# RFC 3463, 3.2 and 3.3, without what is of the sender (5.1.7, 5.1.8) or of the one message
# (5.1.9, 5.2.3, 5.2.4); 5.1.10 is a domain that takes no mail (RFC 7505). 5.4.4 is a domain that
# does not exist, in the words of many servers.
_DEAD = frozenset(
    {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6", "5.1.10"}
    | {"5.2.0", "5.2.1", "5.2.2", "5.4.4"}
)
# RFC 5321, 4.2.3 and RFC 7504: no such mailbox or host. 552 and 554 may be of anything.
_DEAD_AT_RECIPIENT = frozenset({521, 550, 551, 553, 556})
_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")


@dataclass(frozen=True)
class Rest:
    """What is known of an address that failed: no mail before `until`, or none at all."""

    failures: int
    since: datetime
    until: datetime | None


def enhanced_code(words: str) -> str:
    """The enhanced status code that a reply begins with (RFC 2034, 4), or nothing."""
    found = _ENHANCED.match(words)
    return found[0] if found else ""


def find_code(words: str) -> str:
    """The first enhanced status code somewhere in words, or nothing."""
    found = _ENHANCED.search(words)
    return found[0] if found else ""


def is_dead(code: int, enhanced: str, *, at_recipient: bool) -> bool:
    """Whether a refusal for good speaks of the recipient's address.

    Where there is an enhanced code it has the word; a bare code says so at RCPT alone.
    """
    if enhanced:
        return enhanced in _DEAD
    return at_recipient and code in _DEAD_AT_RECIPIENT


def after_failure(known: Rest | None, sent_at: datetime, now: datetime) -> Rest:
    """The first failure gives a rest of a day; the next one, of a mail sent after it, has no end.

    What was sent before the rest was over says nothing new, however late its notice comes.
    """
    if known is None or (known.until and known.until <= now - FORGOTTEN_AFTER):
        return Rest(1, now, now + REST)
    failures = known.failures + 1
    if known.until is None or sent_at < known.until:
        return Rest(failures, known.since, known.until)
    return Rest(failures, now, None)
