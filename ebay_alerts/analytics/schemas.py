"""The API's shapes for history."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ebay_alerts.alerts.lists import Next


def _iso_date(text: object) -> date:
    """Dates as ISO 8601 writes them in full; moments and week dates are none."""
    try:
        if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as the 31st of February
    raise PydanticCustomError("iso_date", "write a date such as 2026-07-31.")


Day = date
IsoDate = Annotated[date, BeforeValidator(_iso_date)]


class Period(Schema):
    """Days of UTC, both included."""

    from_: IsoDate | None = Field(
        None,
        alias="from",
        description="The first day, of UTC.",
        examples=["2026-07-01"],
    )
    to: IsoDate | None = Field(
        None,
        description="The last day, of UTC.",
        examples=["2026-07-31"],
    )


class TrendDayOut(Schema):
    """How an alert's search stood at the end of a day on which something changed."""

    day: date = Field(description="A day of UTC.", examples=["2026-07-31"])
    live: int = Field(
        description="Listings that the search found at the end of the day.", examples=[120]
    )
    appeared: int = Field(description="Listings that came during it.", examples=[8])
    gone: int = Field(description="Listings that went during it.", examples=[5])
    currency: str | None = Field(
        description="The most frequent one of the fixed prices; null while there is none.",
        examples=["USD"],
    )
    priced: int = Field(
        description="How many fixed prices there were in that currency.", examples=[97]
    )
    p10: Decimal | None = Field(
        description="The price that 10 % of them do not exceed.", examples=["24.90"]
    )
    median: Decimal | None = Field(
        description="The price that half of them do not exceed.", examples=["52.00"]
    )
    p90: Decimal | None = Field(
        description="The price that 90 % of them do not exceed.", examples=["148.00"]
    )


class TrendDayList(Schema):
    """A portion of an alert's trend."""

    items: list[TrendDayOut] = Field(description="The days, oldest first.")
    next: Next


class ReportOut(Schema):
    """A user's price report of one date."""

    date: Day = Field(description="By your calendar.", examples=["2026-07-31"])
    compares: Day = Field(
        description="The day of UTC whose closing prices are compared with.",
        examples=["2026-07-29"],
    )
    covers: Day = Field(description="The last day of UTC that it covers.", examples=["2026-07-30"])
    falls: int = Field(description="How many prices fell.", examples=[3])
    rises: int = Field(description="How many prices rose.", examples=[1])


class ReportList(Schema):
    items: list[ReportOut] = Field(description="The reports, the latest first.")
    next: Next


class ReportMoveOut(Schema):
    """How a listing's price moved: the seller's own, without shipping."""

    listing_id: int = Field(description="The listing's number.", examples=[42])
    title: str | None = Field(
        description="As it was last known; null where the listing is not kept any more.",
        examples=["Zenith El Primero 38mm"],
    )
    url: str | None = Field(
        description="Where it is sold.", examples=["https://www.ebay.com/itm/186542397801"]
    )
    currency: str = Field(description="The seller's own.", examples=["USD"])
    was: Decimal = Field(description="The price compared with.", examples=["480.00"])
    price: Decimal = Field(description="The price at the end.", examples=["420.00"])
    change: Decimal = Field(description="Below zero for a fall.", examples=["-60.00"])
    change_percent: Decimal | None = Field(
        description="Of the price compared with; null where that was zero.", examples=["-12.5"]
    )
    lowest_in_days: int | None = Field(
        description="For how many days every earlier price was dearer; null for no new low.",
        examples=[30],
    )
    highest_in_days: int | None = Field(
        description="For how many days every earlier price was cheaper; null for no new high.",
        examples=[14],
    )
    known_days: int = Field(description="For how many days it has been known.", examples=[61])
    price_30_days_ago: Decimal | None = Field(
        description="null where it was not known then, or the report itself looks back so far.",
        examples=["500.00"],
    )
    standing: str | None = Field(
        description="How the price stands among those of its search, if that is known.",
        examples=["cheaper than 9 of 10"],
    )
    alerts: list[int] = Field(description="Your alerts that find it.", examples=[[1, 7]])


class ReportAlertOut(Schema):
    """An alert, and what moved among its listings."""

    id: int = Field(description="The alert's number.", examples=[1])
    name: str = Field(description="Its name on that day.", examples=["El Primero"])
    falls: int = Field(description="How many prices fell.", examples=[2])
    rises: int = Field(description="How many prices rose.", examples=[0])


class WholeReportOut(ReportOut):
    """A price report with what it tells."""

    items: list[ReportMoveOut] = Field(
        description="What moved, falls first, the largest in per cent before the others; up to 500."
    )
    alerts: list[ReportAlertOut] = Field(
        description="Your alerts of that day, those with the most moves first."
    )
