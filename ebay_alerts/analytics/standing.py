"""How a price stands among those of a search's listings; pure.

Percentiles are by nearest rank: of n prices in order, the p-th is the one at place p/100 × n,
rounded up, so each is a price that somebody asks. That is definition 1 of Hyndman and Fan, Sample
Quantiles in Statistical Packages (The American Statistician 50, 1996), and PostgreSQL's
`percentile_disc`. What is claimed here follows from it.
"""

from enum import StrEnum
from typing import NamedTuple

from ebay_alerts.analytics.price_statistics import Kind
from ebay_alerts.kit.money import Money

# Of fewer listings nothing is claimed: they have no tenth.
LEAST_PRICED = 10


class SearchPrices(NamedTuple):
    """What the `priced` listings of one kind cost in one currency, in minor units, by nearest rank;
    no percentiles where there is no price."""

    kind: Kind
    currency: str
    priced: int
    p10: int | None
    median: int | None
    p90: int | None


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


def standing(price: Money, kind: Kind, among: SearchPrices) -> Standing | None:
    """None where the prices are of another kind or currency.

    Equal prices are neither cheaper nor dearer. Whether the price is itself among them or not,
    what is claimed is true; in doubt less is claimed.
    """
    if (kind, price.currency) != (among.kind, among.currency):
        return None
    _, _, priced, p10, median, p90 = among
    if p10 is None or median is None or p90 is None or priced < LEAST_PRICED:
        return Standing.TOO_FEW
    if price.minor < p10:
        return Standing.CHEAPER_THAN_9_OF_10
    if price.minor > p90:
        return Standing.DEARER_THAN_9_OF_10
    if price.minor < median:
        return Standing.CHEAPER_THAN_HALF
    return Standing.DEARER_THAN_HALF if price.minor > median else Standing.AMID
