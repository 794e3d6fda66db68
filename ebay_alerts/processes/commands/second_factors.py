"""`ebay-alerts lift-second-factor`."""

import click

from ebay_alerts.accounts.errors import NoSecondFactor
from ebay_alerts.accounts.second_factors import lift_second_factor
from ebay_alerts.accounts.selectors import find_user_by_address
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases


@click.command("lift-second-factor")
@click.argument("email")
def lift(email: str) -> None:
    """Have EMAIL sign in without a second factor, whose phone and recovery codes are lost.

    Make sure first who it is that asks. The audit log and a mail tell the user.
    """
    migrate_databases()
    user = find_user_by_address(email)
    if user is None:
        raise Refusal(f"there is no user {email}")
    try:
        lift_second_factor(user, clock.now())
    except NoSecondFactor as error:
        raise Refusal(str(error)) from error
    click.echo(f"{user.email} signs in without a second factor now.")
