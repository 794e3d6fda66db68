"""What makes a search; pure."""

from dataclasses import dataclass
from functools import cached_property

from ebay_alerts.market.keyword_query import KeywordQuery

# Marketplace, canonical keyword query, category and country.
Identity = tuple[str, str, str, str]


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
