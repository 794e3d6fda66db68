"""What can go wrong with mail.

MailError
├── BadAddress        one message cannot be addressed
├── BadMailSetting    SMTP_URL or the sender cannot be used: the operator's to mend
├── ServerUnusable    no session with the mail server: nothing was tried with any message
├── LiftTooSoon       a suppression was lifted a moment ago
├── NoNotice          what came is no notice of a bounce or a complaint
├── BadChannel        a channel cannot be what was given
├── UnknownChannel    no channel of this user has that id
├── TooManyChannels   the user has as many as the operator allows
└── TooManyTests      so many test postings were asked for that the next has to wait
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


class BadChannel(MailError):
    """A channel cannot be what was given; `reason` says what to write instead, and no secret."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}.")
        self.field, self.reason = field, reason


class UnknownChannel(MailError):
    """This user has no channel of that id."""


class TooManyChannels(MailError):
    """The user has as many channels as one may have."""


class TooManyTests(MailError):
    """So many test postings were asked for in the last hour that the next one has to wait."""
