"""How long to wait before a failed thing is tried again."""

from datetime import timedelta
from random import Random

_random = Random()  # noqa: S311 - spreads retries, protects nothing


def retry_delay(
    failures: int, *, base: timedelta, cap: timedelta, random: Random = _random
) -> timedelta:
    """Doubling from `base` with every failure in a row up to `cap`, spread by up to a fifth.

    The spread keeps many clients that failed together from coming back together.
    """
    doubled = base * (1 << min(max(failures, 1) - 1, 20))
    return min(doubled, cap) * random.uniform(0.9, 1.1)
