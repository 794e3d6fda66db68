"""The API's shapes for a user's own account."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

Hour = Annotated[
    int, Field(ge=0, le=23, strict=True, description="By your clock on the wall, 0 to 23.")
]
Frequency = Annotated[
    str, Field(max_length=10, examples=["weekly"], description="daily, weekly or off")
]
TimeZone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])]


class AccountOut(Schema):
    email: str
    time_zone: str = Field(description="Of the tz database, such as Europe/Berlin.")
    report_frequency: str = Field(description="daily, weekly (on Mondays) or off")
    report_hour: int = Field(description="By the clock on the wall in that zone, 0 to 23.")
    next_report_at: datetime | None = Field(description="null while reports are off.")


class AccountPatch(Schema):
    """The fields to change; the others stay."""

    model_config = {"extra": "forbid"}

    # What is left out stays; null is refused. These defaults are never looked at.
    time_zone: TimeZone = Field(default_factory=str)
    report_frequency: Frequency = Field(default_factory=str)
    report_hour: Hour = Field(default_factory=int)
