"""`ebay-alerts etl`."""

import sys
from datetime import UTC, datetime
from typing import Any

import click

from ebay_alerts.analytics.errors import AnalyticsError
from ebay_alerts.analytics.services.etl import run_etl
from ebay_alerts.kit import clock
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases


@click.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Read again what was recorded from this day (UTC) on.",
)
@click.option("--rebuild", is_flag=True, help="Empty the analytics database and read everything.")
def etl(since: datetime | None, rebuild: bool) -> None:
    """Copy what is new into the analytics database and make its figures."""
    if since and rebuild:
        raise Refusal("--since and --rebuild exclude each other: a rebuild reads everything")
    migrate_databases()
    bar = _Bar()
    try:
        run = run_etl(clock.now(), bar.show, since.replace(tzinfo=UTC) if since else None, rebuild)
    except AnalyticsError as error:
        raise Refusal(str(error)) from error
    finally:
        bar.end()
    done = [f"{number:,} {name}" for name, number in run.counts.items() if number]
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
    click.echo(f"{', '.join(done) or 'nothing was new'}; {took:.1f} s")


class _Bar:
    """A progress bar for each source after the other, where somebody looks at a terminal."""

    def __init__(self) -> None:
        self._source = ""
        self._bar: Any = None

    def show(self, source: str, rows: int, at: int, mark: int) -> None:
        if not sys.stderr.isatty():
            return
        if source != self._source:
            self.end()
            self._source = source
            self._bar = click.progressbar(
                length=max(mark - at, 0) + rows, label=source, file=sys.stderr
            )
            self._bar.render_progress()
        self._bar.update(rows)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None
