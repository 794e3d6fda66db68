"""How often each fetch is refreshed so that the calls last until the reset; pure decisions.

While the budget lasts, each fetch is refreshed as often as its most eager alert asks. When it does
not, sweeps yield first, then reading by price, and then the intervals are stretched. Under a fixed
number of calls the most changes are seen early when a fetch is asked in proportion to the square
root of its rate of changes, within bounds: nobody waits longer than `LONGEST_SHARE` times the
interval that everybody would have if all were alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

SECONDS_A_DAY = 86_400
LONGEST_SHARE = 1.5
# Sweeps and reading by price that could come only so much more rarely than wished are left out.
MOST_STRETCH = 50.0

# Liveliness counts half powers of two of the changes a day: 0 for one in 16 days or fewer.
_SLOWEST = 1 / 16
MOST_LIVELY = 24
# A fetch of which nothing is known yet changes once a day.
UNKNOWN_RATE = 1.0
# A refresh weighs at most so much in the rate, however long the time that it looks back on.
MOST_WEIGHT = 0.3
MOST_CHANGES = 50


@dataclass(frozen=True)
class Demand:
    """Fetches that want the same: every `seconds`, at one liveliness.

    `by_price` of them are too deep to sweep and are read by price as well; `sweep_pages` are the
    pages of one sweep of all others, beyond the first, which a look for news costs anyway.
    """

    seconds: int
    liveliness: int
    fetches: int
    by_price: int = 0
    sweep_pages: int = 0


@dataclass(frozen=True)
class Wish:
    """How often, in seconds, results are swept and read by price where calls are plenty."""

    sweep_seconds: int
    cheapest_seconds: int


@dataclass(frozen=True)
class Stretch:
    """What a plan makes of the demand. Seconds and factors; a factor of None leaves it out.

    `base` is the interval of a fetch of liveliness 0, `longest` the bound for all; both 0 while
    nothing is stretched.
    """

    base: float = 0.0
    longest: float = 0.0
    cheapest: float | None = 1.0
    sweep: float | None = 1.0
    wanted_per_day: float = 0.0
    news_per_second: float = 0.0

    @property
    def is_scarce(self) -> bool:
        return self.base > 0


def stretch(demand: Sequence[Demand], calls: float, seconds: float, wish: Wish) -> Stretch:
    """How to make `calls` last `seconds`."""
    news = sum(one.fetches / one.seconds for one in demand)
    by_price = sum(one.by_price / max(one.seconds, wish.cheapest_seconds) for one in demand)
    sweeps = sum(one.sweep_pages / max(one.seconds, wish.sweep_seconds) for one in demand)
    wanted = (news + by_price + sweeps) * SECONDS_A_DAY
    left = max(calls, 0.0) / max(seconds, 1.0)
    if news > left:
        share = _even_interval(demand, left)
        longest = share * LONGEST_SHARE
        return Stretch(_base(demand, left, longest), longest, None, None, wanted, news)
    left -= news
    cheapest = _factor(by_price, left)
    left -= by_price / cheapest if cheapest else 0.0
    return Stretch(0.0, 0.0, cheapest, _factor(sweeps, left), wanted, news)


def until_reset(plan: Stretch, seconds: float) -> Stretch:
    """The same, but that nobody is put off for longer than those seconds: then there is more."""
    return replace(plan, longest=min(plan.longest, seconds))


def planned_seconds(plan: Stretch | None, seconds: int, liveliness: int) -> int:
    """How long a fetch that wants to be asked every `seconds` waits for its next refresh."""
    if plan is None or not plan.is_scarce:
        return seconds
    return math.ceil(_interval(plan.base, plan.longest, seconds, liveliness))


def rate_after(rate: float, changes: int, days: float) -> float:
    """The changes a day of a fetch, after a refresh that found so many in so many days.

    It forgets over about a day, or over some refreshes where they are days apart.
    """
    if days <= 0:
        return rate
    weight = min(-math.expm1(-days), MOST_WEIGHT)
    return rate + weight * (min(changes, MOST_CHANGES) / days - rate)


def liveliness_of(rate: float) -> int:
    if rate <= _SLOWEST:
        return 0
    return min(round(2 * math.log2(rate / _SLOWEST)), MOST_LIVELY)


def _interval(base: float, longest: float, seconds: int, liveliness: int) -> float:
    # The square root of the rate: half of a half power of two.
    return max(float(seconds), min(base / 2 ** (liveliness / 4), longest))


def _even_interval(demand: Sequence[Demand], rate: float) -> float:
    """The interval that everybody who wants to be asked more often would have."""
    if rate <= 0:
        return float(30 * SECONDS_A_DAY)
    counts: dict[int, int] = {}
    for one in demand:
        counts[one.seconds] = counts.get(one.seconds, 0) + one.fetches
    eager, rest = 0, sum(count / seconds for seconds, count in counts.items())
    for seconds in sorted(counts):
        eager += counts[seconds]
        rest -= counts[seconds] / seconds
        interval = eager / max(rate - rest, 1e-12)
        if interval >= seconds and all(other <= seconds or other >= interval for other in counts):
            return interval
    return eager / rate


def _base(demand: Sequence[Demand], rate: float, longest: float) -> float:
    """By bisection, the base at which the stretched intervals take `rate` calls a second."""
    low, high = 1.0, longest * 2 ** (MOST_LIVELY / 4)
    for _ in range(60):
        base = math.sqrt(low * high)
        taken = sum(
            one.fetches / _interval(base, longest, one.seconds, one.liveliness) for one in demand
        )
        low, high = (base, high) if taken > rate else (low, base)
    return high


def _factor(wanted: float, left: float) -> float | None:
    if wanted <= 0:
        return 1.0
    if left <= 0 or wanted / left > MOST_STRETCH:
        return None
    return max(wanted / left, 1.0)
