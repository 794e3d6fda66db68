"""`ebay-alerts test-mail`."""

import click

from ebay_alerts.accounts.errors import InvalidAddress
from ebay_alerts.accounts.test_mails import queue_operators_mail
from ebay_alerts.kit import clock
from ebay_alerts.mail import tasks as mail
from ebay_alerts.mail.errors import MailError
from ebay_alerts.mail.services import erase_messages, probe_mail_server
from ebay_alerts.processes.commands.refusal import Refusal
from ebay_alerts.processes.databases import migrate_databases


@click.command("test-mail")
@click.argument("email")
def test_mail(email: str) -> None:
    """Send a mail to EMAIL through the mail server now, and say what that answered."""
    migrate_databases()
    try:
        click.echo(probe_mail_server())
    except MailError as error:
        raise Refusal(str(error)) from error
    try:
        message = queue_operators_mail(email, clock.now())
    except InvalidAddress as error:
        raise Refusal(str(error)) from error
    mail.deliver_tests()
    message.refresh_from_db()
    if message.sent_at is None:
        erase_messages([message.pk])  # which nobody else would send
        raise Refusal(f"the mail to {email} was not sent: {message.reply or message.state}")
    click.echo(f"It took the mail for {message.to_address}: {message.reply}")
