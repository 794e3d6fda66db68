"""What can go wrong with alerts."""

from datetime import datetime


class AlertError(Exception):
    """Base of this module's errors."""


class InvalidAlert(AlertError):
    """A field of an alert cannot be what was given; the text says what to write instead."""

    def __init__(self, field: str, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.position = position


class UnknownAlert(AlertError):
    """The user has no such alert."""


class UnknownListing(AlertError):
    """None of the user's alerts found such a listing."""


class UnknownFeed(AlertError):
    """The user made no address of this feed."""


class DuplicateAlert(AlertError):
    """The user keeps this alert already; `first_id` and `first_name` say which it is."""

    def __init__(self, first_id: int, first_name: str) -> None:
        super().__init__(f"You keep this alert already: {first_name!r} (id {first_id}).")
        self.first_id = first_id
        self.first_name = first_name


class UnreadableFile(AlertError):
    """A file of alerts has no rows that could be read one by one; the text says why."""


class NoJson(UnreadableFile):
    """It is not even JSON."""


class FileTooLarge(AlertError):
    """A file of alerts has more bytes than are taken at once."""


class NoPreview(AlertError):
    """eBay has to be asked and cannot be; the text says why, `until` from when on it can."""

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


class TooManyPreviews(AlertError):
    """The user had eBay asked for as many previews as one may in an hour."""

    def __init__(self, most: int, until: datetime) -> None:
        super().__init__(f"eBay is asked for {most:,} previews an hour; try again later.")
        self.until = until


class TooManyAlerts(AlertError):
    """The user keeps as many alerts as one may; the text says how many."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You may keep {most:,} alerts, and do; delete one that you need no more.")
