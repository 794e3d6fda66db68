"""What can go wrong with mail.

MailError
├── BadAddress        one message cannot be addressed
├── BadMailSetting    SMTP_URL or the sender cannot be used: the operator's to mend
└── ServerUnusable    no session with the mail server: nothing was tried with any message
"""


class MailError(Exception):
    """Base of this module's errors."""


class BadAddress(MailError):
    """The text is no e-mail address that one mail can be sent to."""


class BadMailSetting(MailError):
    """A setting for sending mail cannot be used; the text names it and shows no password."""


class ServerUnusable(MailError):
    """No session with the mail server: unreachable, no trusted TLS, or it refused us."""
