"""What makes a search; pure."""

from dataclasses import dataclass

from ebay_alerts.market.keyword_query import KeywordQuery


@dataclass(frozen=True)
class SearchTerms:
    """What makes a search: alerts with equal terms share one."""

    marketplace: str
    query: KeywordQuery
    category: str
    deliver_to: str
