"""The history of alerts: every edit of a user's appends what was wished before and after."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ebay_alerts.accounts.schedule import minute_words
from ebay_alerts.alerts.models import Alert, AlertChange
from ebay_alerts.alerts.schedule import weekday_names
from ebay_alerts.kit.money import amount_of
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.addresses import listing_address
from ebay_alerts.market.services.bulk import insert_rows

Kind = AlertChange.Kind
ERASED_A_TURN = 1000


def wish_of(alert: Alert) -> dict[str, Any]:
    """What its user asks of the alert now, in the API's words and in plain JSON.

    A state is `active` or `paused`: how far the filling got is nobody's wish.
    """
    search = alert.search
    return {
        "name": alert.name,
        "keywords": alert.keywords,
        "listing": _listing(search.marketplace, search.legacy_id),
        "marketplace": search.marketplace,
        "category": search.category,
        "deliver_to": search.deliver_to,
        "interval_minutes": alert.interval_minutes,
        "at": None if alert.at_minute is None else minute_words(alert.at_minute),
        "weekdays": weekday_names(alert.weekdays),
        "mail_when": alert.mail_when,
        "address": alert.address.address if alert.address else None,
        "min_price": _amount(alert.min_price_minor, alert.currency),
        "max_price": _amount(alert.max_price_minor, alert.currency),
        "currency": alert.currency,
        "min_change_percent": alert.min_change_percent,
        "min_change_amount": _amount(alert.min_change_minor, alert.currency),
        "price_basis": alert.price_basis,
        "buying": alert.buying,
        "countries": alert.countries.split(),
        "excluded_countries": alert.excluded_countries.split(),
        "free_shipping": alert.free_shipping,
        "ships_to_me": alert.ships_to_me,
        **finer_gates(alert),
        "triggers": alert.triggers.split(),
        "snoozed_until": _time(alert.snoozed_until),
        "note": alert.note,
        "state": "paused" if alert.state == Alert.State.PAUSED else "active",
    }


def finer_gates(alert: Alert) -> dict[str, Any]:
    """The gates that few alerts have, in the API's words."""
    return {
        "lowest_in_days": alert.lowest_in_days,
        "rearm_hours": alert.rearm_hours,
        "ending_minutes": alert.ending_minutes,
        "conditions": alert.conditions.split(),
        "sellers": alert.sellers.split(),
        "excluded_sellers": alert.excluded_sellers.split(),
        "excluded_words": alert.excluded_words.splitlines(),
    }


def _listing(marketplace: str, legacy_id: str) -> str | None:
    return listing_address(marketplace, legacy_id) if legacy_id else None


def _amount(minor: int | None, currency: str) -> str | None:
    amount = amount_of(minor, currency)
    return None if amount is None else str(amount)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def record_change(
    alert: Alert,
    kind: Kind,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    at: datetime,
) -> None:
    """Append to the alert's history; nothing if both wishes are the same.

    Call it inside the transaction that makes the change, under the user's lock: so one alert's
    changes are in the order of their ids, and each begins as the one before it ended.
    """
    if before == after:
        return
    AlertChange.objects.create(
        alert_id=alert.pk, user_id=alert.user_id, kind=kind, before=before, after=after, at=at
    )


def record_creations(alerts: Sequence[Alert], at: datetime) -> None:
    """Begin the histories of new alerts, by one statement; inside the transaction of theirs."""
    rows = [(alert.pk, alert.user_id, Kind.CREATED.value, wish_of(alert), at) for alert in alerts]
    insert_rows(AlertChange, ("alert_id", "user_id", "kind", "after", "at"), rows)


def erase_history(user_id: int) -> int:
    """Delete what is kept of a user's alerts, for whoever deletes the user: no key cascades here.

    It goes in portions, each a transaction. Returns how many changes went.
    """
    of_user = AlertChange.objects.filter(user_id=user_id).order_by("alert_id", "pk")
    erased = 0
    while ids := list(of_user.values_list("pk", flat=True)[:ERASED_A_TURN]):
        with write_turn():
            erased += AlertChange.objects.filter(pk__in=ids).delete()[0]
    return erased
