"""Alerts and what they told, as pages show them: in words, with times on the user's wall."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.alerts import representing, wording
from ebay_alerts.alerts.fold import Figure, LineKind
from ebay_alerts.alerts.letters import interval_of
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.services.previews import Preview
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.market.services.glancing import Offered

_KINDS = {
    LineKind.APPEARED: "new",
    LineKind.ENTERED: "now within your limit",
    LineKind.EXCEEDED: "now over your limit",
    LineKind.RETURNED: "back again",
    LineKind.RELISTED: "offered again",
    LineKind.ENDING: "ends soon",
    LineKind.ENDED: "ended",
    LineKind.LISTED: "there already",
}


class Moment(NamedTuple):
    """A time in words, with the exact one on the user's wall beside it."""

    at: datetime
    words: str
    exact: str


def past(at: datetime | None, zone: tzinfo, now: datetime) -> Moment | None:
    return Moment(at, wording.ago_words(at, now), wording.moment_words(at, zone)) if at else None


def to_come(at: datetime | None, zone: tzinfo, now: datetime) -> Moment | None:
    return Moment(at, wording.until_words(at, now), wording.moment_words(at, zone)) if at else None


def alert_rows(user: User, alerts: Sequence[Alert], now: datetime) -> list[dict[str, Any]]:
    """What the list shows of each alert."""
    around = representing.Circumstances.of(user, alerts, now)
    zone = zone_of(user.time_zone)
    return [alert_row(alert, around, zone) for alert in alerts]


def alert_row(alert: Alert, around: representing.Circumstances, zone: tzinfo) -> dict[str, Any]:
    now, fetch = around.now, alert.search.fetch
    snoozed_until = representing.snoozed_until(alert, now)
    next_at = representing.next_mail_at(alert, around.quiet, now)
    return {
        "id": alert.pk,
        "name": alert.name,
        "note": alert.note,
        "looks": wording.looks_words(alert.keywords, alert.search.legacy_id),
        "gates": wording.gates_words(alert.gates),
        "interval": interval_of(alert),
        "state": alert.state,
        "is_paused": alert.state == Alert.State.PAUSED,
        "snoozed": to_come(snoozed_until, zone, now),
        "next": to_come(next_at, zone, now) if alert.state == Alert.State.ACTIVE else None,
        "last": past(alert.mailed_at, zone, now),
        "filling": wording.filling_words(around.fills_before.get(fetch.pk, 0)),
        "trouble": representing.trouble(fetch, around.pause),
        "held": representing.hold(alert, around)["held_reason"],
    }


def told_rows(lines: Sequence[Line], zone: tzinfo, now: datetime) -> list[dict[str, Any]]:
    """What was told, with the prices of then."""
    return [_told_row(line, zone, now) for line in lines]


def _told_row(line: Line, zone: tzinfo, now: datetime) -> dict[str, Any]:
    listing, was = line.listing, line.was_minor
    moved = None if was is None or was == line.price_minor else Figure(was, line.currency)
    tag = _KINDS.get(LineKind(line.kind), "")
    move = wording.price_move(moved, Figure(line.price_minor, line.currency)) if moved else ""
    shipping = line.shipping_minor
    return {
        "id": listing.pk,
        "title": listing.title,
        "url": listing.url,
        "picture": listing.image_url,
        "price": wording.money(line.price_minor + (shipping or 0), line.currency),
        "was": wording.money(was + (shipping or 0), line.currency) if moved and was else "",
        "basis": _basis(line),
        "tag": ", ".join(part for part in (tag, move) if part),
        "direction": _direction(line.price_minor, was),
        "has_ended": listing.ended_at is not None,
        "told": past(line.at, zone, now),
    }


def _basis(line: Line) -> str:
    if line.shipping_minor is None:
        return "shipping not known"
    if line.shipping_minor == 0:
        return "free shipping"
    item = wording.money(line.price_minor, line.currency)
    return f"with shipping ({item} + {wording.money(line.shipping_minor, line.currency)})"


def _direction(minor: int, was: int | None) -> str:
    if was is None or was == minor:
        return ""
    return "fall" if minor < was else "rise"


def preview_row(seen: Preview, wish: Wish, now: datetime) -> dict[str, Any]:
    """A preview in words."""
    estimate, currency = seen.estimate, wish.gates.currency
    about = "" if estimate.is_exact else "about "
    return {
        "count": f"{about}{wording.listings_words(estimate.matches)}",
        "new_a_day": _a_day(estimate.new_per_day),
        "mails_a_day": _a_day(seen.mails_per_day),
        "lowest": wording.money(seen.lowest_minor, currency) if seen.lowest_minor else "",
        "cautions": [caution.words for caution in seen.cautions],
        "cheapest": [_offered_row(one, now) for one in seen.cheapest],
    }


def _a_day(number: float) -> str:
    if number == 0:
        return "none"
    return "fewer than 1" if number < 1 else f"{round(number):,}"


def _offered_row(one: Offered, now: datetime) -> dict[str, Any]:
    bid = "bid, " if one.price_minor is None else ""
    shipping = wording.shipping_words(one.shipping, one.shipping_minor, one.currency)
    parts = (one.condition, wording.ends_words(one.ends_at, now))
    return {
        "title": one.title,
        "url": one.url,
        "picture": one.image_url,
        "price": wording.money(one.cost_minor, one.currency),
        "basis": f"{bid}{shipping}",
        "detail": " · ".join(part for part in parts if part),
    }
