"""`ebay-alerts token`."""

import click

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.services import ensure_user, issue_token
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases


@click.command()
@click.argument("email")
def token(email: str) -> None:
    """Print a new API token for EMAIL, who becomes a confirmed user if unknown.

    The token is shown this once; only its hash is kept.
    """
    migrate_databases()
    now = clock.now()
    try:
        user = ensure_user(email, now)
    except InvalidAddress as error:
        raise Refusal(str(error)) from error
    click.echo(issue_token(user, now))
