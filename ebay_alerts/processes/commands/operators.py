"""`ebay-alerts operator`."""

import click

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.operators import end_operator, make_operator, operators
from ebay_alerts.accounts.services import ensure_user
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases


@click.command()
@click.argument("email", required=False)
@click.option("--end", is_flag=True, help="Make EMAIL a user like any other again.")
def operator(email: str | None, end: bool) -> None:
    """Make EMAIL an operator, who sees /status/ and /admin/; without EMAIL list the operators.

    EMAIL becomes a confirmed user if unknown, and signs in at the site like any other.
    """
    migrate_databases()
    if email is None:
        for user in operators():
            click.echo(user.email)
        return
    now = clock.now()
    try:
        user = ensure_user(email, now)
    except InvalidAddress as error:
        raise Refusal(str(error)) from error
    if end:
        end_operator(user, now)
        click.echo(f"{user.email} is no operator")
    else:
        make_operator(user, now)
        click.echo(f"{user.email} is an operator; sign in, then open /status/")
