"""What makes a search, and the words for what it finds; pure."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ebay_alerts.market.keyword_query import KeywordQuery

# Marketplace, canonical keyword query, category and country.
Identity = tuple[str, str, str, str]


class Condition(StrEnum):
    """The group that a listing's condition belongs to, whatever a marketplace calls it."""

    NEW = "new"
    OPEN_BOX = "open_box"
    REFURBISHED = "refurbished"
    USED = "used"
    FOR_PARTS = "for_parts"


@dataclass(frozen=True)
class SearchTerms:
    """What makes a search: alerts with equal terms share one."""

    marketplace: str
    query: KeywordQuery
    category: str
    deliver_to: str

    @cached_property
    def identity(self) -> Identity:
        """What no two searches have in common."""
        return self.marketplace, str(self.query), self.category, self.deliver_to
