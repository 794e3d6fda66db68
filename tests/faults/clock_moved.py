"""`ebay-alerts` under a wall clock that is as many seconds ahead as a file says: its path comes
first, then the command."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ebay_alerts.cli import main
from ebay_alerts.kit import clock


class MovedClock:
    def __init__(self, ahead: Path) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._ahead.read_text() or 0))


if __name__ == "__main__":
    clock.use(MovedClock(Path(sys.argv.pop(1))))
    main()
