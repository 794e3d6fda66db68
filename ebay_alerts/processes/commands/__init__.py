"""What `ebay-alerts` can be told to do; a command's module is imported when it is called."""

import importlib

import click
from django.conf import settings

from ebay_alerts import __version__
from ebay_alerts.mail.errors import BadMailSetting
from ebay_alerts.mail.services import check_settings
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.home import HomeInUse, using_home
from ebay_alerts.processes.logs import UnknownLevel, set_up_logging

COMMANDS = {
    "up": "embedded",
    "web": "site",
    "worker": "scaled",
    "scheduler": "scaled",
    "listener": "listening",
    "events": "listening",
    "migrate": "database",
    "etl": "history",
    "report": "reports",
    "token": "tokens",
    "lift-second-factor": "second_factors:lift",
    "test-mail": "test_mails:test_mail",
    "export": "exchange:export_alerts",
    "import": "exchange:import_file",
    "doctor": "doctor",
    "backup": "backups",
    "restore": "backups",
}


class _Commands(click.Group):
    """Imports the one command that is called: a token needs no mock, `up` no Celery."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, _, function = COMMANDS[cmd_name].partition(":")
        module = importlib.import_module(f"{__name__}.{module_name}")
        command: click.Command = getattr(module, function or cmd_name)
        return command


@click.group(name="ebay-alerts", cls=_Commands)
@click.version_option(__version__)
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Keyword alerts for eBay listings, by mail."""
    try:
        set_up_logging(settings.LOG_LEVEL, settings.LOG_FORMAT)
        check_settings()
        if ctx.invoked_subcommand != "restore":  # which wants the home folder alone
            ctx.with_resource(using_home(settings.HOME))
    except (UnknownLevel, BadMailSetting, HomeInUse) as error:
        raise Refusal(str(error)) from error
