"""How long a time is, in words."""

from datetime import timedelta


def span_words(span: timedelta) -> str:
    """`12 minutes`, `3 hours`, `2 days`: one unit, rounded down, at least a minute."""
    minutes = max(int(span.total_seconds()) // 60, 1)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("a span has at least one minute")
