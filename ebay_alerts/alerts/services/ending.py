"""Telling of auctions before they end: reminders are planned as ends come near, and told in mails
of their own, which leave cursors and slots alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.ending import SAME_END, Reminder, planned
from ebay_alerts.alerts.fold import Line, LineKind
from ebay_alerts.alerts.letters import Entry, Part, compose_endings
from ebay_alerts.alerts.models import Alert, Digest, EndingReminder
from ebay_alerts.alerts.selectors import awake, heads_of, snoozed_listings
from ebay_alerts.alerts.services.destinations import Destinations
from ebay_alerts.alerts.services.digest_rows import Built, write_digests
from ebay_alerts.alerts.services.digests import lock_users
from ebay_alerts.alerts.services.facts import features_of, figure_of
from ebay_alerts.alerts.services.joining import draft_of
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Listing, Membership, Search
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

# Users dealt with in one turn, and reminders planned by one.
BATCH = 20
PLANNED = 500
# Reminders whose alerts are dealt with one by one in one go, where a batch of them raised.
APART = 100
# How long before a reminder is due its row is there.
AHEAD = timedelta(minutes=10)
# When one is looked at again that the gates refuse.
LOOK_AGAIN_AFTER = timedelta(minutes=1)
# The market looks at a listing soon after its end; a check that was put off is later by so much.
CHECK_SLACK = timedelta(minutes=15)

Key = tuple[int, int]


def plan_reminders(now: datetime) -> int:
    """Have a row for every auction whose reminder comes near, at its present end; forget those that
    ended. Returns how many rows were written."""
    _forget_ended(now)
    wanted = dict(
        Alert.objects.filter(state=Alert.State.ACTIVE, ending_minutes__gt=0).values_list(
            "pk", "ending_minutes"
        )
    )
    if not wanted:
        return 0
    ends = _ends_near(now + timedelta(minutes=max(wanted.values())) + AHEAD, now)
    known = _known()
    written = {}
    for key, ends_at in ends.items():
        reminder = planned(ends_at, wanted[key[0]], known.get(key))
        if reminder and reminder.due_at <= now + AHEAD:
            written[key] = reminder
    keys = sorted(written)
    for start in range(0, len(keys), PLANNED):
        _upsert({key: written[key] for key in keys[start : start + PLANNED]})
    return len(written)


def _forget_ended(now: datetime) -> None:
    over = Q(listing__ended_at__isnull=False) | Q(ends_at__lte=now) | Q(alert__ending_minutes=0)
    ids = list(EndingReminder.objects.filter(over).values_list("pk", flat=True)[:PLANNED])
    if ids:
        with write_turn():
            EndingReminder.objects.filter(pk__in=ids).delete()


def _ends_near(by: datetime, now: datetime) -> dict[Key, datetime]:
    """By alert and listing, the ends of auctions up to then."""
    near = Listing.objects.filter(
        check_due_at__lte=by + CHECK_SLACK,  # what the index knows of ends
        ended_at=None,
        bid_minor__isnull=False,
        ends_at__gt=now,
        ends_at__lte=by,
    )
    rows = Membership.objects.filter(
        listing__in=near,
        search__alerts__state=Alert.State.ACTIVE,
        search__alerts__ending_minutes__gt=0,
    ).values_list("search__alerts", "listing", "listing__ends_at")
    return {(alert, listing): ends_at for alert, listing, ends_at in rows if ends_at}


def _known() -> dict[Key, Reminder]:
    rows = EndingReminder.objects.filter(alert__ending_minutes__gt=0).values_list(
        "alert", "listing", "ends_at", "due_at", "told_at"
    )
    return {(row[0], row[1]): Reminder(*row[2:]) for row in rows}


def _upsert(reminders: Mapping[Key, Reminder]) -> None:
    rows = [
        EndingReminder(alert_id=alert, listing_id=listing, **reminder._asdict())
        for (alert, listing), reminder in reminders.items()
    ]
    with write_turn():
        EndingReminder.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["alert", "listing"],
            update_fields=["ends_at", "due_at", "told_at"],
        )


def tell_endings(now: datetime) -> int:
    """Mail what is due to be told before it ends; returns how many users were dealt with."""
    if not _due(now).exists():
        return 0
    unsuspected = _due(now).exclude(alert__in=suspects(Kind.REMINDER))
    return carry_out(
        Work(
            Kind.REMINDER,
            together=lambda: _tell(unsuspected, now),
            apart=lambda: list(dict.fromkeys(unsuspected.values_list("alert", flat=True)[:APART])),
            alone=lambda alert_id: _tell(_due(now).filter(alert=alert_id), now),
        ),
        now,
    )


def _tell(reminders: QuerySet[EndingReminder], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        users = lock_users(Alert.objects.filter(pk__in=reminders.values("alert")), BATCH, now)
        if not users:
            return 0
        _hold_quiet(users, now)
        due = list(reminders.filter(alert__user__in=users).select_related("alert", "listing"))
        turn = _Turn(users, due, now)
        turn.tell()
    if turn.built:
        enqueue("mail.alerts")
    return len(users)


def _hold_quiet(users: Mapping[int, User], now: datetime) -> None:
    """Put off the reminders of users in their quiet hours to the end of these; of an auction that
    is over by then nobody needs to be reminded."""
    by_end: dict[datetime, list[int]] = defaultdict(list)
    for user in users.values():
        end = user.quiet_hours.end_after(now) if user.quiet_hours else None
        if end:
            by_end[end].append(user.pk)
    for end, ids in by_end.items():
        due = _due(now).filter(alert__user__in=ids).values("pk")
        EndingReminder.objects.filter(pk__in=due).update(due_at=end)


def _due(now: datetime) -> QuerySet[EndingReminder]:
    alerts = Alert.objects.filter(
        awake(now), state=Alert.State.ACTIVE, ending_minutes__gt=0, cursor__isnull=False
    )
    return EndingReminder.objects.filter(
        told_at=None,
        due_at__lte=now,
        ends_at__gt=now,
        listing__ended_at=None,
        alert__in=alerts,
    ).order_by("alert__user", "alert", "ends_at", "pk")


@dataclass
class _Turn:
    """The due reminders of some locked users."""

    users: Mapping[int, User]
    due: Sequence[EndingReminder]
    now: datetime

    def tell(self) -> None:
        self.built: list[Built] = []
        alerts = {one.alert_id: one.alert for one in self.due}
        searches = heads_of({alert.search_id for alert in alerts.values()})
        listing_ids = {one.listing_id for one in self.due}
        found = Membership.objects.filter(search__in=searches, listing__in=listing_ids)
        self.memberships = {(row.search_id, row.listing_id): row for row in found}
        self.snoozed = snoozed_listings(self.users, self.now)
        self.told = _told_ends(self.users, listing_ids)
        self.destinations = Destinations.of(alerts.values(), self.users, self.now)
        told, refused = self._parted()
        for alert_id, reminders in told.items():
            alert = alerts[alert_id]
            self.built.append(self._digest(alert, searches[alert.search_id], reminders))
        write_digests(self.built, self.memberships, self.now)
        self._note(told, refused)

    def _parted(self) -> tuple[dict[int, list[EndingReminder]], list[EndingReminder]]:
        """Those to tell, by alert, and those that the gates refuse now. What another alert of the
        user told for the same end counts as told."""
        told: dict[int, list[EndingReminder]] = defaultdict(list)
        refused = []
        for one in self.due:
            key = (one.alert.user_id, one.listing_id)
            is_told = any(abs(end - one.ends_at) < SAME_END for end in self.told[key])
            if is_told or not self._is_wanted(one):
                refused.append(one)
                continue
            told[one.alert_id].append(one)
            self.told[key].append(one.ends_at)
        return told, refused

    def _is_wanted(self, one: EndingReminder) -> bool:
        listing, alert = one.listing, one.alert
        membership = self.memberships.get((alert.search_id, listing.pk))
        if membership is None or (alert.user_id, listing.pk) in self.snoozed:
            return False
        if not self.destinations.takes_mail(alert):
            return False
        features, gates = features_of(listing, membership), alert.gates
        limits = gates.beside(features.shipping_minor)
        return gates.fit(features) and limits.admit(*figure_of(listing))

    def _digest(self, alert: Alert, search: Search, reminders: Iterable[EndingReminder]) -> Built:
        listings = [one.listing for one in reminders]
        entries = [
            Entry.of(listing, self.memberships.get((search.pk, listing.pk)), LineKind.ENDING, None)
            for listing in listings
        ]
        user = self.users[alert.user_id]
        letter = compose_endings(Part(alert, search, entries), self.now)
        draft = draft_of("ending", user, self.destinations.address_of(alert), letter, self.now)
        revision = alert.cursor or 0
        lines = [
            Line(listing.pk, LineKind.ENDING, figure_of(listing), None, revision)
            for listing in listings
        ]
        return Built(alert, search, Digest.Kind.ENDING, draft, lines, letter.shown)

    def _note(
        self, told: Mapping[int, list[EndingReminder]], refused: Iterable[EndingReminder]
    ) -> None:
        pks = [one.pk for reminders in told.values() for one in reminders]
        EndingReminder.objects.filter(pk__in=pks).update(told_at=self.now)
        later = self.now + LOOK_AGAIN_AFTER
        EndingReminder.objects.filter(pk__in=[one.pk for one in refused]).update(due_at=later)


def _told_ends(
    users: Iterable[int], listing_ids: Iterable[int]
) -> defaultdict[Key, list[datetime]]:
    """By user and listing, the ends that were told."""
    rows = EndingReminder.objects.filter(
        alert__user__in=users, listing__in=listing_ids, told_at__isnull=False
    )
    told: defaultdict[Key, list[datetime]] = defaultdict(list)
    for user_id, listing_id, ends_at in rows.values_list("alert__user", "listing", "ends_at"):
        told[user_id, listing_id].append(ends_at)
    return told
