"""Building digests: fold what happened, decide what to tell, write mail, lines and cursor at once.

One user's digests are built under that user's row lock, so a listing that several alerts match is
told once; those that are due together go into one mail if the user wants that. All reads of a
batch are set-based; the fold of one range of one log is made once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.selectors import reachable_users
from ebay_alerts.alerts.fold import Line, LineKind, Live, Told, line_of
from ebay_alerts.alerts.gates import Gates
from ebay_alerts.alerts.holding import held_until, is_too_high
from ebay_alerts.alerts.letters import SHOWN, Entry, Part
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.selectors import awake, is_mailable, slots_come, tellable
from ebay_alerts.alerts.services.cursors import Move, advance, skip_quiet
from ebay_alerts.alerts.services.destinations import Destinations
from ebay_alerts.alerts.services.digest_rows import write_digests
from ebay_alerts.alerts.services.facts import Facts, features_of, figure_of, read_facts
from ebay_alerts.alerts.services.held import Hold, write_holds
from ebay_alerts.alerts.services.holding import hold_quiet, is_quiet
from ebay_alerts.alerts.services.joining import (
    FRESH_FOR,
    Mails,
    Telling,
    built_of,
    entries_of,
    pairs_of,
)
from ebay_alerts.alerts.services.matching import Matches, read_matches
from ebay_alerts.alerts.services.pacing import Pace, move_slots
from ebay_alerts.alerts.services.replanning import replan_changed
from ebay_alerts.alerts.services.turn_size import MOST, Stopwatch, TurnSize
from ebay_alerts.alerts.services.withdrawing import take_back
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import has_turns, write_turn
from ebay_alerts.mail.selectors import due_times, in_flight
from ebay_alerts.market.models import Search
from ebay_alerts.setbacks.errors import Passing, is_outage
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

log = structlog.get_logger(__name__)

# At most so many users a transaction, and as few as keep it short (`turn_size`).
BATCH = MOST
# Rendering stops here and leaves the other users to the next turn.
TURN_SECONDS = 0.03
# Due alerts among which users are looked for.
WINDOW = 2000
# When alerts are looked at again whose users no mail may go to: how late they notice that one may.
LOOK_AGAIN_AFTER = timedelta(minutes=5)

_size = TurnSize()


def build_due(now: datetime) -> int:
    """Build the digests of users with due alerts, as many as fit into a turn; returns how many
    users were dealt with, `BATCH` if others may be due still."""
    replan_changed(now)
    if not slots_come(now).exists():
        return 0
    skip_quiet(now)
    hold_quiet(now)
    built = carry_out(
        Work(
            Kind.DIGEST,
            together=lambda: _build(due_alerts(now), now, _size.users),
            apart=lambda: _build_user_by_user(now),
            alone=lambda alert_id: _build_alone(alert_id, now),
        ),
        now,
    )
    return BATCH if built < BATCH and _put_off_unmailable(now) else built


def _build_user_by_user(now: datetime) -> Iterator[int]:
    """Each user alone; the alerts of those who cannot be built so are given, to be built one by
    one: one of them is to blame, and the user's others go on."""
    due = due_alerts(now).order_by("slot", "pk").values_list("user", flat=True)
    for user_id in dict.fromkeys(due[:BATCH]):
        of_user = due_alerts(now).filter(user=user_id)
        try:
            _build(of_user, now, 1)
        except Exception as error:  # whatever it was, each of the alerts will meet it or not
            if is_outage(error):
                raise
            log.warning("digests not built together", user=user_id, reason=type(error).__name__)
            yield from list(of_user.order_by("pk").values_list("pk", flat=True))


def _build_alone(alert_id: int, now: datetime) -> None:
    if _users_in_flight().filter(alert__user__alerts=alert_id).exists():
        raise Passing("a mail to its user is in flight")
    _build(_due(now).filter(pk=alert_id), now, 1)


def _build(due: QuerySet[Alert], now: datetime, limit: int) -> int:
    """Build digests of up to `limit` users with due alerts, in one transaction.

    Users with a mail in flight wait for its end: what comes next rests on what that one tells.
    """
    with write_turn(), transaction.atomic():
        watch = Stopwatch()
        locked = lock_users(due.exclude(user__in=_users_in_flight()), limit, now)
        users = {pk: user for pk, user in locked.items() if not is_quiet(user, now)}
        if not users:
            return 0
        waiting_since = _take_back_unsent(users, now)
        alerts = list(
            due.filter(user__in=users)
            .exclude(user__in=_users_in_flight())
            .order_by("user", "pk")
            .select_for_update(no_key=True)
        )
        pace = Pace.of(users, now)
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
    """Without those whose digest could not be built the last time."""
    return _due(now).exclude(pk__in=suspects(Kind.DIGEST))


def _due(now: datetime) -> QuerySet[Alert]:
    return slots_come(now).filter(awake(now))


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
class _Turn:
    """What becomes of one user's due alerts."""

    mails: Mails
    moves: list[Move] = field(default_factory=list)
    put_off: dict[int, int] = field(default_factory=dict)


@dataclass
class _Batch:
    """The due alerts of some locked users."""

    users: Mapping[int, User]
    alerts: Sequence[Alert]
    waiting_since: Mapping[int, datetime]
    pace: Pace
    now: datetime
    has_mail: bool = False

    def build(self) -> int:
        """Returns how many users were dealt with; the others stay due."""
        facts = read_facts(self.alerts, self.now)
        watch, done, built = Stopwatch(), [], []
        turns = self._consider_all(facts)
        matches = _matches([turn.mails for turn in turns])
        for turn in turns:
            built += built_of(turn.mails, self.waiting_since, matches, self.now)
            done.append(turn)
            if has_turns() and watch.seconds > TURN_SECONDS:
                break  # long mails must not hold up other writers
        write_digests(built, facts.memberships, self.now)
        moves = [move for turn in done for move in turn.moves]
        advance(moves, self.now)
        write_holds(facts.holds, facts.held, {move.alert.pk for move in moves}, self.now)
        move_slots({pk: slot for turn in done for pk, slot in turn.put_off.items()})
        self.has_mail = bool(built)
        return len(done)

    def _consider_all(self, facts: Facts) -> list[_Turn]:
        destinations = Destinations.of(self.alerts, self.users, self.now)
        turns = []
        for user_id, alerts in groupby(self.alerts, key=lambda alert: alert.user_id):
            turn = _Turn(Mails(self.users[user_id], destinations))
            for alert in alerts:
                self._consider(alert, facts, turn)
            turns.append(turn)
        return turns

    def _consider(self, alert: Alert, facts: Facts, turn: _Turn) -> None:
        if not turn.mails.destinations.takes_mail(alert):
            turn.put_off[alert.pk] = int((self.now + LOOK_AGAIN_AFTER).timestamp())
            return
        search = facts.searches[alert.search_id]
        lines = _lines(alert, facts)
        has_mail = bool(lines) or alert.mail_when == Alert.MailWhen.ALWAYS
        joins = turn.mails.has_room_for(alert)
        if has_mail and not joins and self._must_wait(alert):
            turn.put_off[alert.pk] = self.pace.slot_of(alert)
            return
        for line in lines:
            facts.told[alert.user_id, line.listing_id] = Told(line.kind, line.figure)
        if has_mail:
            if not joins:
                self.pace.count(alert)
            turn.mails.add(self._telling(alert, search, lines, facts))
        turn.moves.append(
            Move(
                alert,
                max(search.head, alert.cursor or 0),
                alert.next_slot(self.now, turn.mails.user.time_zone),
                self.now if has_mail else None,
            )
        )

    def _must_wait(self, alert: Alert) -> bool:
        return alert.pk not in self.waiting_since and self.pace.must_wait(alert)

    def _telling(self, alert: Alert, search: Search, lines: list[Line], facts: Facts) -> Telling:
        kind = _kind_of(alert, search)
        is_list = kind is Digest.Kind.LIST
        standing, count = _standing(alert, self.now) if is_list else ([], 0)
        part = Part(
            alert,
            search,
            _entries(lines, alert, facts),
            standing,
            count,
            self.pace.flood_of(alert),
        )
        return Telling(part, kind, lines)


def _kind_of(alert: Alert, search: Search) -> Digest.Kind:
    if alert.mail_when == Alert.MailWhen.ALWAYS:
        return Digest.Kind.LIST
    has_range = search.head > (alert.cursor or 0)
    return Digest.Kind.CHANGES if has_range else Digest.Kind.HELD


def _matches(mails: Sequence[Mails]) -> Matches:
    listings = {e.listing.pk: e.listing for of_user in mails for e in entries_of(of_user)}
    return read_matches({pair for of_user in mails for pair in pairs_of(of_user)}, listings)


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
        former = facts.told.get((alert.user_id, listing.relists_id or 0))
        limits = gates.beside(features.shipping_minor)
        line = line_of(net, live, told, baseline, limits, former)
        if line and not _is_held(line, told, alert, gates, facts):
            lines.append(line)
    return lines


def _is_held(line: Line, told: Told | None, alert: Alert, gates: Gates, facts: Facts) -> bool:
    """Whether the line is not told now; one that is held back is noted among the facts."""
    points = facts.history.points.get(line.listing_id, [])
    if is_too_high(line, points, gates, facts.now):
        return True
    snoozed_until = facts.snoozed.get((alert.user_id, line.listing_id))
    until = held_until(line, told, snoozed_until, gates, facts.now)
    if until:
        is_news = facts.nets[alert.pk][line.listing_id].is_news
        facts.holds[alert.pk, line.listing_id] = Hold(until, is_news)
    return until is not None


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


def _standing(alert: Alert, now: datetime) -> tuple[list[Entry], int]:
    """The current list of an alert that mails it at every slot: its cheapest, and how many."""
    shown = tellable(alert, now)
    first = [Entry.of(row.listing, row, LineKind.LISTED, None) for row in shown[:SHOWN]]
    return first, shown.count() if len(first) == SHOWN else len(first)
