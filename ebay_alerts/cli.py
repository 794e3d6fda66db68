"""The `ebay-alerts` command: sets Django up, then hands over to the commands."""

import importlib
import os
import sys

import django

from ebay_alerts.processes.heaps import keep_few_heaps


def main() -> None:
    keep_few_heaps()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ebay_alerts.config.settings")
    try:
        django.setup()
    except ValueError as error:  # a setting in the environment that cannot be used
        sys.stderr.write(f"ebay-alerts: {error}\n")
        sys.exit(2)
    # The commands import models, which can only be imported once Django is set up.
    importlib.import_module("ebay_alerts.processes.commands").commands()
