"""What can go wrong with accounts."""


class AccountError(Exception):
    """Base of this module's errors."""


class InvalidPreference(AccountError):
    """A preference cannot be what was given; the text says what to write instead."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class InvalidAddress(AccountError):
    """The text is no e-mail address that mail can be sent to."""


class TooManyConfirmations(AccountError):
    """So many confirmations went to the address, or from here, that it has to wait."""


class UnknownAddress(AccountError):
    """The user has no such address."""


class TooManyAddresses(AccountError):
    """The user has as many addresses as one may have."""


class TooManyTestMails(AccountError):
    """A test mail went to the address a short while ago."""


class BadConfirmation(AccountError):
    """The link confirms nothing: forged, too old, or of an address that is not used any more."""


class ReportTaken(AccountError):
    """The local date had its report turn."""


class NotConfirmed(AccountError):
    """The address that confirms a deletion is not the user's."""


class ScopeMissing(AccountError):
    """The token lacks the scope that the operation needs."""

    def __init__(self, scope: str, words: str = "") -> None:
        super().__init__(words or f"This token may not do that: it lacks the scope {scope}.")
        self.scope = scope


class InvalidToken(AccountError):
    """A new token cannot be what was asked for; the text says what to write instead."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class UnknownToken(AccountError):
    """The user has no such token."""


class TooManyTokens(AccountError):
    """The user has as many tokens as one may have."""


class NoSecondFactor(AccountError):
    """The user signs in without one."""


class BadSignInLink(AccountError):
    """The link signs nobody in: unknown, used already, or too old."""
