"""`ebay-alerts backup` and `ebay-alerts restore`."""

from pathlib import Path

import click
from django.conf import settings

from ebay_alerts.kit import clock
from ebay_alerts.processes import backups
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.dumps import DumpFailed
from ebay_alerts.processes.home import HomeInUse, using_home


@click.command()
@click.argument("place", type=click.Path(path_type=Path))
def backup(place: Path) -> None:
    """Write both databases and the secret key into PLACE: a new file, or a folder for one."""
    now = clock.now()
    archive = backups.archive_in(place.absolute(), now)
    try:
        backups.back_up(archive, now)
    except (DumpFailed, OSError) as error:
        raise Refusal(str(error)) from error
    click.echo(f"{archive} ({archive.stat().st_size:,} bytes). It holds secrets: keep it safe.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also where there are databases: they are replaced.")
def restore(file: Path, force: bool) -> None:
    """Put the databases and the secret key of the backup FILE in place. Stop everything first."""
    try:
        with using_home(settings.HOME, alone=True):
            manifest = backups.restore(file.absolute(), over_existing=force)
    except backups.TargetInUse as error:
        raise Refusal(f"{error} With --force what is there is replaced.") from error
    except (HomeInUse, backups.BadBackup, DumpFailed) as error:
        raise Refusal(str(error)) from error
    click.echo(f"Restored what version {manifest.version} wrote at {manifest.made_at}.")
    if not settings.KEEPS_SECRET_KEY:
        click.echo("SECRET_KEY is set, and goes before the backup's: links made by that one end.")
