"""What pages call the gates, which the API calls by the names of its fields; pure."""

from collections.abc import Sequence

from ebay_alerts.alerts.explaining import Verdict

GATES = {
    "min_price": "lowest price",
    "max_price": "highest price",
    "buying": "way to buy",
    "free_shipping": "free shipping",
    "ships_to_me": "sent to you",
    "countries": "countries",
    "excluded_countries": "excluded countries",
    "conditions": "condition",
    "sellers": "sellers",
    "excluded_sellers": "excluded sellers",
    "excluded_words": "excluded words",
}


def gate_words(gate: str) -> str:
    return GATES.get(gate, gate)


def refused_words(refused: Sequence[Verdict]) -> str:
    """`highest price: wanted at most $50.00, there $80.00; ...`"""
    return "; ".join(
        f"{gate_words(one.gate)}: wanted {one.wanted}, there {one.found}" for one in refused
    )
