"""Alerts and listings in the API's shapes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.quiet import QuietHours
from ebay_alerts.accounts.schedule import minute_words, zone_of
from ebay_alerts.alerts import wording
from ebay_alerts.alerts.coverage import coverage_of, pace_of
from ebay_alerts.alerts.explaining import explanation_words, verdicts
from ebay_alerts.alerts.holding import FOR_GOOD
from ebay_alerts.alerts.links import alert_page
from ebay_alerts.alerts.models import Alert, AlertChange, Line
from ebay_alerts.alerts.schedule import Flood, slot_time, weekday_names
from ebay_alerts.alerts.selectors import Held, fills_before_alerts, floods_of, set_aside_kinds
from ebay_alerts.alerts.services.facts import features_of, figure_of
from ebay_alerts.alerts.services.history import finer_gates
from ebay_alerts.alerts.wishes import usual_name
from ebay_alerts.kit.money import amount_of
from ebay_alerts.market.addresses import listing_address
from ebay_alerts.market.models import ApiPause, Fetch, Listing, Membership, PricePoint
from ebay_alerts.market.selectors import (
    api_pause,
    instant_seconds,
    is_stream_followed,
    refresh_interval,
)


@dataclass(frozen=True)
class Circumstances:
    """What is around some alerts of a user at a moment.

    `fills_before`: by fetch, how many are filled before it; `set_aside`: by alert, what cannot be
    done for it at present, in words.
    """

    now: datetime
    pause: ApiPause | None
    has_stream: bool
    flood: Flood | None
    instant_flood: Flood | None
    fills_before: Mapping[int, int]
    quiet: QuietHours | None = None
    set_aside: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, user: User, alerts: Sequence[Alert], now: datetime) -> "Circumstances":
        return cls(
            now,
            api_pause(now),
            is_stream_followed(now),
            *floods_of(user.pk, now),
            fills_before_alerts(alerts),
            user.quiet_hours,
            set_aside_words(alerts),
        )


def set_aside_words(alerts: Sequence[Alert]) -> dict[int, str]:
    """By alert, what cannot be done for those for which something is set aside."""
    return {pk: wording.set_aside_words(kinds) for pk, kinds in set_aside_kinds(alerts).items()}


def alert_fields(alert: Alert, around: Circumstances) -> dict[str, Any]:
    search = alert.search
    return {
        "id": alert.pk,
        "name": alert.name,
        "note": alert.note,
        "keywords": alert.keywords,
        "listing": listing_of(alert),
        "interval_minutes": alert.interval_minutes,
        "at": None if alert.at_minute is None else minute_words(alert.at_minute),
        "weekdays": weekday_names(alert.weekdays),
        "instant_every_seconds": instant_every(alert, around),
        "marketplace": search.marketplace,
        "category": search.category,
        "deliver_to": search.deliver_to,
        "min_price": amount_of(alert.min_price_minor, alert.currency),
        "max_price": amount_of(alert.max_price_minor, alert.currency),
        "currency": alert.currency,
        "min_change_percent": alert.min_change_percent,
        "min_change_amount": amount_of(alert.min_change_minor, alert.currency),
        "price_basis": alert.price_basis,
        "buying": alert.buying,
        "countries": alert.countries.split(),
        "excluded_countries": alert.excluded_countries.split(),
        "free_shipping": alert.free_shipping,
        "ships_to_me": alert.ships_to_me,
        **finer_gates(alert),
        "triggers": alert.triggers.split(),
        "mail_when": alert.mail_when,
        "address": alert.address.address if alert.address else None,
        "state": alert.state,
        "snoozed_until": snoozed_until(alert, around.now),
        "next_mail_at": next_mail_at(alert, around),
        "last_mail_at": alert.mailed_at,
        **hold(alert, around),
        "created_at": alert.created_at,
        "updated_at": alert.updated_at,
        "coverage": coverage_fields(search.fetch, around.fills_before.get(search.fetch_id, 0)),
        "trouble": trouble(search.fetch, around.pause),
        "page": alert_page(alert.pk),
    }


def listing_of(alert: Alert) -> str | None:
    """The one listing that is watched, by its address; None for an alert on keywords."""
    search = alert.search
    return listing_address(search.marketplace, search.legacy_id) if search.legacy_id else None


def snoozed_until(alert: Alert, now: datetime) -> datetime | None:
    """Until when it is snoozed; None once that is over."""
    return alert.snoozed_until if alert.is_snoozed(now) else None


def next_mail_at(alert: Alert, around: Circumstances) -> datetime | None:
    """Its slot, or the end of its snooze if that is later, or of the quiet hours that these fall
    into; None while nothing is due, and while it is set aside."""
    if not alert.slot or alert.pk in around.set_aside:
        return None
    at = max(slot_time(alert.slot), snoozed_until(alert, around.now) or slot_time(alert.slot))
    return (around.quiet.end_after(at) if around.quiet else None) or at


def instant_every(alert: Alert, around: Circumstances) -> int | None:
    """Seconds between refreshes for an instant alert; None if the stream tells its news."""
    if alert.interval_minutes:
        return None
    return instant_seconds(alert.search.fetch, around.has_stream)


def hold(alert: Alert, around: Circumstances) -> dict[str, Any]:
    """Until when and why an alert tells later than it was asked to, or None for both; nobody knows
    until when while it is set aside."""
    if words := around.set_aside.get(alert.pk):
        return {"held_until": None, "held_reason": words}
    quiet_until = around.quiet.end_after(around.now) if around.quiet else None
    if around.quiet and quiet_until and alert.state == Alert.State.ACTIVE:
        words = wording.quiet_words(quiet_until, zone_of(around.quiet.time_zone))
        return {"held_until": quiet_until, "held_reason": words}
    flood = around.flood or (None if alert.interval_minutes else around.instant_flood)
    if alert.state != Alert.State.ACTIVE or flood is None:
        return {"held_until": None, "held_reason": None}
    return {"held_until": flood.until, "held_reason": wording.flood_words(flood)}


def trouble(fetch: Fetch, pause: ApiPause | None) -> dict[str, Any] | None:
    """Why eBay cannot be asked, in words, or None."""
    if pause:
        return {
            "kind": "rate_limited",
            "reason": pause.reason,
            "since": fetch.failed_at,
            "next_try_at": pause.until,
        }
    if not fetch.failures:
        return None
    return {
        "kind": fetch.failure_kind,
        "reason": fetch.failure_reason,
        "since": fetch.failed_at,
        "next_try_at": fetch.due_at,
    }


def listing_fields(listing: Listing, membership: Membership | None) -> dict[str, Any]:
    currency = listing.currency
    shipping = membership.shipping_minor if membership else None
    return {
        "id": listing.pk,
        "legacy_id": listing.legacy_id,
        "marketplace": listing.marketplace,
        "title": listing.title,
        "price": amount_of(listing.price_minor, currency),
        "bid": amount_of(listing.bid_minor, currency),
        "bid_count": listing.bid_count,
        "currency": currency,
        "shipping": amount_of(shipping, currency),
        "shipping_kind": membership.shipping if membership else "unknown",
        "total": amount_of(listing.figure_minor + (shipping or 0), currency),
        "url": listing.url,
        "image_url": listing.image_url,
        "condition": listing.condition,
        "started_at": listing.started_at,
        "ends_at": listing.ends_at,
        "ended_at": listing.ended_at,
        "first_seen_at": listing.first_seen_at,
    }


def explanation_fields(
    alert: Alert,
    listing: Listing,
    membership: Membership | None,
    lines: Sequence[Line],
    held: Held,
    called: Callable[[str], str] = str,
) -> dict[str, Any]:
    """`called` says what a gate is called, by default as the API's field."""
    found = verdicts(alert.gates, features_of(listing, membership), figure_of(listing))
    has_ended, is_found = listing.ended_at is not None, membership is not None
    return {
        "words": explanation_words(
            is_found=is_found,
            has_ended=has_ended,
            refused_by=[called(verdict.gate) for verdict in found if not verdict.passes],
            was_told=bool(lines),
            is_paused=alert.state == Alert.State.PAUSED,
            is_snoozed=held.snoozed_until is not None,
            is_held=held.until is not None,
        ),
        "snoozed": held.snoozed_until is not None,
        "held_until": _time_to_come(held.snoozed_until or held.until),
        "is_found": is_found,
        "has_ended": has_ended,
        "goes_to": alert.address.address if alert.address else alert.user.email,
        "verdicts": [verdict._asdict() | {"gate": called(verdict.gate)} for verdict in found],
        "told": [_told_fields(line) for line in lines],
    }


def _time_to_come(at: datetime | None) -> datetime | None:
    """None for what has no end."""
    return None if at == FOR_GOOD else at


def _told_fields(line: Line) -> dict[str, Any]:
    return {
        "at": line.at,
        "kind": line.kind,
        "price": amount_of(line.price_minor, line.currency),
        "currency": line.currency,
        "was": amount_of(line.was_minor, line.currency),
        "alert_id": line.alert_id,
        "also_matched_by": line.also_matched_by or [],
        "is_shown": line.is_shown,
        "sent_at": line.digest.message.sent_at if line.digest else None,
    }


def change_fields(change: AlertChange) -> dict[str, Any]:
    before, after = change.before or {}, change.after or {}
    return {
        "at": change.at,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "changed": sorted(name for name in before if name in after and before[name] != after[name]),
    }


def price_point_fields(point: PricePoint) -> dict[str, Any]:
    return {
        "at": point.at,
        "kind": point.kind,
        "amount": amount_of(point.minor, point.currency),
        "currency": point.currency,
        "own_amount": amount_of(point.own_minor, point.own_currency),
        "own_currency": point.own_currency or None,
    }


def coverage_fields(fetch: Fetch, fills_before: int = 0) -> dict[str, Any]:
    planned = refresh_interval(fetch)
    words = (
        coverage_of(fetch),
        pace_of(fetch),
        wording.filling_words(fills_before),
    )
    return {
        "asked_at": fetch.asked_at,
        "total": fetch.total,
        "covered": fetch.covered,
        "is_complete": fetch.is_complete,
        "wanted_every_seconds": fetch.refresh_seconds,
        "refreshed_every_seconds": planned,
        "filled_before": fills_before,
        "words": "; ".join(filter(None, words)),
    }


def wish_fields(alert: Alert) -> dict[str, Any]:
    """An alert as its user wished it, to be changed in part."""
    search = alert.search
    return {
        "name": None if alert.name == usual_name(alert.keywords, search.legacy_id) else alert.name,
        "note": alert.note,
        "keywords": alert.keywords,
        "listing": listing_of(alert),
        "interval_minutes": alert.interval_minutes,
        "at": None if alert.at_minute is None else minute_words(alert.at_minute),
        "weekdays": weekday_names(alert.weekdays),
        "marketplace": search.marketplace,
        "category": search.category,
        "deliver_to": search.deliver_to,
        "min_price": amount_of(alert.min_price_minor, alert.currency),
        "max_price": amount_of(alert.max_price_minor, alert.currency),
        "min_change_percent": alert.min_change_percent,
        "min_change_amount": amount_of(alert.min_change_minor, alert.currency),
        "price_basis": alert.price_basis,
        "buying": alert.buying,
        "countries": alert.countries.split(),
        "excluded_countries": alert.excluded_countries.split(),
        "free_shipping": alert.free_shipping,
        "ships_to_me": alert.ships_to_me,
        **finer_gates(alert),
        "triggers": alert.triggers.split(),
        "mail_when": alert.mail_when,
        "address": alert.address.address if alert.address else None,
    }
