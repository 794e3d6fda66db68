"""How a command refuses."""

from typing import IO, Any

import click


class Refusal(click.ClickException):
    """One line that says what is wrong; exit code 2, as for wrong usage."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"ebay-alerts: {self.format_message()}", err=True, file=file)
