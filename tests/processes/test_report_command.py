"""`ebay-alerts report`: what it prints, what it sends, and what it refuses."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from ebay_alerts.accounts.models import User
from ebay_alerts.mail.models import Message
from ebay_alerts.processes.commands import commands
from tests.alerts.conftest import desk
from tests.analytics.conftest import ann, days
from tests.analytics.mornings import Mornings

__all__ = ["ann", "days", "desk"]
pytestmark = pytest.mark.django_db(transaction=True)


def report(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["report", *arguments])


def fall_of(days: Mornings, ann: User) -> None:
    """Something that ann's report of today tells, before its hour."""
    days.desk.keep(ann)
    days.desk.put("a", 100)
    days.desk.start()
    days.morning()
    days.desk.put("a", 80)
    days.night()
    days.at(5)


def test_a_dry_run_prints_what_would_be_sent(days: Mornings, ann: User) -> None:
    fall_of(days, ann)
    result = report("--user", "ANN@example.com", "--dry-run")
    assert result.exit_code == 0
    assert "Subject: Wine a: down 20 %, now $80.00\n" in result.output
    assert not Message.objects.filter(queue="reports").exists()
    [mail] = days.reports(days.at(7, 1))
    assert result.output.endswith(mail.text)


def test_a_dry_run_prints_the_report_of_an_earlier_date(days: Mornings, ann: User) -> None:
    fall_of(days, ann)
    today = days.desk.now.date()
    days.morning()
    result = report("--user", ann.email, "--date", str(today), "--dry-run")
    assert "Wine a" in result.output
    yesterday = str(today - timedelta(days=1))
    result = report("--user", ann.email, "--date", yesterday, "--dry-run")
    assert (result.exit_code, result.output.strip()) == (
        0,
        "No price moved: there is nothing to tell, and no mail.",
    )


def test_without_a_dry_run_it_is_sent_once(days: Mornings, ann: User) -> None:
    fall_of(days, ann)
    assert "on its way to ann@example.com" in report("--user", ann.email).output
    again = report("--user", ann.email)
    assert again.exit_code == 2
    assert "already" in again.output
    assert days.reports(days.at(7, 1)) == []
    assert Message.objects.filter(queue="reports").count() == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--user", "nobody@example.com", "--dry-run"], "there is no user nobody@example.com"),
        (["--user", "ann@example.com", "--date", "2026-01-01"], "only today's report can be sent"),
        (["--user", "ann@example.com", "--date", "2999-01-01", "--dry-run"], "still to come"),
        (["--user", "ann@example.com", "--dry-run"], "No history is figured yet"),
        (["--user", "ann@example.com"], "The last day is not figured yet"),
        (["--user", "ann@example.com", "--date", "tomorrow", "--dry-run"], "tomorrow"),
        ([], "--user"),
    ],
)
def test_what_cannot_be_done_is_refused(
    days: Mornings,
    ann: User,
    arguments: list[str],
    reason: str,
) -> None:
    result = report(*arguments)
    assert result.exit_code == 2
    assert reason in result.output
