"""The API's shapes of a pasted address and of what is read from it."""

from typing import Annotated, Any

from ninja import Field, Schema

from ebay_alerts.market.addresses import MAX_LENGTH


class AddressIn(Schema):
    """An address of eBay's, of a search or of a listing."""

    model_config = {"extra": "forbid"}

    address: Annotated[
        str,
        Field(
            description="As the browser shows it. It is read and never opened.",
            examples=["https://www.ebay.com/sch/i.html?_nkw=camera&_udhi=50"],
            max_length=MAX_LENGTH,
        ),
    ]


class NotTakenOut(Schema):
    """A part of an address that stands in no field."""

    parameter: str = Field(description="eBay's name for it.", examples=["LH_Sold"])
    value: str = Field(description="What it says.", examples=["1"])
    reason: str = Field(
        description="Why it is left out.",
        examples=["What was sold is not watched, only what is on offer."],
    )


class AddressOut(Schema):
    """What an address asks for; nothing is kept."""

    fields: dict[str, Any] = Field(
        description="Fields of an alert: with an interval, a body for `POST /api/alerts`, unless"
        " `not_taken` names the keywords.",
        examples=[{"marketplace": "EBAY_US", "keywords": "camera", "max_price": "50"}],
    )
    not_taken: list[NotTakenOut] = Field(description="What the fields leave out, and why.")
    without_effect: list[str] = Field(
        description="What says how eBay shows results, and not which.", examples=[["_sop", "_ipg"]]
    )
