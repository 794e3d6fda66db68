"""The fields that several shapes of alerts and listings have, described once."""

from decimal import Decimal
from typing import Annotated

from ninja import Field
from pydantic import AwareDatetime

from ebay_alerts.alerts.schedule import MAX_INTERVAL_MINUTES
from ebay_alerts.market.addresses import MAX_LENGTH

Id = Annotated[int, Field(description="Its number here.", examples=[1])]
Keywords = Annotated[
    str,
    Field(
        description="Words that titles must have; `(a, b)` for one of them, `-word` to exclude,"
        ' `"exact phrase"`.',
        examples=["wine -cooler"],
    ),
]
Listing = Annotated[
    str,
    Field(
        description="The one listing that is watched, by the address of its page or its number, in"
        " the place of keywords.",
        examples=["https://www.ebay.com/itm/256123456789"],
    ),
]
Interval = Annotated[
    int, Field(description="Minutes between mails; 0 mails at once.", examples=[15])
]
At = Annotated[
    str,
    Field(
        description="A time of day in your time zone, in place of an interval; `interval_minutes`"
        " then is 1440.",
        examples=["08:00"],
    ),
]
Weekdays = Annotated[
    list[str],
    Field(
        description="The days for `at`: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; empty for"
        " every day.",
        examples=[["mon", "fri"]],
    ),
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
ShipsToMe = Annotated[
    bool,
    Field(
        description="Leave out what is not sent to `deliver_to`, as far as eBay says so.",
        examples=[True],
    ),
]
Conditions = Annotated[
    list[str],
    Field(
        description="The conditions that are wanted: `new`, `open_box`, `refurbished`, `used`,"
        " `for_parts`; empty for any.",
        examples=[["new", "open_box"]],
    ),
]
Sellers = Annotated[
    list[str],
    Field(
        description="The sellers who are wanted, by their names at eBay; empty for anybody.",
        examples=[["cellar-master"]],
    ),
]
ExcludedSellers = Annotated[
    list[str], Field(description="The sellers who are not.", examples=[["corks4you"]])
]
ExcludedWords = Annotated[
    list[str],
    Field(
        description="Words and phrases that titles must not have, compared as in `keywords`.",
        examples=[["empty", "for parts"]],
    ),
]
LowestInDays = Annotated[
    int,
    Field(
        description="Tells a fall only to a price below every other one of so many days; 0 tells"
        " all.",
        examples=[30],
    ),
]
RearmHours = Annotated[
    int,
    Field(
        description="For so many hours after a price change of a listing was told, further ones"
        " are held back; then the net of them is told.",
        examples=[24],
    ),
]
EndingMinutes = Annotated[
    int,
    Field(
        description="Tells of an auction so many minutes before it ends; 0 does not.",
        examples=[10],
    ),
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
Address = Annotated[
    str,
    Field(
        description="Where its mails go: one of your other addresses, once it is confirmed; null"
        " for that of your account.",
        examples=["phone@example.com"],
    ),
]
AddressIn = Annotated[Address, Field(max_length=254)]
IntervalIn = Annotated[Interval, Field(ge=0, le=MAX_INTERVAL_MINUTES, strict=True)]
AtIn = Annotated[At, Field(max_length=5)]
WeekdaysIn = Annotated[Weekdays, Field(max_length=7)]
PercentIn = Annotated[Percent, Field(ge=0, le=99, strict=True)]
ListingIn = Annotated[Listing, Field(max_length=MAX_LENGTH)]
KeywordsIn = Annotated[Keywords, Field(max_length=2000)]
NameIn = Annotated[Name, Field(max_length=1000)]
NoteIn = Annotated[Note, Field(max_length=2000)]
MinPriceIn = Annotated[MinPrice, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]
ChangeAmountIn = Annotated[ChangeAmount, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]
CountriesIn = Annotated[Countries, Field(max_length=20)]
ExcludedCountriesIn = Annotated[ExcludedCountries, Field(max_length=20)]
LowestInDaysIn = Annotated[LowestInDays, Field(ge=0, le=365, strict=True)]
RearmHoursIn = Annotated[RearmHours, Field(ge=0, le=720, strict=True)]
EndingMinutesIn = Annotated[EndingMinutes, Field(ge=0, le=1440, strict=True)]
ConditionsIn = Annotated[Conditions, Field(max_length=20)]
SellersIn = Annotated[Sellers, Field(max_length=100)]
ExcludedSellersIn = Annotated[ExcludedSellers, Field(max_length=100)]
ExcludedWordsIn = Annotated[ExcludedWords, Field(max_length=100)]
TriggersIn = Annotated[Triggers, Field(max_length=20)]
MaxPriceIn = Annotated[MaxPrice, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False)]
