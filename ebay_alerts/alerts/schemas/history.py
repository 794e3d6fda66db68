"""The API's shapes of what a user did with an alert."""

from datetime import datetime
from decimal import Decimal

from ninja import Field, Schema

from ebay_alerts.alerts.lists import Next
from ebay_alerts.alerts.schemas import fields


class WishOut(Schema):
    """What a user asked of an alert at a time. A field that comes later has a default: the records
    of before lack it."""

    name: fields.Name
    keywords: fields.Keywords
    marketplace: fields.Marketplace
    category: fields.Category
    deliver_to: fields.Country
    interval_minutes: fields.Interval
    mail_when: fields.MailWhen
    min_price: fields.MinPrice | None
    max_price: fields.MaxPrice | None
    currency: fields.Currency
    min_change_percent: fields.Percent
    # What history from before these were asked for does not say.
    min_change_amount: fields.ChangeAmount = Decimal(0)
    price_basis: fields.PriceBasis = "item"
    buying: fields.BuyingOption = "any"
    countries: fields.Countries = []
    excluded_countries: fields.ExcludedCountries = []
    free_shipping: fields.FreeShipping = False
    lowest_in_days: fields.LowestInDays = 0
    rearm_hours: fields.RearmHours = 0
    ending_minutes: fields.EndingMinutes = 0
    conditions: fields.Conditions = []
    sellers: fields.Sellers = []
    excluded_sellers: fields.ExcludedSellers = []
    excluded_words: fields.ExcludedWords = []
    triggers: fields.Triggers = []
    at: fields.At | None = None
    weekdays: fields.Weekdays = []
    snoozed_until: fields.SnoozedUntil | None = None
    state: str = Field(description="active or paused", examples=["active"])
    note: fields.Note = ""
    listing: fields.Listing | None = None
    address: fields.Address | None = None
    ships_to_me: fields.ShipsToMe = False


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


class AlertChangeList(Schema):
    """A portion of an alert's history."""

    items: list[AlertChangeOut] = Field(description="The changes, newest first.")
    next: Next
