"""The API's shapes of alerts: asked for, changed, answered, and in a file.

What is answered is made of plain dicts: it needs nothing of what ninja does for models of Django,
which costs a list more than all of its queries.
"""

from datetime import datetime

from ninja import Field, Schema
from pydantic import BaseModel

from ebay_alerts.alerts.lists import Next
from ebay_alerts.alerts.schemas import fields
from ebay_alerts.alerts.schemas.listings import ListingOut


class _Wish(Schema):
    """What may be asked of an alert; what is left out is not asked, or stays."""

    model_config = {"extra": "forbid"}

    keywords: fields.KeywordsIn | None = None
    listing: fields.ListingIn | None = None
    interval_minutes: fields.IntervalIn | None = None
    at: fields.AtIn | None = None
    weekdays: fields.WeekdaysIn | None = None
    name: fields.NameIn | None = None
    note: fields.NoteIn | None = None
    marketplace: fields.Marketplace | None = None
    category: fields.Category | None = None
    deliver_to: fields.Country | None = None
    min_price: fields.MinPriceIn | None = None
    max_price: fields.MaxPriceIn | None = None
    min_change_percent: fields.PercentIn | None = None
    min_change_amount: fields.ChangeAmountIn | None = None
    price_basis: fields.PriceBasis | None = None
    buying: fields.BuyingOption | None = None
    countries: fields.CountriesIn | None = None
    excluded_countries: fields.ExcludedCountriesIn | None = None
    free_shipping: fields.FreeShipping | None = None
    ships_to_me: fields.ShipsToMe | None = None
    lowest_in_days: fields.LowestInDaysIn | None = None
    rearm_hours: fields.RearmHoursIn | None = None
    ending_minutes: fields.EndingMinutesIn | None = None
    conditions: fields.ConditionsIn | None = None
    sellers: fields.SellersIn | None = None
    excluded_sellers: fields.ExcludedSellersIn | None = None
    excluded_words: fields.ExcludedWordsIn | None = None
    triggers: fields.TriggersIn | None = None
    mail_when: fields.MailWhen | None = None
    address: fields.AddressIn | None = None


class AlertIn(_Wish):
    """A new alert. Only the interval is needed, and either keywords or a listing."""

    interval_minutes: fields.IntervalIn


class AlertRow(AlertIn):
    """An alert in a file, as an export writes it and an import takes it."""

    currency: fields.Currency | None = Field(
        None,
        description="The currency of the prices; an import refuses another one than the"
        " marketplace's.",
        examples=["USD"],
    )
    paused: bool = Field(False, description="Whether it is paused.", examples=[False])


class AlertPatch(_Wish):
    """The fields to change; the others stay."""

    snoozed_until: fields.SnoozedUntil | None = None
    paused: bool | None = Field(
        None, description="true pauses the alert, false resumes it.", examples=[True]
    )


class Coverage(BaseModel):
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


class Trouble(BaseModel):
    """Why eBay cannot be asked at present."""

    kind: str = Field(description="What kind of failure it is.", examples=["rate_limited"])
    reason: str = Field(description="Why, in words.", examples=["eBay takes no more calls"])
    since: datetime | None = Field(
        description="Since when; null if not known.", examples=["2026-07-31T12:00:30Z"]
    )
    next_try_at: datetime | None = Field(
        description="When eBay is asked again.", examples=["2026-08-01T07:00:00Z"]
    )


class AlertOut(BaseModel):
    """An alert as it stands."""

    id: fields.Id
    name: fields.Name
    note: fields.Note
    keywords: fields.Keywords
    listing: fields.Listing | None
    interval_minutes: fields.Interval
    at: fields.At | None
    weekdays: fields.Weekdays
    instant_every_seconds: int | None = Field(
        description="For an instant alert, how often eBay is asked; null while an event stream"
        " tells its news as it happens, and for other alerts.",
        examples=[300],
    )
    marketplace: fields.Marketplace
    category: fields.Category
    deliver_to: fields.Country
    min_price: fields.MinPrice | None
    max_price: fields.MaxPrice | None
    currency: fields.Currency
    min_change_percent: fields.Percent
    min_change_amount: fields.ChangeAmount
    price_basis: fields.PriceBasis
    buying: fields.BuyingOption
    countries: fields.Countries
    excluded_countries: fields.ExcludedCountries
    free_shipping: fields.FreeShipping
    ships_to_me: fields.ShipsToMe
    lowest_in_days: fields.LowestInDays
    rearm_hours: fields.RearmHours
    ending_minutes: fields.EndingMinutes
    conditions: fields.Conditions
    sellers: fields.Sellers
    excluded_sellers: fields.ExcludedSellers
    excluded_words: fields.ExcludedWords
    triggers: fields.Triggers
    mail_when: fields.MailWhen
    address: fields.Address | None
    state: str = Field(description="filling, active or paused", examples=["active"])
    snoozed_until: fields.SnoozedUntil | None
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
        description="Why it is held, in words, or that it cannot be mailed at present; else null.",
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


class ChangedAlertOut(AlertOut):
    """A changed alert, with what now passes its gates and did not before; that is not mailed."""

    newly_within: list[ListingOut] = Field(
        description="What now passes the gates and did not before; it is not mailed."
    )


class AlertList(BaseModel):
    """A portion of your alerts."""

    items: list[AlertOut] = Field(description="The alerts, oldest first.")
    next: Next


class AlertFile(BaseModel):
    """All your alerts, to be imported again."""

    items: list[AlertRow] = Field(description="The alerts, oldest first.")
