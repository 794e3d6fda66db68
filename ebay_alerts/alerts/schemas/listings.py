"""The API's shapes of listings, what they cost, and why they are told."""

from datetime import datetime
from decimal import Decimal

from ninja import Field
from pydantic import BaseModel

from ebay_alerts.alerts.lists import Next
from ebay_alerts.alerts.schemas.fields import (
    Currency,
    Id,
    Marketplace,
)


class ListingOut(BaseModel):
    """One offer by one seller on one marketplace."""

    id: Id
    legacy_id: str = Field(description="eBay's number of it.", examples=["110551991234"])
    marketplace: Marketplace
    title: str = Field(
        description="As the seller wrote it: a stranger's text.",
        examples=["Red wine, Bordeaux 2015, 6 bottles"],
    )
    price: Decimal | None = Field(
        description="The fixed price; null for a mere auction.", examples=["89.00"]
    )
    bid: Decimal | None = Field(
        description="The current bid; null if it is no auction.", examples=["61.50"]
    )
    bid_count: int | None = Field(
        description="How many bids there are; null if it is no auction.", examples=[7]
    )
    currency: Currency
    shipping: Decimal | None = Field(
        description="null when not known; 0 is free.", examples=["12.50"]
    )
    shipping_kind: str = Field(
        description="fixed, free, calculated, none (not sent there) or unknown", examples=["fixed"]
    )
    total: Decimal = Field(
        description="Price (or bid) with shipping, as far as known.", examples=["101.50"]
    )
    url: str = Field(
        description="Its page at eBay.", examples=["https://www.ebay.com/itm/110551991234"]
    )
    image_url: str = Field(
        description="Its picture; empty if there is none.",
        examples=["https://i.ebayimg.com/images/g/abc/s-l225.jpg"],
    )
    condition: str = Field(description="In eBay's words; empty if not given.", examples=["New"])
    started_at: datetime | None = Field(
        description="When it was listed; null if not known.", examples=["2026-07-30T20:00:00Z"]
    )
    ends_at: datetime | None = Field(
        description="When it is to end; null if that is open.", examples=["2026-08-06T20:00:00Z"]
    )
    ended_at: datetime | None = Field(
        description="When it ended; null while it is on sale.", examples=["2026-08-02T10:00:00Z"]
    )
    first_seen_at: datetime = Field(
        description="When it was seen here first.", examples=["2026-07-30T20:00:12Z"]
    )


class ListingList(BaseModel):
    """A portion of what an alert shows."""

    items: list[ListingOut] = Field(description="The listings, cheapest first.")
    next: Next


class PricePointOut(BaseModel):
    """What a listing cost from a moment on."""

    at: datetime = Field(
        description="The moment from which it cost that.", examples=["2026-07-31T12:00:30Z"]
    )
    kind: str = Field(description="price or bid", examples=["price"])
    amount: Decimal = Field(description="What it cost.", examples=["89.00"])
    currency: Currency
    own_amount: Decimal | None = Field(
        description="The seller's own price where the marketplace converts it; null otherwise.",
        examples=["76.50"],
    )
    own_currency: str | None = Field(
        description="The currency of the seller's own price; null without one.", examples=["EUR"]
    )


class PricePointList(BaseModel):
    """A portion of what a listing cost."""

    items: list[PricePointOut] = Field(description="The price points, oldest first.")
    next: Next


class VerdictOut(BaseModel):
    """What one gate of an alert says of a listing."""

    gate: str = Field(description="The field of the alert.", examples=["max_price"])
    passes: bool = Field(description="Whether the listing passes it.", examples=[False])
    wanted: str = Field(description="What the alert wants.", examples=["at most $50.00"])
    found: str = Field(description="What the listing has.", examples=["$64.90 with shipping"])


class ToldOut(BaseModel):
    """What you were told of a listing."""

    at: datetime = Field(description="When it was told.", examples=["2026-07-20T18:05:00Z"])
    kind: str = Field(
        description="listed, appeared, repriced, entered, exceeded, returned, relisted, ending or"
        " ended",
        examples=["repriced"],
    )
    price: Decimal = Field(description="What it cost then.", examples=["42.00"])
    currency: Currency
    was: Decimal | None = Field(description="The price before.", examples=["48.00"])
    alert_id: int | None = Field(
        description="The alert that told it; null where that is deleted.", examples=[1]
    )
    also_matched_by: list[int] = Field(
        description="Other alerts of yours that it passed then, by number.", examples=[[2, 5]]
    )
    is_shown: bool = Field(
        description="In the mail itself; otherwise behind its link.", examples=[True]
    )
    sent_at: datetime | None = Field(
        description="When a mail server took the mail; null while none has.",
        examples=["2026-07-20T18:05:02Z"],
    )


class ExplanationOut(BaseModel):
    """Why an alert tells a listing, or does not."""

    words: str = Field(
        description="The reason in a sentence.",
        examples=["It was not told; it does not pass max_price."],
    )
    is_found: bool = Field(description="Whether the alert's search finds it now.", examples=[True])
    has_ended: bool = Field(description="Whether it has ended.", examples=[False])
    snoozed: bool = Field(description="Whether you snoozed the listing.", examples=[False])
    held_until: datetime | None = Field(
        description="Until when what happens to it is held back, by a snooze or by the re-arm"
        " time; null if it is not, or for good.",
        examples=["2026-08-03T05:00:00Z"],
    )
    goes_to: str = Field(
        description="The address that the alert's mails go to.", examples=["ann@example.com"]
    )
    verdicts: list[VerdictOut] = Field(description="One for each gate that the alert has.")
    told: list[ToldOut] = Field(
        description="What you were told of it by any alert, the latest first; up to 100."
    )
