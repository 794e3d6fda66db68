"""What alerts hold back: the rows that have them look at a listing again when its time comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef

from ebay_alerts.alerts.fold import LineKind
from ebay_alerts.alerts.models import Alert, Digest, EndingReminder, HeldListing, Line
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn


class Hold(NamedTuple):
    """Until when, and whether the listing was new to the alert when it was held back first."""

    due_at: datetime
    is_news: bool


Holds = Mapping[tuple[int, int], Hold]


def held_of(alerts: Iterable[Alert]) -> dict[tuple[int, int], Hold]:
    """By alert and listing, what these alerts hold back, due or not."""
    rows = HeldListing.objects.filter(alert__in=[alert.pk for alert in alerts])
    return {
        (alert, listing): Hold(due_at, is_news)
        for alert, listing, due_at, is_news in rows.values_list(
            "alert", "listing", "due_at", "is_news"
        )
    }


def write_holds(holds: Holds, held: Holds, considered: Collection[int], now: datetime) -> None:
    """Hold back what these alerts held back now, and forget what came due and was considered.

    Call it in the transaction that moves their cursors. `held` is what was held before.
    """
    done = [key for key, hold in held.items() if key[0] in considered and hold.due_at <= now]
    if done:
        HeldListing.objects.filter(alert__in={alert for alert, _ in done}, due_at__lte=now).delete()
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
                HeldListing(alert_id=alert, listing_id=listing, **hold._asdict())
                for (alert, listing), hold in sorted(holds.items())
            ],
            update_conflicts=True,
            unique_fields=["alert", "listing"],
            update_fields=["due_at", "is_news"],
        )


def release(user_id: int, listing_id: int, now: datetime) -> None:
    """Have the user's alerts look at the listing at their next slots."""
    of_user = HeldListing.objects.filter(alert__user=user_id, listing=listing_id)
    of_user.filter(due_at__gt=now).update(due_at=now)


def has_due_hold(now: datetime) -> Exists:
    """What holds of an alert that has something to look at again."""
    return Exists(HeldListing.objects.filter(alert=OuterRef("pk"), due_at__lte=now))


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
