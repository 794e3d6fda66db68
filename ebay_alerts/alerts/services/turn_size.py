"""How many users' digests one transaction builds, so that it stays short on SQLite."""

FEWEST = 5
MOST = 50
# Half of the longest write that others are to wait for; large mails and slow machines vary.
TARGET_SECONDS = 0.035


class TurnSize:
    """Follows what turns took: what a turn costs beside its users is shared by as many as fit.

    Threads may share one: at worst a turn is a little longer or shorter.
    """

    def __init__(self) -> None:
        self.users = FEWEST

    def note(self, users: int, seconds: float) -> None:
        """A turn with so many users took so long."""
        if seconds > TARGET_SECONDS:
            fitting = int(users * TARGET_SECONDS / seconds)
        elif users >= self.users:
            fitting = 2 * self.users
        else:
            return  # a small turn does not say what a large one takes
        self.users = max(FEWEST, min(fitting, MOST))
