"""What users do with their alerts: create, change, pause, snooze, resume, delete.

Every edit runs under its user's row lock, like the building of that user's digests, and is recorded
in the alert's history by the same transaction.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet

from ebay_alerts.accounts.models import Address, User
from ebay_alerts.accounts.schedule import OFF
from ebay_alerts.accounts.selectors import confirmed_addresses
from ebay_alerts.accounts.services import set_preferences
from ebay_alerts.alerts.errors import DuplicateAlert, InvalidAlert, TooManyAlerts, UnknownAlert
from ebay_alerts.alerts.models import Alert, Digest
from ebay_alerts.alerts.schedule import phase_of
from ebay_alerts.alerts.services.digest_postings import withdraw_postings_of
from ebay_alerts.alerts.services.history import Kind, record_change, wish_of
from ebay_alerts.alerts.services.withdrawing import take_back
from ebay_alerts.alerts.wishes import (
    COPY_MARK,
    Wish,
    checked_snooze,
    copied_filters,
    copied_name,
    refuse_snooze,
    without_mark,
)
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.mail.selectors import unhanded
from ebay_alerts.mail.services import withdraw_messages_to
from ebay_alerts.market.models import Search, SearchChange, Urgency
from ebay_alerts.market.services.searches import ensure_search, lock_searches, set_demand

State = Alert.State
# So many new alerts of one user are filled ahead of everything; the others wait like an import's.
FILLING_AT_ONCE = 20
# Where all alerts of a user are edited, so many go in one transaction.
EDITED_A_TURN = 50


def create_alert(user: User, wish: Wish, now: datetime, urgency: Urgency = Urgency.PERSON) -> Alert:
    """A new alert, filling. Raises DuplicateAlert and TooManyAlerts.

    An import says so by its `urgency`; whoever has many alerts filling already waits like one.
    """
    search = ensure_search(wish.terms, now)
    alert = Alert(user=user, search=search, phase=phase_of(user.pk), created_at=now)
    put_wish(alert, wish, now)
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        _check_room(user)
        alert.address = _address(user, wish)
        _save_unique(alert)
        record_change(alert, Kind.CREATED, None, wish_of(alert), now)
        plan_searches({search.pk}, now, urgency_for(user, urgency))
    enqueue("market.refresh")
    enqueue("alerts.welcome")
    return alert


def change_alert(user: User, alert_id: int, wish: Wish, now: datetime) -> Alert:
    """The alert as wished from now on. Raises UnknownAlert and DuplicateAlert.

    Other keywords, marketplace, category or country move it to another search; its lines stay, so
    nothing is told again. Other gates leave the cursor alone.
    """
    search = ensure_search(wish.terms, now)
    with write_turn(), transaction.atomic():
        address = _address(user, wish)
        elsewhere = Alert.objects.filter(pk=alert_id).exclude(address=address)
        take_back_unsent(user, elsewhere, now)
        alert = _locked(user, alert_id)
        before, old_search_id, old_filters = wish_of(alert), alert.search_id, alert.filters
        put_wish(alert, wish, now)
        alert.address = address
        if search.pk == old_search_id and alert.filters == without_mark(old_filters):
            alert.filters = old_filters  # a copy of another name still is one
        alert.version += 1
        if search.pk != old_search_id:
            _move(alert, search, user.time_zone, now)
        elif alert.state == State.ACTIVE:
            alert.slot = alert.first_slot(now, user.time_zone)
        _save_unique(alert)
        record_change(alert, Kind.CHANGED, before, wish_of(alert), now)
        plan_searches({old_search_id, search.pk}, now)
    enqueue("market.refresh")
    enqueue("alerts.welcome")
    return alert


def pause_alert(user: User, alert_id: int, now: datetime) -> Alert:
    """No mails until it is resumed. Pausing twice is pausing once. Raises UnknownAlert.

    What waits in the outbox is taken back, to be told when the alert is resumed.
    """
    with write_turn(), transaction.atomic():
        take_back_unsent(user, Alert.objects.filter(pk=alert_id), now)
        alert = _locked(user, alert_id)
        if alert.state != State.PAUSED:
            pause_locked(alert, now)
            plan_searches({alert.search_id}, now)
    enqueue("alerts.digests")
    return alert


def pause_alerts(user: User, alert_ids: Collection[int], now: datetime) -> None:
    """Pause these, up to `EDITED_A_TURN`, at once; those that are gone are passed over."""
    with write_turn(), transaction.atomic():
        take_back_unsent(user, Alert.objects.filter(pk__in=alert_ids), now)
        running = Alert.objects.filter(user=user, pk__in=alert_ids).exclude(state=State.PAUSED)
        alerts = lock_some(running)
        for alert in alerts:
            pause_locked(alert, now)
        plan_searches({alert.search_id for alert in alerts}, now)
    enqueue("alerts.digests")


def snooze_alert(user: User, alert_id: int, until: datetime | None, now: datetime) -> Alert:
    """No mails until then; what happens meanwhile comes afterwards, in one digest. None ends it.

    Slots are put off: nothing is rendered and held, and what waits in the outbox is taken back.
    Raises UnknownAlert, and InvalidAlert for a bad time or a paused alert.
    """
    until = checked_snooze(until, now)
    with write_turn(), transaction.atomic():
        if until is not None:
            take_back_unsent(user, Alert.objects.filter(pk=alert_id), now)
        alert = _locked(user, alert_id)
        if until is not None:
            refuse_snooze(is_paused=alert.state == State.PAUSED)
        before = wish_of(alert)
        alert.snoozed_until = until
        save_edit(alert, Kind.CHANGED if until is None else Kind.SNOOZED, before, now)
    enqueue("alerts.digests")
    return alert


def resume_alert(user: User, alert_id: int, now: datetime) -> Alert:
    """Go on from where it was: what changed meanwhile comes as one digest.

    Raises UnknownAlert, and DuplicateAlert for a copy in which nothing was changed.
    """
    with write_turn(), transaction.atomic():
        alert = _locked(user, alert_id)
        if alert.state == State.PAUSED:
            resume_locked(alert, now)
            plan_searches({alert.search_id}, now)
    enqueue("market.refresh")
    enqueue("alerts.welcome")
    return alert


def stop_everything(user: User, now: datetime) -> None:
    """No mail comes any more: reports are off, all alerts paused, what waits is taken back.

    Alerts are paused a few at a time, so that one with thousands holds up nobody; doing it again
    goes on where it broke off.
    """
    set_preferences(user, now, report_frequency=OFF)
    with write_turn():
        withdraw_messages_to(user.email, "reports")
    while _pause_some(user, now):
        pass


def resume_everything(user: User, now: datetime) -> None:
    """All alerts go on from where they were, each with one digest of what changed meanwhile.

    Copies that were never changed stay paused: they would tell everything twice.
    """
    while _resume_some(user, now):
        pass
    enqueue("market.refresh")
    enqueue("alerts.welcome")


def duplicate_alert(user: User, alert_id: int, now: datetime) -> Alert:
    """A paused copy, to be changed and resumed. Raises UnknownAlert and TooManyAlerts.

    It mails nothing and is no second alert of the same wish until it is resumed: then, and once its
    search or price limits are changed, it must differ from the others.
    """
    with write_turn(), transaction.atomic():
        alert = _locked(user, alert_id)
        _check_room(user)
        copy = Alert(
            user=user,
            search=alert.search,
            phase=alert.phase,
            state=State.PAUSED,
            created_at=now,
            updated_at=now,
            **{name: getattr(alert, name) for name in _COPIED},
        )
        copy.name = copied_name(alert.name)
        copy.filters = copied_filters(alert.filters, uuid4().hex[:8])
        copy.save()
        record_change(copy, Kind.CREATED, None, wish_of(copy), now)
    return copy


_COPIED = (
    *("keywords", "note", "interval_minutes", "at_minute", "weekdays", "mail_when", "currency"),
    *("address", "min_price_minor", "max_price_minor", "min_change_percent", "min_change_minor"),
    *("price_basis", "buying", "countries", "excluded_countries", "free_shipping", "ships_to_me"),
    *("triggers", "conditions", "sellers", "excluded_sellers", "excluded_words"),
    *("lowest_in_days", "rearm_hours", "ending_minutes"),
)


def delete_alert(user: User, alert_id: int, now: datetime) -> None:
    """Gone, with its mails and postings that were not yet handed over. Raises UnknownAlert."""
    with write_turn(), transaction.atomic():
        take_back_unsent(user, Alert.objects.filter(pk=alert_id), now)
        alert = _locked(user, alert_id)
        withdraw_postings_of(alert)
        search_id = alert.search_id
        record_change(alert, Kind.DELETED, wish_of(alert), None, now)
        alert.delete()
        plan_searches({search_id}, now)
    enqueue("alerts.digests")


def _pause_some(user: User, now: datetime) -> int:
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        waiting = Digest.objects.filter(alert__user=user, message__in=unhanded())
        taken_back = take_back(list(waiting.order_by("-pk")[:EDITED_A_TURN]), now)
        running = Alert.objects.filter(user=user).exclude(state=State.PAUSED)
        alerts = lock_some(running)
        for alert in alerts:
            pause_locked(alert, now)
        plan_searches({alert.search_id for alert in alerts}, now)
    return len(alerts) + len(taken_back)


def _resume_some(user: User, now: datetime) -> int:
    with write_turn(), transaction.atomic():
        lock_user(user.pk)
        paused = Alert.objects.filter(user=user, state=State.PAUSED)
        alerts = lock_some(paused.exclude(filters__contains=COPY_MARK))
        for alert in alerts:
            resume_locked(alert, now)
        plan_searches({alert.search_id for alert in alerts}, now, urgency_for(user, Urgency.PERSON))
    return len(alerts)


def lock_some(alerts: QuerySet[Alert]) -> list[Alert]:
    some = alerts.select_related("search").order_by("pk")[:EDITED_A_TURN]
    return list(some.select_for_update(no_key=True, of=("self",)))


def pause_locked(alert: Alert, now: datetime) -> None:
    """For whoever has locked it, and plans its search; likewise below."""
    before = wish_of(alert)
    alert.state, alert.slot, alert.snoozed_until = State.PAUSED, None, None
    save_edit(alert, Kind.PAUSED, before, now)


def resume_locked(alert: Alert, now: datetime) -> None:
    before = wish_of(alert)
    alert.state, alert.filters = State.FILLING, without_mark(alert.filters)
    save_edit(alert, Kind.RESUMED, before, now)


def save_edit(alert: Alert, kind: Kind, before: dict[str, Any], now: datetime) -> None:
    alert.updated_at = now
    alert.version += 1
    _save_unique(alert)
    record_change(alert, kind, before, wish_of(alert), now)


def demand_seconds(interval_minutes: int) -> int:
    """How often an alert wants its search refreshed."""
    wanted = interval_minutes * 60 or settings.INSTANT_SECONDS
    return max(settings.INSTANT_SECONDS, min(wanted, settings.LONGEST_REFRESH_SECONDS))


def send_elsewhere(user: User, address: Address, now: datetime) -> None:
    """Have the alerts that mail this address mail that of the account instead; what waits for it is
    taken back, and told there. In a transaction of the caller's."""
    lock_user(user.pk)
    unsent = Digest.objects.filter(alert__address=address, message__in=unhanded())
    while some := list(unsent.order_by("-pk")[:EDITED_A_TURN]):
        if not take_back(some, now):
            break
    for alert in lock_some(Alert.objects.filter(user=user, address=address)):
        before = wish_of(alert)
        alert.address = None
        alert.updated_at = now
        alert.version += 1
        alert.save(update_fields=["address", "updated_at", "version"])
        record_change(alert, Kind.CHANGED, before, wish_of(alert), now)


def _address(user: User, wish: Wish) -> Address | None:
    """Raises InvalidAlert for what is none of the user's confirmed addresses."""
    return chosen_address(wish, user, confirmed_addresses(user) if wish.address else {})


def chosen_address(wish: Wish, user: User, confirmed: Mapping[str, Address]) -> Address | None:
    """Where the alert's mails are to go; None for the address of the account. Raises InvalidAlert.

    `confirmed` are the user's other addresses, by the address in small letters.
    """
    if not wish.address or wish.address.lower() == user.email.lower():
        return None
    if wish.address.lower() not in confirmed:
        raise InvalidAlert("address", "Write an address of yours that you have confirmed.")
    return confirmed[wish.address.lower()]


def room_for_alerts(user: User) -> int:
    """How many more alerts the user may keep; holds under the user's lock."""
    return max(settings.ALERTS_PER_USER - Alert.objects.filter(user=user).count(), 0)


def _check_room(user: User) -> None:
    if not room_for_alerts(user):
        raise TooManyAlerts(settings.ALERTS_PER_USER)


def urgency_for(user: User, asked: Urgency) -> Urgency:
    filling = Alert.objects.filter(user=user, state=State.FILLING)[: FILLING_AT_ONCE + 1].count()
    return asked if filling <= FILLING_AT_ONCE else Urgency.IMPORT


def lock_user(user_id: int) -> None:
    """Whoever edits a user's alerts does it under this lock, to the end of the transaction."""
    list(User.objects.filter(pk=user_id).select_for_update(no_key=True).values_list("pk"))


def _locked(user: User, alert_id: int) -> Alert:
    lock_user(user.pk)
    alert = (
        Alert.objects.select_related("search")
        .filter(pk=alert_id, user=user)
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    if alert is None:
        raise UnknownAlert(f"There is no alert {alert_id}.")
    return alert


def take_back_unsent(user: User, alerts: QuerySet[Alert], now: datetime) -> None:
    """Before the alerts are locked, and under the user's lock: mails of other alerts may go too,
    which are due at once and folded anew."""
    lock_user(user.pk)
    of_alerts = Digest.objects.filter(alert__in=alerts.filter(user=user))
    unsent = of_alerts.filter(message__in=unhanded())
    take_back(list(unsent.order_by("-pk")[:100]), now)


def put_wish(alert: Alert, wish: Wish, now: datetime) -> None:
    """All that the wish says but for its search."""
    alert.name = wish.name
    alert.keywords = wish.keywords
    alert.note = wish.note
    alert.interval_minutes = wish.interval_minutes
    alert.at_minute = wish.at_minute
    alert.weekdays = wish.weekdays
    alert.mail_when = wish.mail_when
    alert.currency = wish.gates.currency
    alert.min_price_minor = wish.gates.min_minor
    alert.max_price_minor = wish.gates.max_minor
    alert.min_change_percent = wish.gates.min_change_percent
    alert.min_change_minor = wish.gates.min_change_minor
    alert.price_basis = wish.gates.basis
    alert.buying = wish.gates.buying
    alert.countries = " ".join(sorted(wish.gates.countries))
    alert.excluded_countries = " ".join(sorted(wish.gates.excluded_countries))
    alert.free_shipping = wish.gates.free_shipping
    alert.ships_to_me = wish.gates.ships_to_me
    alert.lowest_in_days = wish.gates.lowest_in_days
    alert.rearm_hours = wish.gates.rearm_hours
    alert.ending_minutes = wish.gates.ending_minutes
    alert.conditions = " ".join(sorted(wish.gates.conditions))
    alert.sellers = " ".join(sorted(seller.name for seller in wish.gates.sellers))
    alert.excluded_sellers = " ".join(sorted(one.name for one in wish.gates.excluded_sellers))
    alert.excluded_words = "\n".join(wish.gates.excluded_words)
    alert.triggers = " ".join(sorted(wish.gates.triggers))
    alert.filters = wish.filters
    alert.updated_at = now


def _move(alert: Alert, search: Search, time_zone: str, now: datetime) -> None:
    """Stand in the other search where the alert stood in time, or at its head once it is filled."""
    alert.search = search
    if alert.state == State.PAUSED or alert.cursor is None or search.filled_at is None:
        alert.cursor = alert.cursor_at = alert.slot = None
        if alert.state == State.ACTIVE:
            alert.state = State.FILLING
        return
    is_asleep = alert.state == State.ACTIVE and alert.slot is None  # instant, and no news
    stood_at = now if is_asleep else alert.cursor_at or now
    reached = SearchChange.objects.filter(search=search, at__lte=stood_at).aggregate(
        revision=Max("revision")
    )["revision"]
    alert.cursor = max(reached or 0, search.pruned_to)
    alert.started_at = now
    alert.slot = alert.first_slot(now, time_zone)


def _save_unique(alert: Alert) -> None:
    try:
        with transaction.atomic():
            alert.save()
    except IntegrityError:
        first = Alert.objects.filter(
            user=alert.user_id, search=alert.search_id, filters=alert.filters
        ).first()
        if first is None:
            raise
        raise DuplicateAlert(first.pk, first.name) from None


def plan_searches(
    search_ids: Collection[int], now: datetime, urgency: Urgency = Urgency.PERSON
) -> None:
    """Tell the market how often these searches are wanted, now that their alerts have changed."""
    lock_searches(search_ids)
    wanted = dict(
        Alert.objects.filter(search__in=search_ids)
        .exclude(state=State.PAUSED)
        .values_list("search")
        .annotate(Min("interval_minutes"))
    )
    demand = {pk: demand_seconds(wanted[pk]) if pk in wanted else None for pk in sorted(search_ids)}
    set_demand(demand, now, urgency)
