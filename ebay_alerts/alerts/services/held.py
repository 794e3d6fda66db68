"""What alerts hold back: the rows that have them look at a listing again when its time comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.gates import Basis
from ebay_alerts.alerts.models import Alert, Digest, EndingReminder, HeldListing, Line
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import BidNews, Membership
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

# Auctions with new bids that are looked at in one transaction.
BIDS = 500


class Hold(NamedTuple):
    """Until when, and whether the listing was new to the alert when it was held back first; with
    the row's id where there is one."""

    due_at: datetime
    is_news: bool
    pk: int = 0


Holds = Mapping[tuple[int, int], Hold]


def held_of(alerts: Iterable[Alert]) -> dict[tuple[int, int], Hold]:
    """By alert and listing, what these alerts hold back, due or not."""
    rows = HeldListing.objects.filter(alert__in=[alert.pk for alert in alerts])
    return {
        (alert, listing): Hold(due_at, is_news, pk)
        for alert, listing, due_at, is_news, pk in rows.values_list(
            "alert", "listing", "due_at", "is_news", "pk"
        )
    }


def write_holds(holds: Holds, held: Holds, considered: Collection[int], now: datetime) -> None:
    """Hold back what these alerts held back now, and forget what came due and was considered.

    Call it in the transaction that moves their cursors. `held` is what was held before.
    """
    due = [hold.pk for key, hold in held.items() if key[0] in considered and hold.due_at <= now]
    if due:  # but for one that somebody has made due anew meanwhile
        HeldListing.objects.filter(pk__in=due, due_at__lte=now).delete()
    _upsert({key: hold for key, hold in holds.items() if key[0] in considered})


def hold_again(digests: Sequence[Digest], now: datetime) -> None:
    """Digests are taken back: what they told of before their range of the log was held until then,
    and is due again. Call it before their lines go."""
    lines = Line.objects.filter(
        digest__in=[digest.pk for digest in digests if digest.kind in Digest.TOLD],
        revision__lte=F("digest__from_revision"),
        alert__isnull=False,
    )
    _upsert(
        {
            (alert_id, listing_id): Hold(now, kind in (LineKind.APPEARED, LineKind.RELISTED))
            for alert_id, listing_id, kind in lines.values_list("alert", "listing", "kind")
        }
    )


def tell_again(digests: Sequence[Digest]) -> None:
    """Mails of endings are taken back: they are due again. Call it before their lines go."""
    endings = [digest.pk for digest in digests if digest.kind == Digest.Kind.ENDING]
    if not endings:
        return
    lines = set(Line.objects.filter(digest__in=endings).values_list("alert", "listing"))
    told = EndingReminder.objects.filter(
        alert__in={alert for alert, _ in lines}, listing__in={listing for _, listing in lines}
    )
    rows = told.values_list("pk", "alert", "listing")
    again = [pk for pk, alert, listing in rows if (alert, listing) in lines]
    EndingReminder.objects.filter(pk__in=again).update(told_at=None)


def _upsert(holds: Holds) -> None:
    if holds:
        HeldListing.objects.bulk_create(
            [
                HeldListing(alert_id=alert, listing_id=listing, due_at=due_at, is_news=is_news)
                for (alert, listing), (due_at, is_news, _) in sorted(
                    holds.items(), key=itemgetter(0)
                )
            ],
            update_conflicts=True,
            unique_fields=["alert", "listing"],
            update_fields=["due_at", "is_news"],
        )


def release(user_id: int, listing_id: int, now: datetime) -> None:
    """Have the user's alerts look at the listing at their next slots."""
    of_user = HeldListing.objects.filter(alert__user=user_id, listing=listing_id)
    of_user.filter(due_at__gt=now).update(due_at=now)


def due_hold(now: datetime) -> Subquery:
    """Of an alert, the first thing that it has to look at again; null for none."""
    due = HeldListing.objects.filter(alert=OuterRef("pk"), due_at__lte=now)
    return Subquery(due.values("pk")[:1])


def note_bids(now: datetime) -> int:
    """Have alerts look again at auctions that they told of and whose bid has passed their limit;
    returns on how many auctions there were bids."""
    every = BidNews.objects.order_by("noticed_at").values_list("listing", flat=True)
    unsuspected = every.exclude(listing__in=suspects(Kind.BIDS))
    return carry_out(
        Work(
            Kind.BIDS,
            together=lambda: _note_bids(unsuspected, now),
            apart=lambda: list(unsuspected[:BIDS]),
            alone=lambda listing_id: _note_bids(every.filter(listing=listing_id), now),
        ),
        now,
    )


def _note_bids(news: QuerySet[BidNews, int], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        ids = list(news[:BIDS])
        if not ids:
            return 0
        HeldListing.objects.bulk_create(
            [HeldListing(alert_id=a, listing_id=b, due_at=now) for a, b in sorted(_passed(ids))],
            update_conflicts=True,
            unique_fields=["alert", "listing"],
            update_fields=["due_at"],
        )
        BidNews.objects.filter(listing__in=ids).delete()
    return len(ids)


def _passed(listing_ids: Sequence[int]) -> set[tuple[int, int]]:
    """The alerts and those of these auctions whose bid is above what they told and above their
    limit."""
    told = Line.objects.filter(
        listing__in=listing_ids,
        listing__ended_at=None,
        listing__price_minor=None,
        alert__state=Alert.State.ACTIVE,
        alert__max_price_minor__isnull=False,
    )
    rows = set(
        told.values_list(
            *("alert", "alert__search", "alert__max_price_minor", "alert__price_basis"),
            *("listing", "listing__bid_minor"),
        )
    )
    found = Membership.objects.filter(search__in={row[1] for row in rows}, listing__in=listing_ids)
    shipping = {
        (search, listing): minor or 0
        for search, listing, minor in found.values_list("search", "listing", "shipping_minor")
    }
    return {
        (alert, listing)
        for alert, search, most, basis, listing, bid in rows
        if bid + (shipping.get((search, listing), 0) if basis == Basis.TOTAL else 0) > most
    }


def wake_held(now: datetime) -> int:
    """Give instant alerts a slot that have something to look at again; others have theirs.
    Returns how many."""
    asleep = Alert.objects.filter(state=Alert.State.ACTIVE, interval_minutes=0, slot=None)
    due = HeldListing.objects.filter(due_at__lte=now).values("alert")
    ids = list(asleep.filter(pk__in=due).order_by("user", "pk").values_list("pk", flat=True))
    if not ids:
        return 0
    with write_turn():
        woken = asleep.filter(pk__in=ids).update(slot=int(now.timestamp()))
    enqueue("alerts.digests")
    return woken
