"""Bringing both databases up to this version."""

from django.core.management import call_command

# The module's name is also that of its database.
ANALYTICS = "analytics"


def migrate_databases(verbosity: int = 0) -> None:
    """Apply what migrations are missing in the operational database and in that of analytics."""
    call_command("migrate", verbosity=verbosity, interactive=False)
    call_command("migrate", ANALYTICS, database=ANALYTICS, verbosity=verbosity, interactive=False)
