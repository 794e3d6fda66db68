"""Snoozing one listing: a user is told nothing of it until a time, or for good."""

from datetime import datetime

from django.db import transaction

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.errors import UnknownListing
from ebay_alerts.alerts.models import Digest, Line, ListingSnooze
from ebay_alerts.alerts.selectors import find_visible_listing
from ebay_alerts.alerts.services.held import release
from ebay_alerts.alerts.services.keeping import lock_user
from ebay_alerts.alerts.services.withdrawing import take_back
from ebay_alerts.alerts.wishes import checked_snooze
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn

# Digests of a user that may wait in the outbox with a listing in them.
MOST_WAITING = 100


def snooze_listing(
    user: User, listing_id: int, until: datetime | None, now: datetime
) -> ListingSnooze:
    """Nothing of the listing is told until then, None for good; the net of what happens meanwhile
    comes afterwards. What waits in the outbox with it is taken back and told without it.

    Another snooze takes the place of one that is there. Raises UnknownListing for one that none of
    the user's alerts found, and InvalidAlert for a bad time.
    """
    until = checked_snooze(until, now, "until")
    if find_visible_listing(user, listing_id) is None:
        raise UnknownListing(f"There is no listing {listing_id}.")
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        ListingSnooze.objects.filter(user=user, until__lte=now).delete()
        snooze, _ = ListingSnooze.objects.update_or_create(
            user=user, listing_id=listing_id, defaults={"until": until, "created_at": now}
        )
        of_listing = Line.objects.filter(user=user, listing=listing_id, digest__isnull=False)
        waiting = Digest.objects.filter(
            pk__in=of_listing.values("digest"), message__sent_at__isnull=True
        )
        take_back(list(waiting.order_by("-pk")[:MOST_WAITING]), now)
        release(user.pk, listing_id, now)
    enqueue("alerts.digests")
    return snooze


def wake_listing(user: User, listing_id: int, now: datetime) -> None:
    """End its snooze, if there is one: what happened meanwhile comes at the next slots."""
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        snoozed = ListingSnooze.objects.filter(user=user, listing=listing_id)
        if snoozed.delete()[0]:
            release(user.pk, listing_id, now)
    enqueue("alerts.digests")
