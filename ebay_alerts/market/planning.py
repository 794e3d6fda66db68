"""Which refreshes a fetch gets when it is due, and when it is due next; pure decisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ebay_alerts.kit.backoff import retry_delay

# News stop at what is known; after an outage they go back at most so many pages.
NEWS_PAGES = 5


class Refresh(StrEnum):
    """The kinds of refresh: newest first, by price, every page."""

    NEWS = "news"
    CHEAPEST = "cheapest"
    SWEEP = "sweep"


@dataclass(frozen=True)
class FetchState:
    """What the plan depends on. `total` is eBay's own count at the last refresh.

    `is_import`: its filling is one of many, for which no person waits at this moment.
    """

    is_filled: bool
    is_import: bool
    total: int | None
    refresh_every: timedelta
    swept_at: datetime | None
    cheapest_at: datetime | None


@dataclass(frozen=True)
class Pace:
    """What the budget of calls allows where one page does not show everything.

    Results of up to `sweep_depth` listings are swept, deeper ones read by price, each this often
    at most; None where the calls do not suffice for it.
    """

    sweep_depth: int
    sweep_every: timedelta | None
    cheapest_every: timedelta | None


def refreshes_due(state: FetchState, now: datetime, pace: Pace) -> list[Refresh]:
    """In the order in which to ask. A sweep reads newest first, so it brings the news as well."""
    fits = state.total is not None and state.total <= pace.sweep_depth
    if not state.is_filled:
        is_frugal = state.is_import and pace.cheapest_every is None
        return [Refresh.SWEEP] if is_frugal else [Refresh.SWEEP, Refresh.CHEAPEST]
    if fits and _is_due(state.swept_at, pace.sweep_every, state, now):
        return [Refresh.SWEEP]
    if not fits and _is_due(state.cheapest_at, pace.cheapest_every, state, now):
        return [Refresh.NEWS, Refresh.CHEAPEST]
    return [Refresh.NEWS]


def _is_due(
    last: datetime | None, every: timedelta | None, state: FetchState, now: datetime
) -> bool:
    if every is None:
        return False
    return last is None or now - last >= max(every, state.refresh_every)


def failure_delay(kind: str, failures: int) -> timedelta:
    """How long a fetch waits after its nth failure in a row.

    What eBay refused it will refuse again, so that is asked rarely.
    """
    base = timedelta(minutes=15) if kind == "rejected" else timedelta(seconds=10)
    return retry_delay(failures, base=base, cap=timedelta(hours=1))
