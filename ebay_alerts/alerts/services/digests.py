"""Building digests: fold what happened, decide what to tell, write mail, lines and cursor at once.

One user's digests are built under that user's row lock, so a listing that several alerts match is
told once. All reads of a batch are set-based; the fold of one range of one log is made once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import reachable_users
from ebay_alerts.alerts.fold import Line, LineKind, Live, Told, line_of
from ebay_alerts.alerts.letters import Entry, compose_digest
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.schedule import next_slot
from ebay_alerts.alerts.selectors import awake, instant_mails, is_mailable, shown_by
from ebay_alerts.alerts.services.cursors import Move, advance, skip_quiet
from ebay_alerts.alerts.services.destinations import Destinations, key_of
from ebay_alerts.alerts.services.digest_rows import Built, write_digests
from ebay_alerts.alerts.services.facts import Facts, features_of, figure_of, read_facts
from ebay_alerts.alerts.services.pacing import Pace, move_slots
from ebay_alerts.alerts.services.turn_size import MOST, Stopwatch, TurnSize
from ebay_alerts.alerts.services.withdrawing import take_back
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import has_turns, write_turn
from ebay_alerts.mail.selectors import due_times, in_flight
from ebay_alerts.mail.services import Draft
from ebay_alerts.market.models import Search

log = structlog.get_logger(__name__)

# At most so many users a transaction, and as few as keep it short (`turn_size`).
BATCH = MOST
# Rendering stops here and leaves the other users to the next turn.
TURN_SECONDS = 0.03
# A digest that could not be built is tried again after so long.
RETRY_AFTER = timedelta(minutes=5)
# A mail that waits longer is folded anew rather than sent with old news.
FRESH_FOR = timedelta(minutes=15)
SHOWN = 50
# Due alerts among which users are looked for.
WINDOW = 2000
# When alerts are looked at again whose users no mail may go to: how late they notice that one may.
LOOK_AGAIN_AFTER = timedelta(minutes=5)

_size = TurnSize()


def build_due(now: datetime) -> int:
    """Build the digests of users with due alerts, as many as fit into a turn; returns how many
    users were dealt with, `BATCH` if others may be due still."""
    skip_quiet(now)
    try:
        built = _build(due_alerts(now), now, _size.users)
    except Exception:  # whatever one user's digest met, the others are built
        log.exception("digests not built together")
        return _build_one_by_one(now)
    return BATCH if built < BATCH and _put_off_unmailable(now) else built


def _build_one_by_one(now: datetime) -> int:
    """Each user alone; whoever's digest cannot be built is tried again later."""
    due = due_alerts(now).order_by("slot", "pk").values_list("user", flat=True)
    users = dict.fromkeys(due[:BATCH])
    for user_id in users:
        of_user = due_alerts(now).filter(user=user_id)
        try:
            _build(of_user, now, 1)
        except Exception:  # as above; this user's is tried again later
            log.exception("digest not built", user=user_id)
            with write_turn():
                of_user.update(slot=int((now + RETRY_AFTER).timestamp()))
    return len(users)


def _build(due: QuerySet[Alert], now: datetime, limit: int) -> int:
    """Build digests of up to `limit` users with due alerts, in one transaction.

    Users with a mail in flight wait for its end: what comes next rests on what that one tells.
    """
    with write_turn(), transaction.atomic():
        watch = Stopwatch()
        users = lock_users(due.exclude(user__in=_users_in_flight()), limit, now)
        if not users:
            return 0
        waiting_since = _take_back_unsent(users, now)
        alerts = list(
            due_alerts(now)
            .filter(user__in=users)
            .exclude(user__in=_users_in_flight())
            .order_by("user", "pk")
            .select_for_update(no_key=True)
        )
        pace = Pace(instant_mails(users, now), now)
        batch = _Batch(users, _by_user(alerts, waiting_since), waiting_since, pace, now)
        built = batch.build()
        _size.note(built, watch.seconds)
    if batch.has_mail:
        enqueue("mail.alerts")
    return BATCH if built < len(users) or len(users) >= limit else built


def _by_user(alerts: Iterable[Alert], waiting_since: Mapping[int, datetime]) -> list[Alert]:
    """In the order in which they are considered: where the hour has no room for all instant mails,
    those that replace one go first, then those that were considered longest ago."""

    def place(alert: Alert) -> tuple[object, ...]:
        is_instant = alert.interval_minutes == 0
        at = alert.cursor_at if is_instant else None
        replaces = alert.pk in waiting_since
        return (alert.user_id, is_instant, not replaces, at.timestamp() if at else 0.0, alert.pk)

    return sorted(alerts, key=place)


def _users_in_flight() -> QuerySet[Digest, int]:
    """Asked twice: a mail may be claimed while its user is being locked."""
    return Digest.objects.filter(message__in=in_flight()).values_list("alert__user", flat=True)


def _take_back_unsent(users: Mapping[int, User], now: datetime) -> dict[int, datetime]:
    """Take back what waits in the outbox for these users, to be folded anew with what came since.

    So an outage ends in one mail with the net of it all, and none is sent that a later one rests
    on. Returns, by alert, the place in the queue that the new mail keeps.
    """
    recent = Digest.objects.filter(
        alert__user__in=users,
        created_at__gte=now - FRESH_FOR,
        created_at__lt=now,
        kind__in=Digest.TOLD,
    )
    taken_back = take_back(list(recent), now)
    due_at = due_times([digest.message_id for digest in taken_back])
    places: dict[int, datetime] = {}
    for digest in taken_back:
        at = due_at[digest.message_id]
        places[digest.alert_id] = min(at, places.get(digest.alert_id, at))
    return places


def due_alerts(now: datetime) -> QuerySet[Alert]:
    slot = int(now.timestamp())
    return Alert.objects.filter(awake(now), state=Alert.State.ACTIVE, slot__lte=slot)


def _put_off_unmailable(now: datetime) -> int:
    """Have due alerts of users whom no mail may go to look again later, so that they are not in
    front of the others; their cursors stay. Returns how many."""
    first = due_alerts(now).order_by("slot", "pk").values("pk")[:WINDOW]
    held = Alert.objects.filter(~is_mailable(now), pk__in=first)
    ids = list(held.values_list("pk", flat=True))
    if ids:
        with write_turn():
            later = int((now + LOOK_AGAIN_AFTER).timestamp())
            due_alerts(now).filter(pk__in=ids).update(slot=later)
    return len(ids)


def lock_users(alerts: QuerySet[Alert], limit: int, now: datetime) -> dict[int, User]:
    """Lock users of these alerts, the longest due first, passing over those another worker has and
    those whom no mail may go to."""
    due = alerts.order_by("slot", "pk").values("user")[: min(40 * limit, WINDOW)]
    users = reachable_users(now).filter(pk__in=due).order_by("pk")
    locked = users.select_for_update(skip_locked=True, no_key=True, of=("self",))[:limit]
    return {user.pk: user for user in locked}


@dataclass
class _Batch:
    """The due alerts of some locked users."""

    users: Mapping[int, User]
    alerts: Sequence[Alert]
    waiting_since: Mapping[int, datetime]
    pace: Pace
    now: datetime
    built: list[Built] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    put_off: dict[int, int] = field(default_factory=dict)
    destinations: Destinations = field(default=Destinations({}, ()))

    @property
    def has_mail(self) -> bool:
        return bool(self.built)

    def build(self) -> int:
        """Returns how many users were dealt with; the others stay due."""
        facts = read_facts(self.alerts)
        self.destinations = Destinations.of(self.alerts, self.users, self.now)
        watch, users = Stopwatch(), 0
        for _, alerts in groupby(self.alerts, key=lambda alert: alert.user_id):
            for alert in alerts:
                self._consider(alert, facts)
            users += 1
            if has_turns() and watch.seconds > TURN_SECONDS:
                break  # long mails must not hold up other writers
        self._write(facts)
        return users

    def _consider(self, alert: Alert, facts: Facts) -> None:
        if not self.destinations.takes_mail(alert):
            self.put_off[alert.pk] = int((self.now + LOOK_AGAIN_AFTER).timestamp())
            return
        search = facts.searches[alert.search_id]
        lines = _lines(alert, facts)
        if lines and alert.pk not in self.waiting_since and self.pace.must_wait(alert):
            self.put_off[alert.pk] = self.pace.slot_of(alert)
            return
        for line in lines:
            facts.told[alert.user_id, line.listing_id] = Told(line.kind, line.figure)
        has_mail = bool(lines) or alert.mail_when == Alert.MailWhen.ALWAYS
        if has_mail:
            self.built.append(self._digest(alert, search, lines, facts))
        self.moves.append(
            Move(
                alert,
                max(search.head, alert.cursor or 0),
                next_slot(self.now, alert.interval_minutes, alert.phase),
                self.now if has_mail else None,
            )
        )

    def _digest(self, alert: Alert, search: Search, lines: list[Line], facts: Facts) -> Built:
        entries = _entries(lines, alert, facts)
        self.pace.count(alert)
        if alert.mail_when == Alert.MailWhen.ALWAYS:
            kind = Digest.Kind.LIST
            standing, standing_count = _standing(alert)
        else:
            kind, standing, standing_count = Digest.Kind.CHANGES, [], 0
        letter = compose_digest(
            alert,
            search,
            entries,
            self.now,
            standing=standing,
            standing_count=standing_count,
            together_until=self.pace.flooded_until(alert),
        )
        draft = Draft(
            key=key_of("digest", alert.user_id),
            queue="alerts",
            to_address=self.destinations.address_of(alert),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            headers=letter.headers,
            fresh_until=self.now + FRESH_FOR,
            due_at=self.waiting_since.get(alert.pk),
        )
        return Built(alert, search, kind, draft, lines, letter.shown)

    def _write(self, facts: Facts) -> None:
        write_digests(self.built, facts.memberships, self.now)
        advance(self.moves, self.now)
        move_slots(self.put_off)


def _lines(alert: Alert, facts: Facts) -> list[Line]:
    """What to tell this alert's user, listing by listing."""
    lines, gates = [], alert.gates
    for net in facts.nets[alert.pk].values():
        listing = facts.listings[net.listing_id]
        membership = facts.memberships.get((alert.search_id, listing.pk))
        features = features_of(listing, membership)
        live = Live(
            is_member=membership is not None,
            has_ended=listing.ended_at is not None,
            figure=figure_of(listing),
            is_wanted=gates.fit(features),
        )
        told = facts.told.get((alert.user_id, listing.pk))
        baseline = facts.history.at(listing.pk, alert.started_at or alert.created_at)
        line = line_of(net, live, told, baseline, gates.beside(features.shipping_minor))
        if line:
            lines.append(line)
    return lines


def _entries(lines: Iterable[Line], alert: Alert, facts: Facts) -> list[Entry]:
    return [
        Entry.of(
            facts.listings[line.listing_id],
            facts.memberships.get((alert.search_id, line.listing_id)),
            line.kind,
            line.was,
        )
        for line in lines
    ]


def _standing(alert: Alert) -> tuple[list[Entry], int]:
    """The current list of an alert that mails it at every slot: its cheapest, and how many."""
    shown = shown_by(alert)
    first = [Entry.of(row.listing, row, LineKind.LISTED, None) for row in shown[:SHOWN]]
    return first, shown.count() if len(first) == SHOWN else len(first)
