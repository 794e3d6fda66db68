"""Dealing with rows so that one that always raises holds up no other.

Rows that are dealt with in one transaction go through `carry_out`: together while that works, else
each alone. Those that are dealt with one after the other anyway go through `trying`. Either way a
row that raises is put off for longer each time, and set aside after as many tries as the setting
says. A database that is away, a deadlock and a lost race count against nobody.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.kit.redaction import short_traceback
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.setbacks.errors import Passing, is_outage
from ebay_alerts.setbacks.models import Kind, Setback

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# Rows that failed, tried alone in one go.
TRIED = 20
# For so long a row that is being tried is not tried by anybody else.
HOLD = timedelta(minutes=2)
KEPT_FOR = timedelta(days=7)
# Rows that one statement has tried again.
RETRIED = 500
# Kinds that are noted at another work, and tried by it whenever they are not set aside.
_NOTED_ASIDE = (Kind.SEARCH,)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Work:
    """Rows of a kind. `together` passes over suspects and says how many it dealt with; after it
    raised, `apart` gives the ids to be tried one by one; `alone` deals with one, suspect or not."""

    kind: Kind
    together: Callable[[], int]
    apart: Callable[[], Iterable[int]]
    alone: Callable[[int], object]


def carry_out(work: Work, now: datetime) -> int:
    """Deal with what is due, and with what failed before and whose time has come, alone.

    Returns how many rows were dealt with, failed ones too. Raises what is an outage.
    """
    tried = _try_suspects(work, now)
    try:
        return tried + work.together()
    except Exception as error:  # whatever one row met, the others go on
        if is_outage(error):
            raise
        log.warning("not done together", kind=work.kind.value, reason=type(error).__name__)
    for row_id in work.apart():
        _try_alone(work, row_id, now)
        tried += 1
    return tried


@contextmanager
def trying(kind: Kind, row_id: int, now: datetime) -> Iterator[None]:
    """What is raised within is counted against the row and goes no further, but for outages."""
    try:
        yield
    except Passing as error:
        log.info("row passed over", kind=kind.value, row=row_id, reason=str(error))
    except Exception as error:
        if is_outage(error):
            raise
        note_failure(kind, row_id, error, now)


def note_failure(
    kind: Kind, row_id: int, error: BaseException, now: datetime, *, is_final: bool = False
) -> Setback:
    """Count a failure: the row waits, longer each time, or is set aside; at once if it `is_final`,
    since trying again could come to nothing else."""
    log.error("row failed", kind=kind.value, row=row_id, exc_info=error)
    first = {"since": now, "failed_at": now, "due_at": now, "traceback": ""}
    with write_turn(), transaction.atomic():
        rows = Setback.objects.select_for_update(no_key=True)
        setback, _ = rows.get_or_create(kind=kind, row_id=row_id, defaults=first)
        setback.failures += 1
        setback.failed_at, setback.traceback = now, short_traceback(error)
        setback.due_at = now + wait_after(setback.failures)
        if is_final or setback.failures >= settings.ROW_TRIES:
            setback.set_aside_at = setback.set_aside_at or now
        setback.save()
    if setback.set_aside_at:
        log.error("row set aside", kind=kind.value, row=row_id, failures=setback.failures)
    return setback


def wait_after(failures: int) -> timedelta:
    return retry_delay(failures, base=FIRST_WAIT, cap=LONGEST_WAIT)


def forget(kind: Kind, row_ids: Iterable[int]) -> None:
    """These rows were dealt with, or are gone."""
    with write_turn():
        Setback.objects.filter(kind=kind, row_id__in=list(row_ids)).delete()


def prune_setbacks(now: datetime) -> None:
    """Forget rows that nobody came to try again: they are gone, or were dealt with otherwise."""
    with write_turn():
        Setback.objects.filter(set_aside_at=None, due_at__lt=now - KEPT_FOR).delete()


def retry(rows: QuerySet[Setback], now: datetime) -> list[tuple[Kind, int]]:
    """Have those of these rows that are set aside tried once more; what fails again is set aside
    again. Returns their kinds and ids."""
    with write_turn(), transaction.atomic():
        aside = rows.filter(set_aside_at__isnull=False).select_for_update(no_key=True)
        found = list(aside.order_by("pk").values_list("pk", "kind", "row_id"))
        for start in range(0, len(found), RETRIED):
            portion = Setback.objects.filter(pk__in=[pk for pk, *_ in found[start:][:RETRIED]])
            portion.filter(kind__in=_NOTED_ASIDE).delete()
            one_try_left = settings.ROW_TRIES - 1
            portion.update(set_aside_at=None, due_at=now, failures=one_try_left)
    return [(Kind(kind), row_id) for _, kind, row_id in found]


def _try_suspects(work: Work, now: datetime) -> int:
    due = Setback.objects.filter(kind=work.kind, set_aside_at=None, due_at__lte=now)
    rows = list(due.order_by("due_at").values_list("pk", "row_id", "due_at")[:TRIED])
    return sum(_try_suspect(work, *row, now) for row in rows)


def _try_suspect(work: Work, pk: int, row_id: int, due_at: datetime, now: datetime) -> bool:
    """False where somebody else was quicker."""
    with write_turn():
        mine = Setback.objects.filter(pk=pk, due_at=due_at, set_aside_at=None)
        if not mine.update(due_at=now + HOLD):
            return False
    if _try_alone(work, row_id, now):
        forget(work.kind, [row_id])
    return True


def _try_alone(work: Work, row_id: int, now: datetime) -> bool:
    """Whether it did not fail."""
    with trying(work.kind, row_id, now):
        work.alone(row_id)
        return True
    return False
