"""Times as the mock keeps them, milliseconds of the epoch, and as eBay writes them."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """yyyy-MM-ddThh:mm:ss.sssZ"""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment.isoformat()[:19]}.{at % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Milliseconds of an ISO 8601 time, UTC where it names no zone, from 1971 to 9998.

    Raises ValueError for what is no such time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not 1970 < moment.year < 9999:
        raise ValueError(text)
    return int(moment.timestamp() * 1000)
