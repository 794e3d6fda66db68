"""Importing alerts: some hundred a transaction, each in whole or not at all.

A transaction holds searches' demand, alerts and their history. One that dies leaves those before it
as they are, and the same file brings the rest: what is kept already is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from ebay_alerts.accounts.models import Address, User
from ebay_alerts.accounts.selectors import confirmed_addresses
from ebay_alerts.alerts.errors import InvalidAlert, TooManyAlerts
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.schedule import phase_of
from ebay_alerts.alerts.services.history import record_creations
from ebay_alerts.alerts.services.keeping import (
    chosen_address,
    lock_user,
    plan_searches,
    put_wish,
    room_for_alerts,
)
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Search, Urgency
from ebay_alerts.market.selectors import find_searches
from ebay_alerts.market.services.bulk import insert_instances
from ebay_alerts.market.services.searches import ensure_searches
from ebay_alerts.market.terms import Identity

# SQLite has one writer, who should be done within 50 ms.
ROWS_A_TURN = 100

# The row itself, where no field of it is at fault.
WHOLE_ROW = "row"

State = Alert.State


class Row(NamedTuple):
    """A row of a file, which can be kept as an alert."""

    number: int
    wish: Wish
    is_paused: bool


class Fault(NamedTuple):
    """What keeps a row from being an alert. `position` counts characters of the keywords from 0."""

    row: int
    field: str
    reason: str
    position: int | None = None


class Duplicate(NamedTuple):
    """A row that is passed over: the user keeps the alert `id`, or `first_row` brings it."""

    row: int
    name: str
    id: int | None
    first_row: int | None


@dataclass
class Outcome:
    """What became of the rows of a file; a dry run tells what would."""

    imported: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Import:
    """What holds for all rows. Without `welcomes` the alerts begin in silence.

    `addresses` are the user's other ones that are confirmed.
    """

    user: User
    now: datetime
    welcomes: bool
    addresses: Mapping[str, Address]


def import_alerts(
    user: User, rows: Iterable[Row], now: datetime, *, welcomes: bool = False, is_dry: bool = False
) -> Outcome:
    """Keep these alerts but for those that the user keeps already, and for those beyond the number
    that a user may keep; a dry run writes nothing.

    Their searches are filled behind those that a person waits for. They begin where the market
    stands then, and without a welcome mail each unless `welcomes`.
    """
    outcome = Outcome()
    asked = _Import(user, now, welcomes, confirmed_addresses(user))
    for some in _portions(_first_of_each(_addressed(asked, rows, outcome), outcome)):
        if is_dry:
            searches = find_searches([row.wish.terms.identity for row in some])
            room = room_for_alerts(user) - outcome.imported
            kept = len(_within(room, _unkept(asked, some, searches, outcome), outcome))
        else:
            searches = ensure_searches([row.wish.terms for row in some], now)
            with write_turn(), transaction.atomic():
                lock_user(user.pk)
                room = room_for_alerts(user)
                unkept = _unkept(asked, some, searches, outcome)
                kept = _keep(asked, _within(room, unkept, outcome), searches)
        outcome.imported += kept
    outcome.duplicates.sort()
    if outcome.imported and not is_dry:
        enqueue("market.refresh")
        enqueue("alerts.welcome")
    return outcome


def _addressed(asked: _Import, rows: Iterable[Row], outcome: Outcome) -> Iterator[Row]:
    """Without those whose mails would go where the user has no confirmed address."""
    for row in rows:
        try:
            chosen_address(row.wish, asked.user, asked.addresses)
        except InvalidAlert as error:
            outcome.faults.append(Fault(row.number, error.field, error.reason))
        else:
            yield row


def _first_of_each(rows: Iterable[Row], outcome: Outcome) -> Iterator[Row]:
    """Without those that an earlier row of the file brings."""
    first: dict[tuple[Identity, str], int] = {}
    for row in rows:
        earlier = first.setdefault((row.wish.terms.identity, row.wish.filters), row.number)
        if earlier == row.number:
            yield row
        else:
            outcome.duplicates.append(Duplicate(row.number, row.wish.name, None, earlier))


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS_A_TURN:
            yield some
            some = []
    if some:
        yield some


def _unkept(
    asked: _Import, rows: Sequence[Row], searches: dict[Identity, Search], outcome: Outcome
) -> list[Row]:
    """Without those that the user keeps, as of now; what is read under the user's lock holds."""
    ids = [search.pk for search in searches.values()]
    of_user = Alert.objects.filter(user=asked.user, search__in=ids)
    kept = {
        (search_id, filters): (pk, name)
        for search_id, filters, pk, name in of_user.values_list("search", "filters", "pk", "name")
    }
    unkept = []
    for row in rows:
        search = searches.get(row.wish.terms.identity)
        known = search and kept.get((search.pk, row.wish.filters))
        if known:
            outcome.duplicates.append(Duplicate(row.number, known[1], known[0], None))
        else:
            unkept.append(row)
    return unkept


def _within(room: int, rows: Sequence[Row], outcome: Outcome) -> Sequence[Row]:
    """The first ones, as many as there is room for."""
    room = max(room, 0)
    reason = str(TooManyAlerts(settings.ALERTS_PER_USER))
    outcome.faults += [Fault(row.number, WHOLE_ROW, reason) for row in rows[room:]]
    return rows[:room]


def _keep(asked: _Import, rows: Sequence[Row], searches: dict[Identity, Search]) -> int:
    alerts = [_alert(asked, row, searches[row.wish.terms.identity]) for row in rows]
    search_ids = {alert.search_id for alert in alerts}
    insert_instances(alerts)
    of_user = Alert.objects.filter(user=asked.user, search__in=search_ids)
    ids = {
        (search_id, filters): pk
        for search_id, filters, pk in of_user.values_list("search", "filters", "pk")
    }
    for alert in alerts:
        alert.pk = ids[alert.search_id, alert.filters]
    record_creations(alerts, asked.now)
    plan_searches(search_ids, asked.now, Urgency.IMPORT)
    return len(alerts)


def _alert(asked: _Import, row: Row, search: Search) -> Alert:
    alert = Alert(
        user=asked.user,
        address=chosen_address(row.wish, asked.user, asked.addresses),
        search=search,
        phase=phase_of(asked.user.pk),
        state=State.PAUSED if row.is_paused else State.FILLING,
        welcomed_at=None if asked.welcomes else asked.now,
        created_at=asked.now,
    )
    put_wish(alert, row.wish, asked.now)
    return alert
