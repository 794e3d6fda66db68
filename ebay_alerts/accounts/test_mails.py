"""A test mail: it shows a user that mails arrive, and an operator what the mail server answers."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ebay_alerts.accounts.errors import InvalidAddress, TooManyTestMails
from ebay_alerts.accounts.models import User
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.selectors import messages_to
from ebay_alerts.mail.services import Draft, queue_messages

# One mail to an address in so long.
EVERY = timedelta(minutes=10)
# The command waits no longer for its mail to leave.
FRESH_FOR = timedelta(minutes=5)
_KEY = "test:"


def queue_test_mail(user: User, now: datetime) -> Message:
    """A test mail on its way to the user, or failed where the address gets none.

    Raises TooManyTestMails.
    """
    with write_turn(), transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        recent = messages_to(user.email).filter(created_at__gt=now - EVERY)
        if recent.filter(key__startswith=_KEY).exists():
            minutes = EVERY // timedelta(minutes=1)
            raise TooManyTestMails(f"A test mail was sent within {minutes} minutes; wait a little.")
        message = _queue(_draft(user.email, "alerts", now), now)
    enqueue("mail.alerts")
    return message


def find_test_mail(user: User, now: datetime) -> Message | None:
    """The test mail that the user asked for last, within an hour."""
    recent = messages_to(user.email).filter(created_at__gt=now - timedelta(hours=1))
    return recent.filter(key__startswith=_KEY).order_by("-pk").first()


def queue_operators_mail(address: str, now: datetime) -> Message:
    """A test mail to any address, for the caller to deliver at once (`mail.tasks.deliver_tests`).

    Who calls this vouches for the address. Raises InvalidAddress.
    """
    with write_turn(), transaction.atomic():
        message = _queue(_draft(address, "tests", now), now)
    if not message.to_address.count("@"):
        raise InvalidAddress(f"{address!r:.80} is no e-mail address")
    return message


def _queue(draft: Draft, now: datetime) -> Message:
    ids = queue_messages([draft], now)
    return Message.objects.get(pk=ids[draft.key])


def _draft(address: str, queue: str, now: datetime) -> Draft:
    subject = "Test mail from eBay Alerts"
    rendered = render_mail("accounts/test_mail", {"subject": subject, "site": settings.PUBLIC_URL})
    return Draft(
        key=f"{_KEY}{uuid4()}",
        queue=queue,
        to_address=address,
        subject=subject,
        text=rendered.text,
        html=rendered.html,
        fresh_until=now + FRESH_FOR if queue == "tests" else None,
    )
