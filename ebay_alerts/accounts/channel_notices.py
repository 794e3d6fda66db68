"""Mails that tell a user that a channel is suspended: mail is what still reaches them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import mailable_users, own_key
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.models import Channel
from ebay_alerts.mail.rendering import render_mail
from ebay_alerts.mail.selectors import known_keys, suspended_channels
from ebay_alerts.mail.services import Draft, as_wished, queue_messages

BATCH = 100
# A suspension that is older is no news: its user was told, or could not be.
TOLD_WITHIN = timedelta(days=3)


def tell_suspended(now: datetime) -> int:
    """Mail the users of channels that were suspended lately, once for each suspension; returns how
    many mails."""
    recent = suspended_channels().filter(suspended_at__gt=now - TOLD_WITHIN)
    channels = {_key(one): one for one in recent.order_by("suspended_at")}
    told = known_keys(channels)
    untold = [channel for key, channel in channels.items() if key not in told]
    users = mailable_users(now).in_bulk({one.user_id for one in untold})
    tellable = [one for one in untold if one.user_id in users][:BATCH]
    drafts = [_draft(one, users[one.user_id]) for one in tellable]
    if drafts:
        with write_turn(), transaction.atomic():
            queue_messages(drafts, now)
        enqueue("mail.alerts")
    return len(drafts)


def _key(channel: Channel) -> str:
    """One for each suspension; the outbox takes a key once."""
    assert channel.suspended_at is not None, "only suspended channels are told of"
    since = int(channel.suspended_at.timestamp())
    return f"{own_key(channel.user_id)}suspended:{channel.pk}:{since}"


def _draft(channel: Channel, user: User) -> Draft:
    subject = f"{channel.name} takes no alerts any more"
    context = {
        "subject": subject,
        "name": channel.name,
        "words": channel.words,
        "page": settings.PUBLIC_URL + reverse("channel", args=[channel.pk]),
        "site": settings.PUBLIC_URL,
    }
    rendered = render_mail("accounts/suspended_mail", context)
    draft = Draft(
        key=_key(channel),
        queue="alerts",
        to_address=user.email,
        subject=subject,
        text=rendered.text,
        html=rendered.html,
    )
    return as_wished(draft, text_only=user.text_only)
