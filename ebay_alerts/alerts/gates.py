"""What an alert wants beyond its search; pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gates:
    """Price limits (inclusive, in minor units, without shipping) and the least change worth a mail.

    A figure in another currency than the limits' cannot be compared and does not pass them.
    """

    currency: str
    min_minor: int | None = None
    max_minor: int | None = None
    min_change_percent: int = 0

    def admit(self, minor: int, currency: str) -> bool:
        if self.min_minor is None and self.max_minor is None:
            return True
        return (
            currency == self.currency
            and (self.min_minor is None or minor >= self.min_minor)
            and (self.max_minor is None or minor <= self.max_minor)
        )

    def is_worth_telling(self, was_minor: int, now_minor: int) -> bool:
        """Whether a price moved, and by enough."""
        moved = abs(now_minor - was_minor)
        return moved > 0 and moved * 100 >= self.min_change_percent * was_minor
