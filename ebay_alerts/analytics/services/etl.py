"""The ETL: copies what is new from the operational database and makes the figures of its days.

It goes by watermarks, so it costs what changed since the last run; a run that was missed is made
up by the next, and one that died goes on where it ended.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Max

from ebay_alerts.alerts import models as alerts
from ebay_alerts.alerts.selectors import alert_changes_after
from ebay_alerts.analytics.day_figures import start_of
from ebay_alerts.analytics.errors import EtlIsRunning, HistoryIsAhead
from ebay_alerts.analytics.models import (
    AlertChange,
    EtlRun,
    Listing,
    ListingDay,
    Membership,
    PricePoint,
    Search,
    SearchDay,
    StaleSearch,
    Watermark,
)
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.services.loading import (
    ALERTS,
    ARRIVALS,
    PRICES,
    Loader,
    load_alert_changes,
    move_watermark,
    reached,
)
from ebay_alerts.analytics.services.retention import forget_old
from ebay_alerts.analytics.services.search_days import make_stale_days
from ebay_alerts.kit import clock
from ebay_alerts.kit.collector import paused_collector
from ebay_alerts.market import models as market
from ebay_alerts.market.selectors import history

PAGE = 50_000
SEARCHES = 200
# A run that says nothing for so long has died.
LEASE = timedelta(minutes=10)
FAILED_REST = timedelta(minutes=15)
# What a day brought has long been recorded by then.
SETTLED_AFTER = timedelta(minutes=15)
FIGURES = "searches figured"
FORGOTTEN = "forgotten"

State = EtlRun.State
# Told what is being done, how many rows more were done, and up to which id of which: source, rows,
# reached, mark.
Progress = Callable[[str, int, int, int], None]


_SomeRow = TypeVar("_SomeRow", bound=tuple[Any, ...])  # the id comes first
_COPIED: tuple[type[models.Model], ...] = (
    *(Watermark, StaleSearch, SearchDay, Membership, ListingDay, PricePoint),
    *(Listing, Search, AlertChange),
)


def is_due(now: datetime) -> bool:
    """Whether a day's run has not been made yet: its hour is past and no run began since.

    One that failed is tried again, after a while.
    """
    began = dict(EtlRun.objects.values_list("state").annotate(Max("started_at")))
    done, failed = began.get(State.DONE), began.get(State.FAILED)
    has_rested = failed is None or failed <= now - FAILED_REST
    return has_rested and (done is None or done < _last_due(now))


def _last_due(now: datetime) -> datetime:
    """The last moment at which a run was due: so long after the set hour that the day settled."""
    today = datetime.combine(now.astimezone(UTC).date(), time(settings.ETL_HOUR), UTC)
    due = today + SETTLED_AFTER
    return due if due <= now else due - timedelta(days=1)


def run_etl(
    now: datetime,
    progress: Progress = lambda source, rows, at, mark: None,
    since: datetime | None = None,
    rebuild: bool = False,
) -> EtlRun:
    """Copy and figure everything that is new; returns the run with its counts.

    `since` reads again what was recorded from that moment on; `rebuild` everything that the
    operational database still has. Raises EtlIsRunning and HistoryIsAhead.
    """
    run = _begin(now)
    counted = _Counted(run, progress)
    try:
        if rebuild:
            _forget_everything()
        elif since:
            _step_back(since)
        _copy(counted)
        for searches in make_stale_days():
            counted(FIGURES, searches, 0, 0)
        run.counts[FORGOTTEN] = forget_old(now)
    except BaseException as error:
        _end(run, State.FAILED, f"{type(error).__name__}: {error}")
        raise
    run.covered_day = _day(now - SETTLED_AFTER) - 1
    _end(run, State.DONE)
    return run


class _Counted:
    """Counts a run's rows, keeps its lease, and passes on how far it is."""

    def __init__(self, run: EtlRun, progress: Progress) -> None:
        self._run = run
        self._progress = progress

    def __call__(self, source: str, rows: int, at: int, mark: int) -> None:
        counts = self._run.counts
        counts[source] = counts.get(source, 0) + rows
        EtlRun.objects.filter(pk=self._run.pk).update(
            lease_until=clock.now() + LEASE, counts=counts
        )
        self._progress(source, rows, at, mark)


def _copy(counted: _Counted) -> None:
    loader = Loader()
    is_torn = reached(ARRIVALS) + 1 < history.oldest_change()
    mark = history.committed_mark(market.SearchChange)
    _copy_source(ARRIVALS, mark, history.arrivals_after, loader.load_arrivals, counted)
    if is_torn:
        _mend(loader, _day(clock.now()))
    mark = history.committed_mark(market.PricePoint)
    _copy_source(PRICES, mark, history.price_points_after, loader.load_prices, counted)
    mark = history.committed_mark(alerts.AlertChange)
    _copy_source(ALERTS, mark, alert_changes_after, load_alert_changes, counted)


def _copy_source(
    source: str,
    mark: int,
    read: Callable[[int, int, int], Sequence[_SomeRow]],
    load: Callable[[Sequence[_SomeRow]], None],
    counted: _Counted,
) -> None:
    at = reached(source)
    if mark < at:
        raise HistoryIsAhead(
            f"{source} were copied up to id {at}, but the operational database has given out {mark}"
            " only: it is another one, or an earlier state. Run `ebay-alerts etl --rebuild`."
        )
    while page := read(at, mark, PAGE):
        with paused_collector():  # looking for garbage among a page's rows takes a tenth more
            load(page)
        at = page[-1][0]
        counted(source, len(page), at, mark)
    if at < mark:  # nothing of what is left is copied
        move_watermark(source, mark)


def _mend(loader: Loader, today: int) -> None:
    """Where the log was pruned before it was read, memberships tell who is there."""
    at = 0
    while search_ids := history.search_ids_after(at, SEARCHES):
        loader.match_memberships(search_ids, history.memberships_of(search_ids), today)
        at = search_ids[-1]


def _begin(now: datetime) -> EtlRun:
    running = EtlRun.objects.filter(state=State.RUNNING)
    running.filter(lease_until__lt=now).update(
        state=State.LOST, finished_at=now, failure_reason="it was not heard of again"
    )
    try:
        with transaction.atomic(using=ANALYTICS):
            return EtlRun.objects.create(started_at=now, lease_until=now + LEASE)
    except IntegrityError:
        begun = running.values_list("started_at", flat=True).first()
        raise EtlIsRunning(f"The ETL that began at {begun} is still running.") from None


def _end(run: EtlRun, state: State, reason: str = "") -> None:
    run.state, run.finished_at, run.failure_reason = state, clock.now(), reason[:500]
    run.save()


def _forget_everything() -> None:
    with transaction.atomic(using=ANALYTICS):
        for model in _COPIED:
            model._default_manager.all().delete()


def _step_back(since: datetime) -> None:
    """Forget the prices recorded from the start of that UTC day on, to read them again.

    As they are read, the searches that find them are noted as stale.
    """
    day = _day(since)
    first = history.first_point_since(datetime.fromtimestamp(start_of(day), UTC))
    if first is None or first > reached(PRICES):
        return
    with transaction.atomic(using=ANALYTICS):
        PricePoint.objects.filter(id__gte=first).delete()
        ListingDay.objects.filter(day__gte=day).delete()
        move_watermark(PRICES, first - 1)


def _day(moment: datetime) -> int:
    return moment.astimezone(UTC).toordinal()
