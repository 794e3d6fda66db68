"""`ebay-alerts report`."""

from datetime import date, datetime

import click

from ebay_alerts.accounts.errors import ReportTaken
from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import local_date
from ebay_alerts.analytics.errors import AnalyticsError
from ebay_alerts.analytics.services import reports
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases

NOTHING = "No price moved: there is nothing to tell, and no mail."


@click.command()
@click.option("--user", "email", required=True, help="The user's e-mail address.")
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --dry-run: the report of this date instead of today's, in the user's time zone.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
def report(email: str, on: datetime | None, dry_run: bool) -> None:
    """Send a user's price report now instead of at its hour, or print what it says."""
    if on and not dry_run:
        raise Refusal("--date goes with --dry-run: only today's report can be sent")
    migrate_databases()
    now = clock.now()
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise Refusal(f"there is no user {email}")
    today = local_date(now, user.time_zone)
    if on and on.date() > today:
        raise Refusal(f"{on.date()} is still to come; today is {today} in {user.time_zone}")
    if dry_run:
        _print(user, on.date() if on else today, now)
    else:
        _send(user, now)


def _print(user: User, on: date, now: datetime) -> None:
    try:
        draft = reports.preview(user, on, now)
    except AnalyticsError as error:
        raise Refusal(str(error)) from error
    if draft is None:
        click.echo(NOTHING)
    else:
        click.echo(f"To: {draft.to_address}\nSubject: {draft.subject}\n\n{draft.text}", nl=False)


def _send(user: User, now: datetime) -> None:
    try:
        is_sent = reports.send_now(user, now)
    except (AnalyticsError, ReportTaken) as error:
        raise Refusal(str(error)) from error
    click.echo(f"The report is on its way to {user.email}." if is_sent else NOTHING)
