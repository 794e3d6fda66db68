"""What a mail is here: as it arrives, and as the list shows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as SMTP hands it over; `sender` is empty for a bounce."""

    received_at: datetime
    helo: str
    sender: str
    recipients: tuple[str, ...]
    source: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A stored mail without its source; `from_header` and `to_header` are decoded."""

    id: int
    received_at: datetime
    helo: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    from_header: str
    to_header: str
    size: int


@dataclass(frozen=True, slots=True)
class MailQuery:
    """Every part must hold: each of `containing` somewhere in the mail, the addresses in part."""

    containing: tuple[str, ...] = ()
    sender: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class MailPage:
    total: int
    start: int
    mails: tuple[Mail, ...]
