"""Missing listings: members of a fetch's searches that a complete sweep did not show.

Each is looked at by itself. One that has ended ends; one that is offered leaves the searches whose
sweeps go on missing it (`observing.has_left`), when it is recorded as seen.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Fetch, Listing, Membership
from ebay_alerts.market.services.recording import retried_on_deadlock

# A listing that a single check found alive is not looked at again for so long.
CONFIRMED_FOR = timedelta(hours=1)


def note_missing(
    fetch: Fetch, asked_at: datetime, unreadable: Collection[str], now: datetime
) -> None:
    """Note what a complete sweep, sent at `asked_at`, did not show, and have it checked.

    What it showed was recorded as observed then or later. `unreadable` are the references of what
    it showed in a shape that could not be read: these are looked at, but are not missed.
    """
    _note(fetch, asked_at, unreadable, now)
    enqueue("market.checks")


@retried_on_deadlock
def _note(fetch: Fetch, asked_at: datetime, unreadable: Collection[str], now: datetime) -> None:
    """Locks the listings by id, then writes."""
    members = Membership.objects.filter(search__fetch=fetch)
    with write_turn(), transaction.atomic():
        unseen = list(
            Listing.objects.filter(
                pk__in=members.values("listing"), observed_at__lt=asked_at, ended_at__isnull=True
            )
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", "legacy_id", "confirmed_at")
        )
        if not unseen:
            return
        long_ago = now - CONFIRMED_FOR
        Listing.objects.filter(
            pk__in=[pk for pk, _, confirmed in unseen if confirmed is None or confirmed < long_ago]
        ).update(check_due_at=now)
        shown = _shown_among(unreadable)
        missed = [pk for pk, legacy_id, _ in unseen if not shown(legacy_id)]
        members.filter(listing__in=missed, missed_at=None, since__lt=asked_at).update(
            missed_at=asked_at
        )
        rest = {pk for pk, _, _ in unseen}.difference(missed)
        members.filter(listing__in=rest).exclude(missed_at=None).update(missed_at=None)


def _shown_among(references: Collection[str]) -> Callable[[str], bool]:
    """Whether a legacy id is among references of the form `v1|LEGACY|VARIATION`.

    One of another form may be anything, so that everything may be among them.
    """
    parts = [reference.split("|") for reference in references]
    if any(len(part) != 3 for part in parts):
        return lambda legacy_id: True
    return {legacy_id for _, legacy_id, _ in parts}.__contains__
