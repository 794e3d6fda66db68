"""Sending price reports: once for a user and local date, whoever makes them and however often.

A report is claimed by a lease on its own row, so that workers share users out, and made without
any lock. What makes it one mail is decided under the user's row lock: that the turn still belongs
to that date; report, message and next turn are written then.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import report_date, users_with_report_due
from ebay_alerts.accounts.services import (
    advance_reports,
    bring_report_forward,
    claim_report_turns,
)
from ebay_alerts.analytics.errors import NoHistory
from ebay_alerts.analytics.models import Report
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.selectors import covered_day, users_being_reported
from ebay_alerts.analytics.services.etl import day_figured_by, is_behind
from ebay_alerts.analytics.services.report_charts import ChartRoom
from ebay_alerts.analytics.services.report_mails import write_mails
from ebay_alerts.analytics.services.report_making import Made, Turn, make_reports, turn_on
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import has_turns, write_turn
from ebay_alerts.mail.services import Draft, queue_messages
from ebay_alerts.setbacks.errors import is_outage
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

# Users whose reports are made together.
BATCH = 50
# Reports that are written in one transaction, where the database has one writer.
WRITTEN_A_TURN = 10
# Who has not written a report by then has died.
LEASE = timedelta(minutes=10)


@lru_cache(maxsize=1)
def chart_room() -> ChartRoom:
    """The process's own."""
    return ChartRoom()


def send_due(now: datetime) -> int:
    """Send the reports of up to `BATCH` users whose turn has come; returns how many were due.

    Those whom another worker was quicker to lease count, since others may still be free. Nothing is
    done while the ETL is behind: a report tells of the last day whole, and turns wait.
    """
    to_day = _figured_day(now)
    if to_day is None:
        return 0
    due = users_with_report_due(now).exclude(pk__in=users_being_reported(now))
    unsuspected = due.exclude(pk__in=suspects(Kind.REPORT))
    return carry_out(
        Work(
            Kind.REPORT,
            together=lambda: _send_all(unsuspected[:BATCH], to_day, now),
            apart=lambda: list(unsuspected.values_list("pk", flat=True)[:BATCH]),
            alone=lambda user_id: _send_all(due.filter(pk=user_id), to_day, now),
        ),
        now,
    )


def _send_all(users: QuerySet[User], to_day: int, now: datetime) -> int:
    """Returns how many users there were."""
    due = list(users)
    _send(due, to_day, now)
    return len(due)


def send_now(user: User, now: datetime) -> bool:
    """Send today's report of this user before its hour; whether there was anything to tell.

    Raises NoHistory while the ETL is behind, and ReportTaken where today had its turn.
    """
    to_day = _figured_day(now)
    if to_day is None:
        raise NoHistory("The last day is not figured yet. Run `ebay-alerts etl`.")
    bring_report_forward(user, now)
    return _send(users_with_report_due(now).filter(pk=user.pk), to_day, now) > 0


def _figured_day(now: datetime) -> int | None:
    """The day that reports tell of; None while it should be figured and is not."""
    return None if is_behind(now) else covered_day()


def preview(user: User, on: date, now: datetime) -> Draft | None:
    """What the report of this date says, or would have said, of what is on offer now; nothing is
    kept or sent. None if there is nothing to tell. Raises NoHistory before the first ETL."""
    covered = covered_day()
    if covered is None:
        raise NoHistory("No history is figured yet. Run `ebay-alerts etl`.")
    to_day = min(covered, day_figured_by(turn_on(user, on)))
    made = make_reports([Turn(user, on)], to_day, now)
    return write_mails(made, to_day, now, ChartRoom(keeps=False)).get(user.pk)


def _send(due: Iterable[User], to_day: int, now: datetime) -> int:
    """Returns how many of these users get a mail."""
    token = uuid4()
    turns = _claim(due, token, now)
    try:
        return _make_and_write(turns, to_day, token, now)
    except Exception as error:  # ours: each may be tried alone, at once
        if not is_outage(error):
            _release([turn.user.pk for turn in turns], token)
        raise


def _make_and_write(turns: Sequence[Turn], to_day: int, token: UUID, now: datetime) -> int:
    made = make_reports(turns, to_day, now)
    drafts = write_mails(made, to_day, now, chart_room())
    for portion in _portions(made):
        _write(portion, drafts, token, now)
    if drafts:
        enqueue("mail.reports")
    return len(drafts)


def _portions(made: Sequence[Made]) -> Iterator[Sequence[Made]]:
    size = WRITTEN_A_TURN if has_turns() else BATCH
    return (made[start : start + size] for start in range(0, len(made), size))


def _claim(due: Iterable[User], token: UUID, now: datetime) -> list[Turn]:
    """Lease the reports of these users, but for those that somebody else has."""
    by_date: dict[date, dict[int, User]] = defaultdict(dict)
    for user in due:
        by_date[report_date(user, now)][user.pk] = user
    leased = {"lease_token": token, "lease_until": now + LEASE}
    turns: list[Turn] = []
    for on, users in by_date.items():
        rows = [Report(user_id=pk, report_date=on, **leased) for pk in users]
        of_date = Report.objects.filter(user_id__in=users, report_date=on)
        with transaction.atomic(using=ANALYTICS):
            Report.objects.bulk_create(rows, ignore_conflicts=True)
            free = Q(lease_until=None) | Q(lease_until__lte=now)
            of_date.filter(free).update(**leased)
            mine = of_date.filter(lease_token=token).values_list("user_id", flat=True)
            turns += [Turn(users[pk], on) for pk in mine]
    return turns


def _write(made: Sequence[Made], drafts: Mapping[int, Draft], token: UUID, now: datetime) -> None:
    """Keep the reports, queue their mails and move the turns on, for those still due.

    The report goes first: should its commit be the last thing done here, the turn is still due and
    the report is made again, for earlier dates alone say what was told.
    """
    by_user = {one.turn.user.pk: one for one in made}
    with write_turn(), transaction.atomic():
        users = [
            user
            for user in claim_report_turns(now, len(made), by_user.keys())
            if report_date(user, now) == by_user[user.pk].turn.on
        ]
        _keep([by_user[user.pk].report for user in users if user.pk in drafts], token)
        queue_messages([drafts[user.pk] for user in users if user.pk in drafts], now)
        advance_reports(users, now)
        _release(by_user.keys(), token)


def _keep(reports: Sequence[Report], token: UUID) -> None:
    fields = ("from_day", "to_day", "falls", "rises", "moves", "alerts", "made_at")
    Report.objects.bulk_create(
        reports,
        update_conflicts=True,
        unique_fields=["user_id", "report_date"],
        update_fields=[*fields, "lease_token", "lease_until"],
    )


def _release(user_ids: Iterable[int], token: UUID) -> None:
    """Give up what is still leased: nothing is told, or somebody else took the turn."""
    leased = Report.objects.filter(user_id__in=list(user_ids), lease_token=token)
    leased.filter(made_at=None).delete()
    leased.update(lease_token=None, lease_until=None)
