"""What an operator has tried again, wherever it lies; each is noted in the audit log."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from ebay_alerts.accounts.auditing import Origin, record_event
from ebay_alerts.accounts.models import AuditEvent, User
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.mail.retrying import retry_messages, retry_posting
from ebay_alerts.market.services.listening import retry_dead
from ebay_alerts.market.tasks import search_registry
from ebay_alerts.setbacks.models import Kind, Setback
from ebay_alerts.setbacks.selectors import set_aside
from ebay_alerts.setbacks.services import retry

# The task that takes a row of that kind, to be hinted at.
_TASKS = {
    Kind.FETCH: "market.refresh",
    Kind.SEARCH: "market.refresh",
    Kind.CHECK: "market.checks",
    Kind.WELCOME: "alerts.welcome",
    Kind.WAKE: "alerts.wake",
    Kind.CLOCK: "alerts.digests",
    Kind.DIGEST: "alerts.digests",
    Kind.BIDS: "alerts.timed",
    Kind.REMINDER: "alerts.timed",
    Kind.WITHDRAWAL: "alerts.withdraw",
    Kind.MESSAGE: "mail.alerts",
    Kind.POSTING: "mail.channels",
    Kind.REPORT: "analytics.reports",
    Kind.ERASURE: "accounts.erase",
}


def retry_row(setback_id: int, now: datetime) -> bool:
    """Have a row that is set aside tried once more; False where it is not set aside."""
    return _retry(set_aside().filter(pk=setback_id), now) == 1


def retry_rows(now: datetime, kind: Kind | None = None) -> int:
    """Have all that are set aside tried once more, or those of a kind; returns how many."""
    return _retry(set_aside() if kind is None else set_aside().filter(kind=kind), now)


def _retry(rows: QuerySet[Setback], now: datetime) -> int:
    retried = retry(rows, now)
    retry_messages([row_id for kind, row_id in retried if kind is Kind.MESSAGE], now)
    for task in sorted({_TASKS[kind] for kind, _ in retried}):
        enqueue(task)
    return len(retried)


def retry_message(message_id: int, now: datetime) -> bool:
    return retry_messages([message_id], now) == 1


def retry_events() -> str:
    """Try all dead events again; says in words what came of it."""
    applied, dead = retry_dead(search_registry())
    return f"{applied} applied, {dead} still cannot be applied"


def words_of(aside: Setback) -> str:
    """`digest 17`, what that is, and what was raised."""
    return f"{aside.kind} {aside.row_id} ({kind_words(aside)}): {aside.reason}"


def kind_words(aside: Setback) -> str:
    return str(Kind(aside.kind).label)


def note_retry(what: str, operator: User | None, origin: Origin, now: datetime) -> None:
    record_event(AuditEvent.Kind.RETRIED, now, user=operator, origin=origin, about=what)


# What can be tried again one by one, by the name that the page sends.
RETRIES: dict[str, Callable[[int, datetime], bool]] = {
    "row": retry_row,
    "message": retry_message,
    "posting": retry_posting,
}
