"""`ebay-alerts migrate`."""

import click

from ebay_alerts.processes.databases import migrate_databases


@click.command()
def migrate() -> None:
    """Bring the databases up to this version."""
    migrate_databases(verbosity=1)
