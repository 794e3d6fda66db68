"""`ebay-alerts migrate`."""

import click
from django.core.management import call_command


@click.command()
def migrate() -> None:
    """Bring the database up to this version."""
    call_command("migrate", verbosity=1, interactive=False)
