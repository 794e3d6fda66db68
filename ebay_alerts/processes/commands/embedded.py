"""`ebay-alerts up`."""

import hashlib
from pathlib import Path

import click
from django.conf import settings

from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.embedded import EmbeddedSettings, run_embedded
from ebay_alerts.processes.serving import PortTaken, StartFailed


@click.command()
@click.option("--mock/--no-mock", default=None, help="Run the mock eBay in this process.")
@click.option("--inbox/--no-inbox", default=None, help="Run the mail inbox in this process.")
def up(mock: bool | None, inbox: bool | None) -> None:
    """Run the whole system in this process until Ctrl-C.

    The mock and the inbox run unless an eBay keyset and a mail server are given.
    """
    chosen = EmbeddedSettings(
        host=settings.HOST,
        port=settings.PORT,
        with_mock=settings.MOCK_IS_EBAY if mock is None else mock,
        mock_port=settings.MOCK_EBAY_PORT,
        mock_catalogue=_catalogue(),
        mock_live=settings.MOCK_EBAY_LIVE,
        mock_state=_mock_state(),
        with_inbox=settings.INBOX_IS_MAIL_SERVER if inbox is None else inbox,
        inbox_smtp_port=settings.INBOX_SMTP_PORT,
        inbox_http_port=settings.INBOX_HTTP_PORT,
        inbox_store=settings.HOME / "inbox.sqlite3",
    )
    try:
        run_embedded(chosen)
    except (PortTaken, StartFailed) as error:
        raise Refusal(str(error)) from error


def _catalogue() -> Path | None:
    given = settings.MOCK_EBAY_CATALOGUE
    if given and not Path(given).is_file():
        raise Refusal(f"MOCK_EBAY_CATALOGUE names {given}, which is no file")
    return Path(given).absolute() if given else None


def _mock_state() -> Path:
    """Each catalogue has a state of its own: an existing state wins over a catalogue."""
    if settings.MOCK_EBAY_STATE:
        return Path(settings.MOCK_EBAY_STATE)
    catalogue = _catalogue()
    suffix = f"-{hashlib.sha256(str(catalogue).encode()).hexdigest()[:8]}" if catalogue else ""
    return Path(settings.HOME / f"mock-ebay{suffix}.sqlite3")
