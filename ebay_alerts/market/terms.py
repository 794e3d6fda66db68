"""What makes a search, and the words for what it finds; pure."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from ebay_alerts.market.keyword_query import KeywordQuery

# Marketplace, canonical keyword query, category, country and number of the one listing.
Identity = tuple[str, str, str, str, str]
# What makes a fetch: the same with the keywords that eBay is asked for.
Request = tuple[str, str, str, str, str]


class Condition(StrEnum):
    """The group that a listing's condition belongs to, whatever a marketplace calls it."""

    NEW = "new"
    OPEN_BOX = "open_box"
    REFURBISHED = "refurbished"
    USED = "used"
    FOR_PARTS = "for_parts"


@dataclass(frozen=True)
class SearchTerms:
    """What makes a search: alerts with equal terms share one.

    A search of one listing has the listing's number, `legacy_id`, and neither query nor category.
    """

    marketplace: str
    query: KeywordQuery | None
    category: str
    deliver_to: str
    legacy_id: str = ""

    @cached_property
    def identity(self) -> Identity:
        """What no two searches have in common."""
        query = "" if self.query is None else str(self.query)
        return self.marketplace, query, self.category, self.deliver_to, self.legacy_id

    @cached_property
    def request(self) -> Request:
        """What no two fetches have in common."""
        keywords = "" if self.query is None else self.query.ebay_text()
        return self.marketplace, keywords, self.category, self.deliver_to, self.legacy_id
