"""What a user did with an alert, in words: what was asked of it before and after; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ebay_alerts.alerts import wording
from ebay_alerts.kit.money import format_money, parse_money

# The fields of a wish in the order in which a page names them.
_LABELS = {
    "keywords": "keywords",
    "listing": "listing",
    "name": "name",
    "note": "note",
    "min_price": "at least",
    "max_price": "at most",
    "price_basis": "prices are",
    "interval_minutes": "how often",
    "at": "at",
    "weekdays": "on",
    "mail_when": "a mail comes",
    "address": "it goes to",
    "triggers": "tells",
    "min_change_percent": "price changes from, in per cent",
    "min_change_amount": "price changes from, in money",
    "lowest_in_days": "only falls to the lowest of so many days",
    "rearm_hours": "hours without further price changes",
    "ending_minutes": "minutes before an auction ends",
    "buying": "to buy",
    "conditions": "condition",
    "free_shipping": "only with free shipping",
    "ships_to_me": "only what is sent to you",
    "countries": "only from",
    "excluded_countries": "not from",
    "sellers": "only from the sellers",
    "excluded_sellers": "not from the sellers",
    "excluded_words": "not with the words",
    "marketplace": "marketplace",
    "category": "category",
    "deliver_to": "delivered to",
}
# What is no setting but a state; restoring settings leaves it.
_STATES = ("state", "snoozed_until", "currency")
_MONEY = ("min_price", "max_price", "min_change_amount")
_WORDS = {
    "item": "without shipping",
    "total": "with shipping",
    "changes": "when something changed",
    "always": "always, with all that match",
    "any": "any way",
    "fixed_price": "at a fixed price",
    "auction": "auctions",
    "open_box": "open box",
    "for_parts": "for parts",
}


class Difference(NamedTuple):
    """One setting before and after, in words."""

    label: str
    before: str
    after: str


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Difference]:
    """The settings that differ; none for a creation or a deletion."""
    if before is None or after is None:
        return []
    return [
        Difference(label, _said(name, before), _said(name, after))
        for name, label in _LABELS.items()
        if name in before and name in after and before[name] != after[name]
    ]


def deed_words(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What was done: `made`, `changed`, `paused`, ..."""
    if kind == "changed" and before and after and not differences(before, after):
        return "You ended its snooze" if before.get("snoozed_until") else "You changed it"
    deeds = {"created": "You made it", "resumed": "You let it go on"}
    return deeds.get(kind, f"You {kind} it")


def settings_of(wish: Mapping[str, Any]) -> dict[str, Any]:
    """A wish of the history in the shape that `read_wish` takes."""
    settings = {name: value for name, value in wish.items() if name not in _STATES}
    for name in _MONEY:
        if settings.get(name) is not None:
            settings[name] = Decimal(str(settings[name]))
    return settings


def is_same_wish(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two wishes differ in no setting."""
    return settings_of(one) == settings_of(other)


def _said(name: str, wish: Mapping[str, Any]) -> str:
    value = wish[name]
    if name == "interval_minutes":
        return wording.interval_words(value)
    if value in (None, "", [], 0, "0.00", "0"):
        return "none"
    if name in _MONEY:
        return format_money(parse_money(value, str(wish.get("currency", ""))))
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, list):
        return ", ".join(_WORDS.get(str(one), str(one)) for one in value)
    return _WORDS.get(str(value), str(value))
