"""What can go wrong with mail.

MailError
├── BadAddress        one message cannot be addressed
├── BadMailSetting    SMTP_URL or the sender cannot be used: the operator's to mend
├── ServerUnusable    no session with the mail server: nothing was tried with any message
├── LiftTooSoon       a suppression was lifted a moment ago
└── NoNotice          what came is no notice of a bounce or a complaint
"""

from datetime import datetime


class MailError(Exception):
    """Base of this module's errors."""


class BadAddress(MailError):
    """The text is no e-mail address that one mail can be sent to."""


class BadMailSetting(MailError):
    """A setting for sending mail cannot be used; the text names it and shows no password."""


class ServerUnusable(MailError):
    """No session with the mail server: unreachable, no trusted TLS, or it refused us."""


class LiftTooSoon(MailError):
    """A suppression is lifted at most once a day; `again_at` is when it may be the next time."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"Lifted once a day at most; again from {again_at:%d %B, %H:%M} UTC on.")
        self.again_at = again_at


class NoNotice(MailError):
    """The text is neither a delivery status notification nor a report of abuse."""
