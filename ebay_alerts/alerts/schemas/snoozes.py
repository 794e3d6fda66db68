"""The API's shapes of listings that a user snoozes."""

from ninja import Field, Schema
from pydantic import AwareDatetime

from ebay_alerts.alerts.lists import Next


class ListingSnoozeIn(Schema):
    """Until when nothing is told of a listing."""

    model_config = {"extra": "forbid"}

    until: AwareDatetime | None = Field(
        None,
        description="A time within 366 days; null for good.",
        examples=["2026-08-03T05:00:00Z"],
    )


class ListingSnoozeOut(Schema):
    """A listing that nothing is told of."""

    listing_id: int = Field(description="The `id` of the listing.", examples=[42])
    title: str = Field(
        description="As the seller wrote it: a stranger's text.",
        examples=["Red wine, Bordeaux 2015, 6 bottles"],
    )
    until: AwareDatetime | None = Field(
        description="Until when; null for good.", examples=["2026-08-03T05:00:00Z"]
    )


class ListingSnoozeList(Schema):
    """A portion of the listings that you snooze."""

    items: list[ListingSnoozeOut] = Field(description="The listings.")
    next: Next
