"""Opening, changing and closing the secret addresses of feeds."""

import secrets
from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import UnknownAlert, UnknownFeed
from ebay_alerts.alerts.models import Alert, Feed
from ebay_alerts.alerts.services.keeping import lock_user
from ebay_alerts.kit.turns import write_turn

# Of 40 bits, random: that an address is new is enough, for it is signed.
_VERSIONS = 2**40


def open_feed(user: User, alert: Alert | None, now: datetime) -> Feed:
    """A new address for the feed of an alert or of all; the one before leads nowhere any more.

    Raises UnknownAlert.
    """
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        if alert and not Alert.objects.filter(pk=alert.pk, user=user).exists():
            raise UnknownAlert(f"There is no alert {alert.pk}.")
        feed, _ = Feed.objects.update_or_create(
            user=user,
            alert=alert,
            defaults={"version": secrets.randbelow(_VERSIONS), "created_at": now},
        )
    return feed


def close_feed(user: User, alert: Alert | None) -> None:
    """The address leads nowhere any more. Raises UnknownFeed."""
    with write_turn(), transaction.atomic():
        if not Feed.objects.filter(user=user, alert=alert).delete()[0]:
            raise UnknownFeed("There is no address of a feed here.")
