"""`ebay-alerts token`."""

from datetime import timedelta

import click

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.scopes import SCOPES
from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases

LONGEST_NAME = 60


@click.command()
@click.argument("email")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What the token may do; may be given several times. By default everything.",
)
@click.option("--name", default="", help="What its user calls it, such as where it is used.")
@click.option("--days", type=click.IntRange(1, 36_500), help="Refuse it after so many days.")
def token(email: str, scopes: tuple[str, ...], name: str, days: int | None) -> None:
    """Print a new API token for EMAIL, who becomes a confirmed user if unknown.

    The token is shown this once; only its hash is kept.
    """
    if len(name) > LONGEST_NAME:
        raise Refusal(f"a name may have {LONGEST_NAME} characters")
    migrate_databases()
    now = clock.now()
    try:
        user = ensure_user(email, now)
    except InvalidAddress as error:
        raise Refusal(str(error)) from error
    expires_at = None if days is None else now + timedelta(days=days)
    click.echo(issue_token(user, now, scopes=scopes or SCOPES, name=name, expires_at=expires_at))
