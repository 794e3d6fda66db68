"""`ebay-alerts set-aside`."""

import click

from ebay_alerts.accounts.auditing import COMMAND_LINE
from ebay_alerts.kit import clock
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import set_aside as rows_set_aside
from ebay_alerts.web.retrying import note_retry, retry_rows, words_of


@click.command("set-aside")
@click.argument("action", type=click.Choice(["list", "retry"]))
@click.option("--kind", type=click.Choice(Kind.values), help="Those of this kind alone.")
@click.option("--traceback", is_flag=True, help="With where it was raised.")
def set_aside(action: str, kind: str | None, traceback: bool) -> None:
    """List the rows that are tried no more because they always fail (`list`), or have each tried
    once more (`retry`)."""
    chosen = Kind(kind) if kind else None
    now = clock.now()
    if action == "retry":
        count = retry_rows(now, chosen)
        note_retry(f"set aside: {kind or 'all'}", None, COMMAND_LINE, now)
        click.echo(f"{count} are tried once more; those that fail again are set aside again")
        return
    for aside in rows_set_aside().filter(**({"kind": kind} if kind else {})):
        click.echo(f"{aside.set_aside_at:%Y-%m-%d %H:%M:%S} {words_of(aside)}")
        if traceback:
            click.echo(aside.traceback)
