"""The API's shapes for alerts and listings."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

from ebay_alerts.alerts.lists import Next
from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES

# What several shapes have, described once.
Id = Annotated[int, Field(description="Its number here.", examples=[1])]
Keywords = Annotated[
    str,
    Field(
        description="Words that titles must have; `(a, b)` for one of them, `-word` to exclude,"
        ' `"exact phrase"`.',
        examples=["wine -cooler"],
    ),
]
Interval = Annotated[
    int, Field(description="Minutes between mails; 0 mails at once.", examples=[15])
]
Name = Annotated[str, Field(description="How mails call the alert.", examples=["My cellar"])]
Marketplace = Annotated[str, Field(description="One of eBay's marketplaces.", examples=["EBAY_US"])]
Category = Annotated[str, Field(description="The number of an eBay category.", examples=["38182"])]
Country = Annotated[
    str, Field(description="Two-letter country; shipping depends on it.", examples=["US"])
]
MinPrice = Annotated[
    Decimal, Field(description="The lowest price, without shipping.", examples=["10.00"])
]
MaxPrice = Annotated[
    Decimal, Field(description="The highest price, without shipping.", examples=["50.00"])
]
Currency = Annotated[
    str, Field(description="The currency of the prices, by ISO 4217.", examples=["USD"])
]
Percent = Annotated[
    int,
    Field(description="Smaller price changes are not mailed until they add up.", examples=[5]),
]
ChangeAmount = Annotated[
    Decimal,
    Field(
        description="Smaller price changes are not mailed until they add up; beside the least"
        " per cent both must hold.",
        examples=["2.50"],
    ),
]
PriceBasis = Annotated[
    str,
    Field(
        description="Which price the limits bind: `item`, or `total` with shipping as far as that"
        " is known.",
        examples=["total"],
    ),
]
BuyingOption = Annotated[
    str, Field(description="`any`, `fixed_price` or `auction`.", examples=["fixed_price"])
]
Countries = Annotated[
    list[str],
    Field(description="Where listings are to be; empty for anywhere.", examples=[["US", "CA"]]),
]
ExcludedCountries = Annotated[
    list[str], Field(description="Where listings are not to be.", examples=[["CN"]])
]
FreeShipping = Annotated[
    bool, Field(description="Only what is delivered for free.", examples=[False])
]
Triggers = Annotated[
    list[str],
    Field(
        description="What to tell: `new`, `fall`, `rise`, `entered` or `exceeded` (the limits, by"
        " a price change), `returned`, `ended`; empty for everything.",
        examples=[["new", "fall"]],
    ),
]
MailWhen = Annotated[
    str,
    Field(
        description="`changes`: no news, no mail. `always`: the current list every time.",
        examples=["changes"],
    ),
]
SnoozedUntil = Annotated[
    AwareDatetime,
    Field(
        description="No mails come before; what happens meanwhile comes then, in one digest.",
        examples=["2026-08-03T05:00:00Z"],
    ),
]
Note = Annotated[
    str,
    Field(description="Words of yours about it, for you alone.", examples=["For dad's birthday"]),
]
IntervalIn = Annotated[Interval, Field(ge=0, le=MAX_INTERVAL_MINUTES, strict=True)]
PercentIn = Annotated[Percent, Field(ge=0, le=99, strict=True)]
KeywordsIn = Annotated[Keywords, Field(max_length=2000)]
NameIn = Annotated[Name, Field(max_length=1000)]
NoteIn = Annotated[Note, Field(max_length=2000)]
MinPriceIn = Annotated[MinPrice, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]
ChangeAmountIn = Annotated[ChangeAmount, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]
CountriesIn = Annotated[Countries, Field(max_length=20)]
ExcludedCountriesIn = Annotated[ExcludedCountries, Field(max_length=20)]
TriggersIn = Annotated[Triggers, Field(max_length=20)]
MaxPriceIn = Annotated[MaxPrice, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]


class _In(Schema):
    model_config = {"extra": "forbid"}


class AlertIn(_In):
    """A new alert. Only keywords and interval are needed."""

    keywords: KeywordsIn
    interval_minutes: IntervalIn
    name: NameIn | None = None
    note: NoteIn | None = None
    marketplace: Marketplace | None = None
    category: Category | None = None
    deliver_to: Country | None = None
    min_price: MinPriceIn | None = None
    max_price: MaxPriceIn | None = None
    min_change_percent: PercentIn | None = None
    min_change_amount: ChangeAmountIn | None = None
    price_basis: PriceBasis | None = None
    buying: BuyingOption | None = None
    countries: CountriesIn | None = None
    excluded_countries: ExcludedCountriesIn | None = None
    free_shipping: FreeShipping | None = None
    triggers: TriggersIn | None = None
    mail_when: MailWhen | None = None


class AlertRow(AlertIn):
    """An alert in a file, as an export writes it and an import takes it."""

    currency: Currency | None = Field(
        None,
        description="The currency of the prices; an import refuses another one than the"
        " marketplace's.",
        examples=["USD"],
    )
    paused: bool = Field(False, description="Whether it is paused.", examples=[False])


class AlertPatch(_In):
    """The fields to change; the others stay."""

    keywords: KeywordsIn | None = None
    interval_minutes: IntervalIn | None = None
    name: NameIn | None = None
    note: NoteIn | None = None
    marketplace: Marketplace | None = None
    category: Category | None = None
    deliver_to: Country | None = None
    min_price: MinPriceIn | None = None
    max_price: MaxPriceIn | None = None
    min_change_percent: PercentIn | None = None
    min_change_amount: ChangeAmountIn | None = None
    price_basis: PriceBasis | None = None
    buying: BuyingOption | None = None
    countries: CountriesIn | None = None
    excluded_countries: ExcludedCountriesIn | None = None
    free_shipping: FreeShipping | None = None
    triggers: TriggersIn | None = None
    mail_when: MailWhen | None = None
    snoozed_until: SnoozedUntil | None = None
    paused: bool | None = Field(
        None, description="true pauses the alert, false resumes it.", examples=[True]
    )


class Coverage(Schema):
    """What part of eBay's result the alert sees, and when eBay was last asked."""

    asked_at: datetime | None = Field(
        description="When eBay was asked last; null before the first time.",
        examples=["2026-07-31T12:00:30Z"],
    )
    total: int | None = Field(description="eBay's own count, an indication.", examples=[84_000])
    covered: int = Field(description="How many listings of it are seen.", examples=[1000])
    is_complete: bool = Field(
        description="Whether everything that eBay finds is seen.", examples=[False]
    )
    wanted_every_seconds: int | None = Field(
        description="How often the alerts want it asked.", examples=[900]
    )
    refreshed_every_seconds: int | None = Field(
        description="How often eBay is asked at present: as wanted, or as the quota allows.",
        examples=[1800],
    )
    filled_before: int = Field(
        description="How many other searches are filled before this one.", examples=[0]
    )
    words: str = Field(description="The same in words.", examples=["newest 1,000 of 84,000"])


class Trouble(Schema):
    """Why eBay cannot be asked at present."""

    kind: str = Field(description="What kind of failure it is.", examples=["rate_limited"])
    reason: str = Field(description="Why, in words.", examples=["eBay takes no more calls"])
    since: datetime | None = Field(
        description="Since when; null if not known.", examples=["2026-07-31T12:00:30Z"]
    )
    next_try_at: datetime | None = Field(
        description="When eBay is asked again.", examples=["2026-08-01T07:00:00Z"]
    )


class AlertOut(Schema):
    """An alert as it stands."""

    id: Id
    name: Name
    note: Note
    keywords: Keywords
    interval_minutes: Interval
    instant_every_seconds: int | None = Field(
        description="For an instant alert, how often eBay is asked; null while an event stream"
        " tells its news as it happens, and for other alerts.",
        examples=[300],
    )
    marketplace: Marketplace
    category: Category
    deliver_to: Country
    min_price: MinPrice | None
    max_price: MaxPrice | None
    currency: Currency
    min_change_percent: Percent
    min_change_amount: ChangeAmount
    price_basis: PriceBasis
    buying: BuyingOption
    countries: Countries
    excluded_countries: ExcludedCountries
    free_shipping: FreeShipping
    triggers: Triggers
    mail_when: MailWhen
    state: str = Field(description="filling, active or paused", examples=["active"])
    snoozed_until: SnoozedUntil | None
    next_mail_at: datetime | None = Field(
        description="When the next mail is due at the earliest; null while none is.",
        examples=["2026-07-31T12:15:00Z"],
    )
    last_mail_at: datetime | None = Field(
        description="When the last mail was built; null before the first one.",
        examples=["2026-07-31T12:00:00Z"],
    )
    held_until: datetime | None = Field(
        description="Until when an instant alert tells together what it finds; null if it is not"
        " held.",
        examples=["2026-07-31T12:40:00Z"],
    )
    held_reason: str | None = Field(
        description="Why it is held, in words; null if it is not.",
        examples=["Your instant alerts find more than fits into 20 mails an hour: …"],
    )
    created_at: datetime = Field(
        description="When the alert was first kept.", examples=["2026-07-01T09:30:00Z"]
    )
    updated_at: datetime = Field(
        description="When its user changed it last.", examples=["2026-07-20T18:05:00Z"]
    )
    coverage: Coverage = Field(description="What part of eBay's result the alert sees.")
    trouble: Trouble | None = Field(description="Why eBay cannot be asked at present, or null.")
    page: str = Field(
        description="The alert's page, as linked from its mails: whoever has the link may open it.",
        examples=["http://localhost:5000/a/1:8nRxd0Yk/"],
    )


class ListingOut(Schema):
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
    shipping_kind: str = Field(description="fixed, free, calculated or unknown", examples=["fixed"])
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


class ChangedAlertOut(AlertOut):
    """A changed alert, with what now passes its gates and did not before; that is not mailed."""

    newly_within: list[ListingOut] = Field(
        description="What now passes the gates and did not before; it is not mailed."
    )


class WishOut(Schema):
    """What a user asked of an alert at a time. A field that comes later has a default: the records
    of before lack it."""

    name: Name
    keywords: Keywords
    marketplace: Marketplace
    category: Category
    deliver_to: Country
    interval_minutes: Interval
    mail_when: MailWhen
    min_price: MinPrice | None
    max_price: MaxPrice | None
    currency: Currency
    min_change_percent: Percent
    # What history from before these were asked for does not say.
    min_change_amount: ChangeAmount = Decimal(0)
    price_basis: PriceBasis = "item"
    buying: BuyingOption = "any"
    countries: Countries = []
    excluded_countries: ExcludedCountries = []
    free_shipping: FreeShipping = False
    triggers: Triggers = []
    snoozed_until: SnoozedUntil | None = None
    state: str = Field(description="active or paused", examples=["active"])
    note: Note = ""


class AlertChangeOut(Schema):
    """What a user did with an alert; the alert as it was and as it became."""

    at: datetime = Field(description="When it was done.", examples=["2026-07-20T18:05:00Z"])
    kind: str = Field(
        description="created, changed, paused, snoozed, resumed or deleted", examples=["changed"]
    )
    before: WishOut | None = Field(description="null for a creation")
    after: WishOut | None = Field(description="null for a deletion")
    changed: list[str] = Field(
        description="The fields in which both differ; none for a creation and a deletion.",
        examples=[["interval_minutes", "max_price"]],
    )


class VerdictOut(Schema):
    """What one gate of an alert says of a listing."""

    gate: str = Field(description="The field of the alert.", examples=["max_price"])
    passes: bool = Field(description="Whether the listing passes it.", examples=[False])
    wanted: str = Field(description="What the alert wants.", examples=["at most $50.00"])
    found: str = Field(description="What the listing has.", examples=["$64.90 with shipping"])


class ToldOut(Schema):
    """What you were told of a listing."""

    at: datetime = Field(description="When it was told.", examples=["2026-07-20T18:05:00Z"])
    kind: str = Field(
        description="listed, appeared, repriced, entered, exceeded, returned or ended",
        examples=["repriced"],
    )
    price: Decimal = Field(description="What it cost then.", examples=["42.00"])
    currency: Currency
    was: Decimal | None = Field(description="The price before.", examples=["48.00"])
    alert_id: int | None = Field(
        description="The alert that told it; null where that is deleted.", examples=[1]
    )
    is_shown: bool = Field(
        description="In the mail itself; otherwise behind its link.", examples=[True]
    )
    sent_at: datetime | None = Field(
        description="When a mail server took the mail; null while none has.",
        examples=["2026-07-20T18:05:02Z"],
    )


class ExplanationOut(Schema):
    """Why an alert tells a listing, or does not."""

    words: str = Field(
        description="The reason in a sentence.",
        examples=["It was not told; it does not pass max_price."],
    )
    is_found: bool = Field(description="Whether the alert's search finds it now.", examples=[True])
    has_ended: bool = Field(description="Whether it has ended.", examples=[False])
    verdicts: list[VerdictOut] = Field(description="One for each gate that the alert has.")
    told: list[ToldOut] = Field(
        description="What you were told of it by any alert, the latest first; up to 100."
    )


class PricePointOut(Schema):
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


class AlertList(Schema):
    """A portion of your alerts."""

    items: list[AlertOut] = Field(description="The alerts, oldest first.")
    next: Next


class AlertChangeList(Schema):
    """A portion of an alert's history."""

    items: list[AlertChangeOut] = Field(description="The changes, newest first.")
    next: Next


class ListingList(Schema):
    """A portion of what an alert shows."""

    items: list[ListingOut] = Field(description="The listings, cheapest first.")
    next: Next


class PricePointList(Schema):
    """A portion of what a listing cost."""

    items: list[PricePointOut] = Field(description="The price points, oldest first.")
    next: Next


class AlertFile(Schema):
    """All your alerts, to be imported again."""

    items: list[AlertRow] = Field(description="The alerts, oldest first.")


class ImportAsked(Schema):
    """How a file is to be imported."""

    dry_run: bool = Field(
        False, description="Only say what would become of each row.", examples=[True]
    )
    welcome: bool = Field(
        False,
        description="Mail a welcome for each alert; without it they begin in silence.",
        examples=[False],
    )
    format: Literal["json", "csv"] | None = Field(
        None, description="json or csv; goes before the header `Content-Type`.", examples=["csv"]
    )


RowNumber = Annotated[
    int,
    Field(
        description="The place in the list, from 1; in CSV the row as spreadsheets count, whose"
        " header is 1.",
        examples=[3],
    ),
]


class RowFault(Schema):
    """Why a row was not imported."""

    row: RowNumber
    field: str = Field(description="The field at fault, or `row`.", examples=["keywords"])
    reason: str = Field(
        description="What to write instead.",
        examples=["This parenthesis is never closed; add a )."],
    )
    position: int | None = Field(
        description="A character of the keywords, from 0; null elsewhere.", examples=[5]
    )


class RowDuplicate(Schema):
    """A row that was passed over, since you keep the alert or an earlier row brings it."""

    row: RowNumber
    name: str = Field(description="How that alert is called.", examples=["My cellar"])
    id: int | None = Field(
        description="The `id` of the alert that you keep; null if it comes with the same file.",
        examples=[1],
    )
    first_row: int | None = Field(
        description="The row that brings it; null if you keep it.", examples=[2]
    )


class ImportOut(Schema):
    """What became of each row of a file, or would become."""

    dry_run: bool = Field(description="Whether nothing was written.", examples=[False])
    rows: int = Field(description="How many rows the file has.", examples=[12])
    imported: int = Field(description="How many of them are alerts now.", examples=[10])
    errors: list[RowFault] = Field(description="The rows that cannot be alerts, in their order.")
    duplicates: list[RowDuplicate] = Field(
        description="The rows that were passed over, in their order."
    )
