"""The welcome mail: what an alert finds now, once its search is filled; then it runs."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.fold import Line, LineKind
from ebay_alerts.alerts.letters import Entry, Letter, compose_welcome
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.selectors import awake, heads_of, is_mailable, tellable
from ebay_alerts.alerts.services.destinations import Destinations, key_of
from ebay_alerts.alerts.services.digest_rows import Built, write_digests
from ebay_alerts.alerts.services.digests import lock_users
from ebay_alerts.alerts.services.facts import figure_of
from ebay_alerts.alerts.services.joining import FRESH_FOR
from ebay_alerts.alerts.services.watching import name_by_titles
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.services import Draft, as_wished
from ebay_alerts.market.models import Membership, Search
from ebay_alerts.market.selectors import is_stream_followed
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import suspects
from ebay_alerts.setbacks.services import Work, carry_out

BATCH = 5
# Alerts that are started one by one in one go, where a batch of them raised.
APART = 100


def welcome_filled(now: datetime) -> int:
    """Start the alerts whose search is filled by now; returns how many users were dealt with.

    An alert that was welcomed before (it was paused, or moved to another search) starts silently.
    """
    unsuspected = _startable(now).exclude(pk__in=suspects(Kind.WELCOME))
    return carry_out(
        Work(
            Kind.WELCOME,
            together=lambda: _start_all(unsuspected, now),
            apart=lambda: list(unsuspected.order_by("pk").values_list("pk", flat=True)[:APART]),
            alone=lambda alert_id: _start_all(_startable(now).filter(pk=alert_id), now),
        ),
        now,
    )


def _start_all(startable: QuerySet[Alert], now: datetime) -> int:
    with write_turn(), transaction.atomic():
        users = lock_users(startable, BATCH, now)
        alerts = list(
            startable.filter(user__in=users)
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        searches = heads_of({alert.search_id for alert in alerts})
        name_by_titles(alerts, searches)
        _welcome(alerts, searches, users, now)
        for alert in alerts:
            time_zone = users[alert.user_id].time_zone
            _start(alert, searches[alert.search_id], time_zone, now)
        Alert.objects.bulk_update(alerts, _STARTED_FIELDS)
    if alerts:
        enqueue("mail.alerts")
    return len(users)


_STARTED_FIELDS = [
    *("name", "state", "cursor", "cursor_at", "started_at", "welcomed_at", "mailed_at", "slot")
]


def _startable(now: datetime) -> QuerySet[Alert]:
    filled = Search.objects.filter(filled_at__isnull=False)
    return Alert.objects.filter(
        awake(now), is_mailable(now), state=Alert.State.FILLING, search__in=filled
    )


def _welcome(
    alerts: list[Alert], searches: dict[int, Search], users: dict[int, User], now: datetime
) -> None:
    new = [alert for alert in alerts if alert.welcomed_at is None]
    memberships: dict[tuple[int, int], Membership] = {}
    built = []
    has_stream = is_stream_followed(now)
    destinations = Destinations.of(new, users, now)
    for alert in new:
        shown = list(tellable(alert, now))
        memberships |= {(row.search_id, row.listing_id): row for row in shown}
        search = searches[alert.search_id]
        entries = [Entry.of(row.listing, row, LineKind.LISTED, None) for row in shown]
        letter = compose_welcome(alert, search, entries, now, has_stream=has_stream)
        draft = _draft(users[alert.user_id], destinations.address_of(alert), letter, now)
        built.append(_built(alert, search, shown, letter, draft))
    write_digests(built, memberships, now)


def _draft(user: User, address: str, letter: Letter, now: datetime) -> Draft:
    draft = Draft(
        key=key_of("welcome", user.pk),
        queue="alerts",
        to_address=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        fresh_until=now + FRESH_FOR,
    )
    return as_wished(draft, text_only=user.text_only)


def _built(
    alert: Alert, search: Search, shown: list[Membership], letter: Letter, draft: Draft
) -> Built:
    lines = [
        Line(row.listing_id, LineKind.LISTED, figure_of(row.listing), None, search.head)
        for row in shown
    ]
    return Built(alert, search, Digest.Kind.WELCOME, draft, lines, letter.shown)


def _start(alert: Alert, search: Search, time_zone: str, now: datetime) -> None:
    """From here the alert follows its search; one that was merely paused goes on where it stood."""
    alert.state = Alert.State.ACTIVE
    if alert.cursor is None:
        alert.cursor, alert.cursor_at, alert.started_at = search.head, now, now
    if alert.welcomed_at is None:
        alert.welcomed_at = alert.mailed_at = now
    alert.slot = alert.first_slot(now, time_zone)
