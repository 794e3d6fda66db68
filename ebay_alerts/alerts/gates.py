"""What an alert wants beyond its search; pure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol

from ebay_alerts.market.keyword_query import Term, terms_of
from ebay_alerts.market.terms import Condition


class Basis(StrEnum):
    """Which price the limits bind: the item's alone, or with shipping as far as that is known."""

    ITEM = "item"
    TOTAL = "total"


class Buying(StrEnum):
    """How a listing can be bought; an auction with a fixed price as well counts as both."""

    ANY = "any"
    FIXED_PRICE = "fixed_price"
    AUCTION = "auction"


class Trigger(StrEnum):
    """What an alert may tell."""

    NEW = "new"
    FALL = "fall"
    RISE = "rise"
    ENTERED = "entered"
    EXCEEDED = "exceeded"
    RETURNED = "returned"
    ENDED = "ended"


class Seller(NamedTuple):
    """Whom a user names, and the mark that the seller's listings have; a wish knows no marks."""

    name: str
    mark: str = ""


class Features(NamedTuple):
    """What of a listing gates look at beside its price. `country`, `condition_group` and `seller`
    (a mark) are empty where they are unknown; `words` are the title's, with a space around each."""

    has_price: bool
    has_bid: bool
    country: str
    shipping: str
    shipping_minor: int | None
    condition_group: str = ""
    seller: str = ""
    words: str = ""


class ShippingTerms(Protocol):
    """What a membership says of shipping."""

    @property
    def shipping(self) -> str: ...

    @property
    def shipping_minor(self) -> int | None: ...


@dataclass(frozen=True)
class Gates:
    """Price limits (inclusive, in minor units), the least change worth a mail, and what a listing
    must be.

    A figure in another currency than the limits' cannot be compared and does not pass them. Of
    `triggers` all are told where none is named. With `lowest_in_days` a fall is told only to the
    lowest price of so many days; for `rearm_hours` after a price change was told, further ones of
    that listing are held back; an auction is told `ending_minutes` before its end.
    """

    currency: str
    min_minor: int | None = None
    max_minor: int | None = None
    min_change_percent: int = 0
    min_change_minor: int = 0
    lowest_in_days: int = 0
    rearm_hours: int = 0
    ending_minutes: int = 0
    basis: Basis = Basis.ITEM
    buying: Buying = Buying.ANY
    countries: frozenset[str] = frozenset()
    excluded_countries: frozenset[str] = frozenset()
    free_shipping: bool = False
    ships_to_me: bool = False
    conditions: frozenset[Condition] = frozenset()
    sellers: frozenset[Seller] = frozenset()
    excluded_sellers: frozenset[Seller] = frozenset()
    excluded_words: tuple[str, ...] = ()
    triggers: frozenset[Trigger] = frozenset()

    def admit(self, minor: int, currency: str) -> bool:
        if self.min_minor is None and self.max_minor is None:
            return True
        return (
            currency == self.currency
            and (self.min_minor is None or minor >= self.min_minor)
            and (self.max_minor is None or minor <= self.max_minor)
        )

    def is_worth_telling(self, was_minor: int, now_minor: int) -> bool:
        """Whether a price moved, and by enough: in per cent and in money, for both must hold."""
        moved = abs(now_minor - was_minor)
        is_large = moved * 100 >= self.min_change_percent * was_minor
        return moved > 0 and is_large and moved >= self.min_change_minor

    def fit(self, features: Features) -> bool:
        """Whether a listing is what the alert wants, whatever it costs."""
        can_be_bought = {
            Buying.ANY: True,
            Buying.FIXED_PRICE: features.has_price,
            Buying.AUCTION: features.has_bid,
        }
        return (
            can_be_bought[self.buying]
            and (not self.countries or features.country in self.countries)
            and features.country not in self.excluded_countries
            and (not self.free_shipping or is_free(features.shipping, features.shipping_minor))
            and (not self.ships_to_me or is_sent(features.shipping))
            and (not self.conditions or features.condition_group in self.conditions)
            and (not self.sellers or is_one_of(self.sellers, features.seller))
            and not is_one_of(self.excluded_sellers, features.seller)
            and not any(map(features.words.__contains__, self.excluded_runs))
        )

    @cached_property
    def excluded_runs(self) -> tuple[str, ...]:
        """What must not stand in a title's words: each excluded term with a space around it."""
        return tuple(sorted(run for text in self.excluded_words for run in runs_of(text)))

    def beside(self, shipping_minor: int | None) -> "Gates":
        """The gates for a listing with this shipping, whose limits bind the price without it."""
        if self.basis is Basis.ITEM or not shipping_minor:
            return self
        return replace(
            self,
            min_minor=None if self.min_minor is None else self.min_minor - shipping_minor,
            max_minor=None if self.max_minor is None else self.max_minor - shipping_minor,
        )

    def tell(self, trigger: Trigger) -> bool:
        return not self.triggers or trigger in self.triggers


def is_one_of(sellers: frozenset[Seller], mark: str) -> bool:
    """A seller who is not known is none of them."""
    return bool(mark) and any(seller.mark == mark for seller in sellers)


def runs_of(text: str) -> list[str]:
    """How what is excluded stands in a title's words: a word in each of its spellings, or several
    words as a phrase."""
    terms: frozenset[Term] = terms_of(text)
    return [f" {' '.join(term)} " for term in terms]


def is_sent(shipping: str) -> bool:
    """Whether a listing may be sent to the country; what eBay does not say is no "no"."""
    return shipping != "none"


def is_free(shipping: str, minor: int | None) -> bool:
    return shipping == "free" or (shipping == "fixed" and minor == 0)
