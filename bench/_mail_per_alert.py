"""The way of a task per alert: queries, EmailMessage and connection of its own for each."""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4

from django.conf import settings

from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.letters import Entry, Letter, Part, compose_digest
from ebay_alerts.alerts.models import Alert
from ebay_alerts.mail.addresses import sender_address
from ebay_alerts.mail.smtp import parse_smtp_url
from ebay_alerts.market.models import Membership, SearchChange

SENDER = "alerts@example.org"


def tell(alert_id: int, now: datetime) -> None:
    """One task: read, write the mail, hand it over, and note how far the alert is."""
    alert = Alert.objects.select_related("user", "search__fetch").get(pk=alert_id)
    letter = compose_digest(Part(alert, alert.search, _entries(alert)), now)
    send(message_of(letter, alert.user.email, now))
    alert.cursor, alert.mailed_at = alert.search.head, now
    alert.slot = alert.next_slot(now, alert.user.time_zone)
    alert.save(update_fields=["cursor", "mailed_at", "slot"])


def _entries(alert: Alert) -> list[Entry]:
    changes = SearchChange.objects.filter(search=alert.search, revision__gt=alert.cursor or 0)
    found = {
        row.listing_id: row
        for row in Membership.objects.filter(
            search=alert.search, listing__in=changes.values("listing")
        )
    }
    return [
        Entry.of(change.listing, found.get(change.listing_id), LineKind.APPEARED, None)
        for change in changes.select_related("listing")
    ]


def message_of(letter: Letter, address: str, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.MAIL_FROM, address, letter.subject
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{uuid4().hex}@example.org>"
    for name, value in letter.headers.items():
        mail[name] = value
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    return mail


def send(mail: EmailMessage) -> None:
    server = parse_smtp_url(settings.SMTP_URL)
    with smtplib.SMTP(server.host, server.port, local_hostname="bench.example") as connection:
        connection.send_message(mail, from_addr=sender_address(settings.MAIL_FROM))
