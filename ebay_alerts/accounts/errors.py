"""What can go wrong with accounts."""


class AccountError(Exception):
    """Base of this module's errors."""


class InvalidAddress(AccountError):
    """The text is no e-mail address that mail can be sent to."""
