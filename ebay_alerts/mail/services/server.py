"""The mail server that the settings name, looked at before any mail is."""

from django.conf import settings

from ebay_alerts.mail.addresses import sender_address
from ebay_alerts.mail.smtp import parse_smtp_url, probe


def check_settings() -> None:
    """Raises BadMailSetting, which names the setting, where no mail could be sent."""
    parse_smtp_url(settings.SMTP_URL)
    sender_address(settings.MAIL_FROM)


def probe_mail_server() -> str:
    """Words about the mail server, which was connected to as for a mail. Raises ServerUnusable."""
    server = parse_smtp_url(settings.SMTP_URL)
    sender = sender_address(settings.MAIL_FROM)
    probe(server, sender)
    tls = "without TLS" if server.scheme == "smtp" else "under TLS"
    login = ", logged in" if server.user else ""
    return f"{server.host}:{server.port} answers {tls}{login} and takes mail from {sender}"
