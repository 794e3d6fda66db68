"""The API's shapes for alerts and listings."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema

from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES

Interval = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_INTERVAL_MINUTES,
        strict=True,
        description="Minutes between mails; 0 mails at once.",
    ),
]
Price = Annotated[
    Decimal, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False, description="Without shipping.")
]

Percent = Annotated[int, Field(ge=0, le=99, strict=True)]


class _In(Schema):
    model_config = {"extra": "forbid"}


class AlertIn(_In):
    """A new alert. Only keywords and interval are needed."""

    keywords: Annotated[
        str,
        Field(
            max_length=2000,
            examples=["wine -cooler"],
            description="Words that titles must have; `(a, b)` for one of them, `-word` to"
            ' exclude, `"exact phrase"`.',
        ),
    ]
    interval_minutes: Annotated[Interval, Field(examples=[15])]
    name: Annotated[str, Field(max_length=1000)] | None = None
    marketplace: str | None = Field(None, examples=["EBAY_US"])
    category: str | None = Field(None, description="The number of an eBay category.")
    deliver_to: str | None = Field(None, description="Two-letter country; shipping depends on it.")
    min_price: Price | None = None
    max_price: Price | None = None
    min_change_percent: Percent | None = Field(
        None, description="Smaller price changes are not mailed until they add up."
    )
    mail_when: str | None = Field(
        None, description="`changes`: no news, no mail. `always`: the current list every time."
    )


class AlertPatch(_In):
    """The fields to change; the others stay. `paused` pauses and resumes."""

    keywords: Annotated[str, Field(max_length=2000)] | None = None
    interval_minutes: Interval | None = None
    name: Annotated[str, Field(max_length=1000)] | None = None
    marketplace: str | None = None
    category: str | None = None
    deliver_to: str | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    min_change_percent: Percent | None = None
    mail_when: str | None = None
    paused: bool | None = None


class Coverage(Schema):
    """What part of eBay's result the alert sees, and when eBay was last asked."""

    asked_at: datetime | None
    total: int | None = Field(description="eBay's own count, an indication.")
    covered: int
    is_complete: bool
    wanted_every_seconds: int | None = Field(description="How often the alerts want it asked.")
    refreshed_every_seconds: int | None = Field(
        description="How often eBay is asked at present: as wanted, or as the quota allows."
    )
    filled_before: int = Field(description="How many other searches are filled before this one.")
    words: str


class Trouble(Schema):
    """Why eBay cannot be asked at present."""

    kind: str
    reason: str
    since: datetime | None
    next_try_at: datetime | None


class AlertOut(Schema):
    id: int
    name: str
    keywords: str
    interval_minutes: int
    instant_every_seconds: int | None = Field(
        description="For an instant alert, how often eBay is asked; null while an event stream"
        " tells its news as it happens."
    )
    marketplace: str
    category: str
    deliver_to: str
    min_price: Decimal | None
    max_price: Decimal | None
    currency: str
    min_change_percent: int
    mail_when: str
    state: str = Field(description="filling, active or paused")
    next_mail_at: datetime | None
    last_mail_at: datetime | None
    held_until: datetime | None = Field(
        description="Until when an instant alert tells together what it finds; null if it is not"
        " held."
    )
    held_reason: str | None
    created_at: datetime
    updated_at: datetime
    coverage: Coverage
    trouble: Trouble | None
    page: str = Field(description="The alert's page, as linked from its mails.")


class ListingOut(Schema):
    id: int
    legacy_id: str
    marketplace: str
    title: str
    price: Decimal | None = Field(description="The fixed price; null for a mere auction.")
    bid: Decimal | None
    bid_count: int | None
    currency: str
    shipping: Decimal | None = Field(description="null when not known; 0 is free.")
    shipping_kind: str = Field(description="fixed, free, calculated or unknown")
    total: Decimal = Field(description="Price (or bid) with shipping, as far as known.")
    url: str
    image_url: str
    condition: str
    started_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    first_seen_at: datetime


class ChangedAlertOut(AlertOut):
    """A changed alert, with what now passes its gates and did not before; that is not mailed."""

    newly_within: list[ListingOut]


class WishOut(Schema):
    """What a user asked of an alert at a time. A field that comes later has a default: the records
    of before lack it."""

    name: str
    keywords: str
    marketplace: str
    category: str
    deliver_to: str
    interval_minutes: int
    mail_when: str
    min_price: Decimal | None
    max_price: Decimal | None
    currency: str
    min_change_percent: int
    state: str = Field(description="active or paused")


class AlertChangeOut(Schema):
    """What a user did with an alert; the alert as it was and as it became."""

    at: datetime
    kind: str = Field(description="created, changed, paused, resumed or deleted")
    before: WishOut | None = Field(description="null for a creation")
    after: WishOut | None = Field(description="null for a deletion")
    changed: list[str] = Field(
        description="The fields in which both differ; none for a creation and a deletion."
    )


class PricePointOut(Schema):
    at: datetime
    kind: str = Field(description="price or bid")
    amount: Decimal
    currency: str
    own_amount: Decimal | None = Field(
        description="The seller's own price where the marketplace converts it; null otherwise."
    )
    own_currency: str | None


class AlertList(Schema):
    items: list[AlertOut]
    next: str | None


class AlertChangeList(Schema):
    items: list[AlertChangeOut]
    next: str | None


class ListingList(Schema):
    items: list[ListingOut]
    next: str | None


class PricePointList(Schema):
    items: list[PricePointOut]
    next: str | None
