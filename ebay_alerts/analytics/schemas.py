"""The API's shapes for history."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


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

    from_: IsoDate | None = Field(None, alias="from", description="The first day, of UTC.")
    to: IsoDate | None = Field(None, description="The last day, of UTC.")


class TrendDayOut(Schema):
    """How an alert's search stood at the end of a day on which something changed."""

    day: date
    live: int = Field(description="Listings that the search found at the end of the day.")
    appeared: int
    gone: int
    currency: str | None = Field(description="The most frequent one of the fixed prices.")
    priced: int = Field(description="How many fixed prices there were in that currency.")
    p10: Decimal | None = Field(description="The price that 10 % of them do not exceed.")
    median: Decimal | None
    p90: Decimal | None


class TrendDayList(Schema):
    items: list[TrendDayOut]
    next: str | None
