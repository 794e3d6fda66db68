"""What pages say of prices in a sentence; pure."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median_low

from ebay_alerts.analytics.standing import Standing
from ebay_alerts.kit.money import Money, format_money
from ebay_alerts.kit.spans import span_words

_CLAIMS = {
    Standing.CHEAPER_THAN_9_OF_10: "cheaper than 9 of 10 like it",
    Standing.CHEAPER_THAN_HALF: "cheaper than half of those like it",
    Standing.AMID: "just in the middle of those like it",
    Standing.DEARER_THAN_HALF: "dearer than half of those like it",
    Standing.DEARER_THAN_9_OF_10: "dearer than 9 of 10 like it",
}


def month_median(medians: Sequence[int]) -> int | None:
    """The median of the daily medians of thirty days; None of none."""
    return median_low(medians) if medians else None


def against_words(minor: int, median: int) -> str:
    """`18 % under`, `4 % over`, `at`: a price against a median."""
    if not median or minor == median:
        return "at"
    share = round(abs(minor - median) * 100 / median)
    way = "under" if minor < median else "over"
    return f"{share} % {way}" if share else f"less than 1 % {way}"


def cheapest_words(cheapest: Money | None, currency: str, medians: Sequence[int]) -> str:
    """`The cheapest now, $90.00, is 18 % under its 30-day median.`; empty where they do not
    compare."""
    median = month_median(medians)
    if cheapest is None or median is None or cheapest.currency != currency:
        return ""
    against = against_words(cheapest.minor, median)
    return f"The cheapest now, {format_money(cheapest)}, is {against} the 30-day median."


def listing_median_words(price: Money, name: str, currency: str, medians: Sequence[int]) -> str:
    """`18 % under the 30-day median of “wine”, $120.00`; empty where they do not compare."""
    median = month_median(medians)
    if median is None or price.currency != currency:
        return ""
    said = format_money(Money(median, currency))
    return f"{against_words(price.minor, median)} the 30-day median of “{name}”, {said}"


def standing_words(standing: Standing | None) -> str:
    return _CLAIMS.get(standing, "") if standing else ""


def course_words(points: Sequence[tuple[float, int]], now: float, currency: str) -> str:
    """How a price came to be what it is: `at its lowest since first seen 12 days ago, when it was
    $100.00`. `points` are moments in Unix seconds and prices from then on, oldest first."""
    if not points:
        return ""
    (since, first), (_, last) = points[0], points[-1]
    prices = [minor for _, minor in points]
    seen = f"first seen {_ago(now - since)}"
    if len(set(prices)) == 1:
        return f"the same since {seen}"
    start = f"when it was {format_money(Money(first, currency))}"
    if last == min(prices):
        return f"at its lowest since {seen}, {start}"
    if last == max(prices):
        return f"at its highest since {seen}, {start}"
    low, began = (format_money(Money(minor, currency)) for minor in (min(prices), first))
    return f"{seen} at {began}; {low} at its lowest"


def _ago(seconds: float) -> str:
    return f"{span_words(timedelta(seconds=seconds))} ago"


def sentence(parts: Sequence[str]) -> str:
    """The parts that say something, as one sentence."""
    said = "; ".join(part for part in parts if part)
    return f"{said[0].upper()}{said[1:]}." if said else ""
