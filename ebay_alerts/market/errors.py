"""What can go wrong in the market.

MarketError
├── InvalidKeywords      the keyword query cannot be read; has the position
├── UnknownMarketplace
├── UnknownCountry
├── UnreadableAddress    the address is of no page of eBay's that is understood
└── EbayError            a call to eBay gave no usable answer
    ├── Unavailable      no answer, a 5xx, or a page that is no API answer: try again soon
    ├── RateLimited      the quota is spent or the pace too fast: wait until `until`
    ├── Rejected         eBay understood and refused; the same call will be refused again
    ├── BadSignature     a notification that eBay did not sign
    │   └── UnknownKey   eBay has no key of the id that it names
    ├── TooManyKeys      eBay was asked for enough keys for now; nothing was asked
    └── Malformed        an answer that cannot be read
"""

from datetime import datetime


class MarketError(Exception):
    """Base of this module's errors."""


class InvalidKeywords(MarketError):
    """The keyword query cannot be read; `position` counts characters from 0."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class UnknownMarketplace(MarketError):
    """eBay has no marketplace of that id that can be searched."""


class UnknownCountry(MarketError):
    """The text is no two-letter ISO 3166 country code."""


class UnreadableAddress(MarketError):
    """The address cannot be read, or is of no page that is meant; the text says what to write."""


class EbayError(MarketError):
    """A call to eBay gave no usable answer; the text is fit for a person to read."""

    kind = "unavailable"


class Unavailable(EbayError):
    """No answer, a server error, or a page that is no API answer."""


class RateLimited(EbayError):
    """eBay takes no more calls; `until` says when it will, where eBay told."""

    kind = "rate_limited"

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


class Rejected(EbayError):
    """eBay refused the call for what it says; repeating it unchanged is useless."""

    kind = "rejected"


class BadSignature(EbayError):
    """A notification whose signature is missing, cannot be read or is not eBay's."""

    kind = "bad_signature"


class UnknownKey(BadSignature):
    """The signature names a key that eBay does not have."""


class TooManyKeys(EbayError):
    """Notifications name more keys than eBay may be asked for at a time; nothing was asked."""

    kind = "too_many_keys"


class Malformed(EbayError):
    """An answer with status 200, or a notification, that cannot be read."""

    kind = "malformed"
