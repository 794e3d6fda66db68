"""Why a listing is told or not: each gate's verdict in words; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from ebay_alerts.alerts import wording
from ebay_alerts.alerts.fold import Figure
from ebay_alerts.alerts.gates import (
    Basis,
    Buying,
    Features,
    Gates,
    Seller,
    is_free,
    is_one_of,
    is_sent,
    runs_of,
)


class Verdict(NamedTuple):
    """What one gate says of a listing: what is wanted, and what is there."""

    gate: str
    passes: bool
    wanted: str
    found: str


def verdicts(gates: Gates, features: Features, figure: Figure) -> list[Verdict]:
    """One for each gate that the alert has; none for an alert that wants everything."""
    found = [
        *_limits(gates, features, figure),
        _buying(gates, features),
        _shipping(gates, features, figure),
        _sending(gates, features, figure),
        *_country(gates, features),
        _condition(gates, features),
        *_seller(gates, features),
        _words(gates, features),
    ]
    return [verdict for verdict in found if verdict]


def explanation_words(
    *,
    is_found: bool,
    has_ended: bool,
    refused_by: Sequence[str],
    was_told: bool,
    is_paused: bool,
    is_snoozed: bool = False,
    is_held: bool = False,
) -> str:
    """Why it is told or not, in a sentence."""
    told = "It was told" if was_told else "It was not told"
    if is_snoozed:
        return f"{told}; you snoozed it, so what happens to it is told afterwards."
    if has_ended:
        return f"{told}; it has ended."
    if not is_found:
        return f"{told}; the search does not find it now."
    if refused_by:
        return f"{told}; it does not pass {' and '.join(refused_by)}."
    if is_paused:
        return f"{told}; it passes every gate, but the alert is paused."
    if is_held:
        return f"{told}; a price change of it is held back by the re-arm time."
    return f"{told}; it passes every gate, so changes of it are told."


def _limits(gates: Gates, features: Features, figure: Figure) -> list[Verdict]:
    has_shipping = gates.basis is Basis.TOTAL and features.shipping_minor
    minor = figure.minor + (features.shipping_minor or 0) if has_shipping else figure.minor
    found = wording.money(minor, figure.currency) + (" with shipping" if has_shipping else "")
    is_comparable = figure.currency == gates.currency
    limits = (
        (
            "min_price",
            gates.min_minor,
            "at least",
            gates.min_minor is None or minor >= gates.min_minor,
        ),
        (
            "max_price",
            gates.max_minor,
            "at most",
            gates.max_minor is None or minor <= gates.max_minor,
        ),
    )
    return [
        Verdict(
            gate,
            is_comparable and is_within,
            f"{words} {wording.money(limit, gates.currency)}",
            found if is_comparable else f"{found}, another currency",
        )
        for gate, limit, words, is_within in limits
        if limit is not None
    ]


def _buying(gates: Gates, features: Features) -> Verdict | None:
    if gates.buying is Buying.ANY:
        return None
    passes = features.has_price if gates.buying is Buying.FIXED_PRICE else features.has_bid
    ways = ["a fixed price"] * features.has_price + ["bids"] * features.has_bid
    return Verdict("buying", passes, str(gates.buying), " and ".join(ways))


def _shipping(gates: Gates, features: Features, figure: Figure) -> Verdict | None:
    if not gates.free_shipping:
        return None
    found = wording.shipping_words(features.shipping, features.shipping_minor, figure.currency)
    passes = is_free(features.shipping, features.shipping_minor)
    return Verdict("free_shipping", passes, "free shipping", found)


def _sending(gates: Gates, features: Features, figure: Figure) -> Verdict | None:
    if not gates.ships_to_me:
        return None
    found = wording.shipping_words(features.shipping, features.shipping_minor, figure.currency)
    return Verdict("ships_to_me", is_sent(features.shipping), "sent to the alert's country", found)


def _country(gates: Gates, features: Features) -> list[Verdict]:
    found = features.country or "not known"
    verdicts = []
    if gates.countries:
        wanted = f"one of {', '.join(sorted(gates.countries))}"
        verdicts.append(Verdict("countries", features.country in gates.countries, wanted, found))
    if gates.excluded_countries:
        wanted = f"none of {', '.join(sorted(gates.excluded_countries))}"
        passes = features.country not in gates.excluded_countries
        verdicts.append(Verdict("excluded_countries", passes, wanted, found))
    return verdicts


def _condition(gates: Gates, features: Features) -> Verdict | None:
    if not gates.conditions:
        return None
    wanted = f"one of {', '.join(sorted(gates.conditions))}"
    found = features.condition_group or "not known"
    return Verdict("conditions", features.condition_group in gates.conditions, wanted, found)


def _seller(gates: Gates, features: Features) -> list[Verdict]:
    verdicts = []
    if gates.sellers:
        passes = is_one_of(gates.sellers, features.seller)
        found = _seller_words(gates.sellers, features.seller)
        verdicts.append(Verdict("sellers", passes, f"one of {_names(gates.sellers)}", found))
    if gates.excluded_sellers:
        passes = not is_one_of(gates.excluded_sellers, features.seller)
        wanted = f"none of {_names(gates.excluded_sellers)}"
        found = _seller_words(gates.excluded_sellers, features.seller)
        verdicts.append(Verdict("excluded_sellers", passes, wanted, found))
    return verdicts


def _names(sellers: frozenset[Seller]) -> str:
    return ", ".join(sorted(seller.name for seller in sellers))


def _seller_words(sellers: frozenset[Seller], mark: str) -> str:
    """The name where the user gave it; no other name is known here."""
    if not mark:
        return "not known"
    return next((one.name for one in sorted(sellers) if one.mark == mark), "somebody else")


def _words(gates: Gates, features: Features) -> Verdict | None:
    if not gates.excluded_words:
        return None
    there = [
        text for text in gates.excluded_words if any(run in features.words for run in runs_of(text))
    ]
    wanted = f"none of {', '.join(gates.excluded_words)}"
    return Verdict("excluded_words", not there, wanted, ", ".join(there) or "none of them")
