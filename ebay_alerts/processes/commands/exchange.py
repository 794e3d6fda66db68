"""`ebay-alerts export` and `ebay-alerts import`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import UnreadableFile
from ebay_alerts.alerts.exchange import LARGEST_FILE, read_file, table_of
from ebay_alerts.alerts.lists import file_text
from ebay_alerts.alerts.services.importing import Outcome, import_alerts
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases

_FORMATS = click.Choice(["json", "csv"])


@click.command("export")
@click.option("--user", "email", required=True, help="The user's e-mail address.")
@click.option("--format", "form", type=_FORMATS, default="json", help="json (default) or csv.")
def export_alerts(email: str, form: str) -> None:
    """Print all alerts of a user as a file that an import takes."""
    user = _user(email)
    for text in file_text(table_of(user), as_csv=form == "csv"):
        click.echo(text, nl=False)


@click.command("import")
@click.option("--user", "email", required=True, help="The user's e-mail address.")
@click.option("--format", "form", type=_FORMATS, help="json or csv; by default as FILE ends.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, keep nothing.")
@click.option("--welcome", is_flag=True, help="Mail a welcome for each alert.")
@click.argument("file", type=click.File("rb"))
def import_file(email: str, form: str | None, dry_run: bool, welcome: bool, file: BinaryIO) -> None:
    """Keep the alerts of FILE (- for standard input), each bad row named.

    Exit code 1 if a row could not be kept, 2 if the file could not be read at all.
    """
    user = _user(email)
    is_csv = (form or Path(getattr(file, "name", "")).suffix.removeprefix(".").lower()) == "csv"
    body = file.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise Refusal(f"a file may have {LARGEST_FILE // 2**20} MiB; part it into several")
    try:
        reading = read_file(body, is_csv=is_csv)
    except UnreadableFile as error:
        raise Refusal(str(error)) from error
    now = clock.now()
    outcome = import_alerts(user, reading.rows, now, welcomes=welcome, is_dry=dry_run)
    outcome.faults = sorted([*reading.faults, *outcome.faults])
    for line in _faults(outcome):
        click.echo(line, err=True)
    for line in _duplicates(outcome):
        click.echo(line)
    click.echo(_sum(outcome, dry_run))
    raise SystemExit(1 if outcome.faults else 0)


def _faults(outcome: Outcome) -> Iterator[str]:
    for fault in outcome.faults:
        at = "" if fault.position is None else f" (at character {fault.position})"
        yield f"row {fault.row}: {fault.field}: {fault.reason}{at}"


def _duplicates(outcome: Outcome) -> Iterator[str]:
    for row, name, alert_id, first_row in outcome.duplicates:
        where = f"row {first_row} brings it" if alert_id is None else f"kept as alert {alert_id}"
        yield f"row {row}: passed over, {where}: {name}"


def _sum(outcome: Outcome, is_dry: bool) -> str:
    verb = "would be kept" if is_dry else "kept"
    passed_over, faults = len(outcome.duplicates), len(outcome.faults)
    return f"{outcome.imported:,} {verb}, {passed_over:,} passed over, {faults:,} with a fault"


def _user(email: str) -> User:
    migrate_databases()
    user = User.objects.filter(email__iexact=email.strip(), leaving_at__isnull=True).first()
    if user is None:
        raise Refusal(f"there is no user {email}")
    return user
