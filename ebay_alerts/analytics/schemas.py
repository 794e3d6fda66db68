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
