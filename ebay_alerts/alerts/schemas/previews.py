"""The API's shapes of previews."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from ninja import Field, Schema

from ebay_alerts.alerts.schemas import fields


class PreviewListing(Schema):
    """A listing that would match; it may not be kept here, so it has no `id`."""

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
    currency: fields.Currency
    shipping: Decimal | None = Field(
        description="null when not known; 0 is free.", examples=["12.50"]
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
    ends_at: datetime | None = Field(
        description="When it is to end; null if that is open.", examples=["2026-08-06T20:00:00Z"]
    )


class PreviewWarning(Schema):
    """Something to think about before the alert is kept."""

    code: Literal["no_match", "gates_refuse_all", "too_broad", "target_below_lowest"] = Field(
        description="What it is; stays as it is.", examples=["target_below_lowest"]
    )
    words: str = Field(
        description="The same in words.",
        examples=["Nothing was ever seen here below $12.50; that would be a target within reach."],
    )
    suggested_max_price: Decimal | None = Field(
        description="A highest price within reach; null where that is not the matter.",
        examples=["12.50"],
    )


class PreviewOut(Schema):
    """What an alert would find now and mail; nothing of it is kept."""

    matches: int = Field(description="How many live listings match.", examples=[42])
    is_exact: bool = Field(
        description="Whether all that eBay finds was seen; otherwise `matches` is estimated by what"
        " was.",
        examples=[True],
    )
    cheapest: list[PreviewListing] = Field(
        description="The cheapest five, by price with known shipping."
    )
    new_per_day: float = Field(
        description="How many new ones a day to expect, by those of the last week that are still"
        " on offer.",
        examples=[3.1],
    )
    mails_per_day: float = Field(
        description="How many mails those would make at this interval; price changes and ends come"
        " on top.",
        examples=[2.4],
    )
    lowest_price: Decimal | None = Field(
        description="The lowest fixed price seen here of what passes the gates but for its price;"
        " null where none was.",
        examples=["12.50"],
    )
    currency: fields.Currency
    source: Literal["database", "ebay"] = Field(
        description="Where it comes from: a search that is kept fresh here, or eBay itself.",
        examples=["database"],
    )
    asked_at: datetime = Field(
        description="When eBay was asked.", examples=["2026-07-31T12:00:30Z"]
    )
    warnings: list[PreviewWarning] = Field(description="What to think about, if anything.")
