"""Missing listings: members of a fetch's searches that a complete sweep did not show.

Each is looked at by itself. One that has ended ends; one that is offered leaves the searches whose
sweeps go on missing it (`observing.has_left`), when it is recorded as seen.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Fetch, Listing, Membership
from ebay_alerts.market.observing import has_left
from ebay_alerts.market.services.bulk import update_rows
from ebay_alerts.market.services.recording import retried_on_deadlock

# A listing that a single check found alive is not looked at again for so long.
CONFIRMED_FOR = timedelta(hours=1)


class Sweep(NamedTuple):
    """A complete sweep: when it was sent, the legacy ids that it showed, and the references of what
    it showed in a shape that could not be read: these are looked at, but are not missed."""

    asked_at: datetime
    shown: Collection[str]
    unreadable: Collection[str] = ()


class Missing(NamedTuple):
    """Ids of listings that a sweep did not show; `leaving` are those that leave if offered."""

    listings: Collection[int] = ()
    leaving: Collection[int] = ()


def note_missing(fetch: Fetch, sweep: Sweep) -> Missing:
    """Note what a complete sweep did not show; returns the listings to check.

    What it showed is recorded already. Check when the sweep counts as made (`Fetch.swept_at`): a
    check before that proves nothing of it.
    """
    shown = _shown_among(sweep.unreadable)
    members = Membership.objects.filter(
        search__fetch=fetch, since__lt=sweep.asked_at, listing__ended_at=None
    )
    rows = members.values_list("listing", "listing__legacy_id", "missed_at")
    unseen = [row for row in rows if row[1] not in sweep.shown]
    unread = {pk for pk, legacy_id, _ in unseen if shown(legacy_id)}
    missed = {pk for pk, _, _ in unseen} - unread
    if unseen:
        _note(members, sweep.asked_at, missed, unread)
    long_missed = {pk for pk, _, at in unseen if has_left(at, sweep.asked_at, sweep.asked_at)}
    return Missing(missed | unread, long_missed - unread)


@retried_on_deadlock
def have_checked(missing: Missing, now: datetime) -> None:
    """Have these listings looked at, but those that a single check has found alive lately.

    A check that makes a listing leave is made all the same: it is the last one.
    """
    if not missing.listings:
        return
    is_unsure = Q(confirmed_at=None) | Q(confirmed_at__lt=now - CONFIRMED_FOR)
    wanted = is_unsure | Q(pk__in=missing.leaving)
    with write_turn():
        Listing.objects.filter(wanted, pk__in=missing.listings, ended_at=None).update(
            check_due_at=now
        )
    enqueue("market.checks")


@retried_on_deadlock
def _note(
    members: QuerySet[Membership],
    asked_at: datetime,
    missed: set[int],
    unread: set[int],
) -> None:
    """Locks the listings by id, then writes. What was observed since is missed since then."""
    with write_turn(), transaction.atomic():
        listings = Listing.objects.filter(pk__in=missed | unread, ended_at=None).order_by("pk")
        rows = listings.select_for_update(no_key=True).values_list("pk", "observed_at")
        observed = dict(rows)
        fresh = members.filter(listing__in=missed & observed.keys(), missed_at=None)
        since = [
            (pk, max(asked_at, observed[listing]))
            for pk, listing in fresh.values_list("pk", "listing")
        ]
        update_rows(Membership, ["missed_at"], since)
        members.filter(listing__in=unread).exclude(missed_at=None).update(missed_at=None)


def _shown_among(references: Collection[str]) -> Callable[[str], bool]:
    """Whether a legacy id is among references of the form `v1|LEGACY|VARIATION`.

    One of another form may be anything, so that everything may be among them.
    """
    parts = [reference.split("|") for reference in references]
    if any(len(part) != 3 for part in parts):
        return lambda legacy_id: True
    return {legacy_id for _, legacy_id, _ in parts}.__contains__
