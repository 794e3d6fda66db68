"""Alerts and what they told, as pages show them: in words, with times on the user's wall."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from ebay_alerts.accounts.models import User
from ebay_alerts.accounts.moments import past, to_come
from ebay_alerts.accounts.schedule import zone_of
from ebay_alerts.alerts import representing, wording
from ebay_alerts.alerts.coverage import coverage_of
from ebay_alerts.alerts.fold import Figure, LineKind
from ebay_alerts.alerts.letters import interval_of
from ebay_alerts.alerts.log_selectors import COUNTED, entries_ahead, has_more_gates, news_counts
from ebay_alerts.alerts.models import Alert, Line
from ebay_alerts.alerts.services.previews import Preview
from ebay_alerts.alerts.wishes import Wish
from ebay_alerts.market.marketplaces import get_marketplace
from ebay_alerts.market.models import Membership, SearchChange
from ebay_alerts.market.services.glancing import Offered

# As mails head them, but for what was there when the alert began and for a price's own move.
_KINDS = {
    **{kind: words.heading.lower() for kind, words in wording.KINDS.items()},
    LineKind.LISTED: "there already",
    LineKind.REPRICED: "",
}


# For how many days a page snoozes, in words.
SNOOZES = ((1, "a day"), (3, "3 days"), (7, "a week"), (30, "30 days"))


def alert_rows(user: User, alerts: Sequence[Alert], now: datetime) -> list[dict[str, Any]]:
    """What the list shows of each alert."""
    around = representing.Circumstances.of(user, alerts, now)
    zone, counts = zone_of(user.time_zone), news_counts(alerts)
    return [
        alert_row(alert, around, zone) | {"news": _waiting_words(alert, counts)} for alert in alerts
    ]


def _waiting_words(alert: Alert, counts: Mapping[int, int]) -> str:
    """`3 listings with news since the last mail`; `up to` where more gates than limits bind."""
    bound = entries_ahead(alert)
    count = counts.get(alert.pk, 0 if bound <= COUNTED else bound)
    if not count or alert.state == Alert.State.FILLING:
        return ""
    up_to = "up to " if bound > COUNTED or has_more_gates(alert) else ""
    return f"{up_to}{wording.listings_words(count)} with news since the last mail"


def alert_row(alert: Alert, around: representing.Circumstances, zone: tzinfo) -> dict[str, Any]:
    now, fetch = around.now, alert.search.fetch
    snoozed_until = representing.snoozed_until(alert, now)
    next_at = representing.next_mail_at(alert, around)
    return {
        "id": alert.pk,
        "name": alert.name,
        "note": alert.note,
        "looks": wording.looks_words(alert.keywords, alert.search.legacy_id),
        "gates": wording.gates_words(alert.gates),
        "site": get_marketplace(alert.search.marketplace).site,
        "coverage": coverage_of(fetch),
        "asked": past(fetch.asked_at, zone, now),
        "snoozes": SNOOZES,
        "interval": interval_of(alert),
        "state": alert.state,
        "is_new": alert.welcomed_at is None,
        "is_paused": alert.state == Alert.State.PAUSED,
        "snoozed": to_come(snoozed_until, zone, now),
        "next": to_come(next_at, zone, now) if alert.state == Alert.State.ACTIVE else None,
        "last": past(alert.mailed_at, zone, now),
        "filling": wording.filling_words(around.fills_before.get(fetch.pk, 0)),
        "trouble": representing.trouble(fetch, around.pause),
        "held": representing.hold(alert, around)["held_reason"],
        "set_aside": alert.pk in around.set_aside,
    }


def told_rows(lines: Sequence[Line], zone: tzinfo, now: datetime) -> list[dict[str, Any]]:
    """What was told, with the prices of then."""
    return [_told_row(line, zone, now) for line in lines]


def _told_row(line: Line, zone: tzinfo, now: datetime) -> dict[str, Any]:
    listing, was = line.listing, line.was_minor
    moved = None if was is None or was == line.price_minor else Figure(was, line.currency)
    tag = _KINDS[LineKind(line.kind)]
    move = wording.price_move(moved, Figure(line.price_minor, line.currency)) if moved else ""
    shipping = line.shipping_minor
    return {
        "id": listing.pk,
        "title": listing.title,
        "url": listing.url,
        "picture": listing.image_url,
        "price": wording.money(line.price_minor + (shipping or 0), line.currency),
        "was": wording.money(was + (shipping or 0), line.currency) if moved and was else "",
        "basis": "" if line.kind == LineKind.ENDED else _basis(line),
        "tag": ", ".join(part for part in (tag, move) if part),
        "direction": _direction(line.price_minor, was),
        "has_ended": listing.ended_at is not None,
        "told": past(line.at, zone, now),
    }


def _basis(line: Line) -> str:
    return _shipping_basis(line.price_minor, line.shipping_minor, line.currency)


def _shipping_basis(minor: int, shipping_minor: int | None, currency: str) -> str:
    """What a total includes."""
    if shipping_minor is None:
        return "shipping not known"
    if shipping_minor == 0:
        return "free shipping"
    item, shipping = wording.money(minor, currency), wording.money(shipping_minor, currency)
    return f"with shipping ({item} + {shipping})"


_HAPPENED = {
    SearchChange.Kind.APPEARED: "new",
    SearchChange.Kind.ENDED: "ended",
    SearchChange.Kind.RETURNED: "back again",
    SearchChange.Kind.LEFT: "found no more",
    SearchChange.Kind.DISCOVERED: "there already",
}


def log_row(
    entry: SearchChange, member: Membership | None, zone: tzinfo, now: datetime
) -> dict[str, Any]:
    """An entry of a search's log, with the prices of then; shipping is that of now."""
    listing, was = entry.listing, entry.was_minor
    price, is_over = Figure(entry.price_minor, entry.currency), entry.kind == _ENDED
    shipping = member.shipping_minor if member else None
    move = wording.price_move(Figure(was, entry.currency), price) if was else ""
    return {
        "id": listing.pk,
        "title": listing.title,
        "url": listing.url,
        "picture": listing.image_url,
        "price": wording.money(price.minor + (shipping or 0), entry.currency),
        "was": wording.money(was + (shipping or 0), entry.currency) if was else "",
        "basis": "" if is_over else _shipping_basis(price.minor, shipping, entry.currency),
        "tag": _HAPPENED.get(SearchChange.Kind(entry.kind), "") or move,
        "direction": _direction(price.minor, was),
        "has_ended": listing.ended_at is not None,
        "told": past(entry.at, zone, now),
    }


_ENDED = SearchChange.Kind.ENDED


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
