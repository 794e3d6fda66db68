"""What an alert would find and mail, estimated from what is seen now; pure."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.gates import Gates

# More matches than that, or so many new ones a day, are more than anybody reads.
BROAD_MATCHES = 1_000
BROAD_NEW_PER_DAY = 200
_DAY = timedelta(days=1)
# New listings are counted over the last week, as far back as is seen.
LOOKED_BACK = timedelta(days=7)
_SHORTEST = timedelta(hours=1)


class Estimate(NamedTuple):
    """How many listings match now, whether that is exact, and how many new ones a day come."""

    matches: int
    is_exact: bool
    new_per_day: float


class Caution(NamedTuple):
    """Something to think about before the alert is kept; the code never changes."""

    code: str
    words: str
    suggested_minor: int | None = None


def extrapolated(matching: int, seen: int, total: int, *, is_complete: bool) -> tuple[int, bool]:
    """How many match of `total`, by the share among those seen; exact where all were."""
    if is_complete or not seen:
        return matching, is_complete
    return max(round(total * matching / seen), matching), False


def new_per_day(
    starts: Sequence[datetime | None], seen_since: datetime | None, now: datetime
) -> float:
    """From when the matching listings began. `seen_since` is the moment since which all that began
    and is still there was seen; None where everything was. Those that ended are not counted."""
    since = max(seen_since or now - LOOKED_BACK, now - LOOKED_BACK)
    since = min(since, now - _SHORTEST)
    recent = sum(1 for at in starts if at is not None and at >= since)
    return recent / ((now - since) / _DAY)


def mails_per_day(
    daily_news: float, interval_minutes: int, mail_when: str, instant_limit: int
) -> float:
    """How many mails news alone would make: at most one a slot, and none in a slot without news, by
    chance (Poisson). `instant_limit` is how many instant mails an hour there are at most."""
    if interval_minutes == 0:
        return min(daily_news, instant_limit * 24.0)
    slots = _DAY / timedelta(minutes=interval_minutes)
    return slots if mail_when == "always" else slots * -math.expm1(-daily_news / slots)


def cautions_of(
    estimate: Estimate, found: int, gates: Gates, lowest_minor: int | None
) -> list[Caution]:
    """`found` is how many listings match the keywords, whatever the gates; `lowest_minor` the
    lowest price seen of what passes the gates but for their limits."""
    cautions = []
    if not found:
        words = "Nothing on offer matches these keywords; look for a typing error, or wait for it."
        cautions.append(Caution("no_match", words))
    elif not estimate.matches and not _is_too_low(gates, lowest_minor):
        words = "Listings match the keywords, but none passes the gates."
        cautions.append(Caution("gates_refuse_all", words))
    if estimate.matches > BROAD_MATCHES or estimate.new_per_day > BROAD_NEW_PER_DAY:
        words = (
            f"This is broad: about {estimate.matches:,} listings, and"
            f" {estimate.new_per_day:,.0f} new ones a day. Add words, exclude some, or set limits."
        )
        cautions.append(Caution("too_broad", words))
    if _is_too_low(gates, lowest_minor):
        assert lowest_minor is not None, "it was compared"
        lowest = wording.money(lowest_minor, gates.currency)
        words = f"Nothing was ever seen here below {lowest}; that would be a target within reach."
        cautions.append(Caution("target_below_lowest", words, lowest_minor))
    return cautions


def _is_too_low(gates: Gates, lowest_minor: int | None) -> bool:
    return (
        gates.max_minor is not None and lowest_minor is not None and gates.max_minor < lowest_minor
    )
