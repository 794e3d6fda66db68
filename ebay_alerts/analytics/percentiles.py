"""How a price stands among those of a search's live listings; pure.

Percentiles are by nearest rank: of n prices in order, the p-th is the one at place p/100 × n,
rounded up. So each is a price that somebody asks, and needs no rounding. This is definition 1 of
Hyndman and Fan, Sample Quantiles in Statistical Packages (The American Statistician 50, 1996), and
PostgreSQL's `percentile_disc`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ebay_alerts.analytics.price_statistics import Kind
from ebay_alerts.kit.money import Money

# Of fewer listings nothing is said: they have no tenth.
LEAST_LISTINGS = 10


class SearchPrices(NamedTuple):
    """What a search's live listings of one kind cost in one currency, in minor units."""

    kind: Kind
    currency: str
    listings: int
    percentile_10: int
    median: int
    percentile_90: int


class Standing(StrEnum):
    """How a price compares with the others; each claim is true of at least so many of them.

    Amid is the median itself.
    """

    CHEAPER_THAN_9_OF_10 = "cheaper than 9 of 10"
    CHEAPER_THAN_HALF = "cheaper than half"
    AMID = "amid"
    DEARER_THAN_HALF = "dearer than half"
    DEARER_THAN_9_OF_10 = "dearer than 9 of 10"
    TOO_FEW = "too few to compare"


def percentile(prices: Sequence[int], per_cent: int) -> int:
    """The nearest-rank percentile of sorted prices. Raises ValueError if there is none."""
    if not prices or not 0 < per_cent <= 100:
        raise ValueError(f"no percentile {per_cent} of {len(prices)} prices")
    return prices[-(-per_cent * len(prices) // 100) - 1]


def search_prices(kind: Kind, currency: str, prices: Sequence[int]) -> SearchPrices | None:
    """Of sorted prices of one kind in one currency; None of none."""
    if not prices:
        return None
    low, middle, high = (percentile(prices, one) for one in (10, 50, 90))
    return SearchPrices(kind, currency, len(prices), low, middle, high)


def standing(price: Money, kind: Kind, among: SearchPrices) -> Standing | None:
    """None where the prices are of another kind or currency.

    Equal prices are neither cheaper nor dearer. Whether the price is itself among them or not,
    what is claimed is true; in doubt less is claimed.
    """
    if (kind, price.currency) != (among.kind, among.currency):
        return None
    if among.listings < LEAST_LISTINGS:
        return Standing.TOO_FEW
    if price.minor < among.percentile_10:
        return Standing.CHEAPER_THAN_9_OF_10
    if price.minor > among.percentile_90:
        return Standing.DEARER_THAN_9_OF_10
    if price.minor < among.median:
        return Standing.CHEAPER_THAN_HALF
    return Standing.DEARER_THAN_HALF if price.minor > among.median else Standing.AMID
