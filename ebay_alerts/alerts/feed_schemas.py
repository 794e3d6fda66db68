"""The API's shapes for feeds."""

from datetime import datetime

from ninja import Field, Schema


class FeedOut(Schema):
    """Secret addresses: whoever has one may read it, without signing in."""

    atom: str = Field(
        description="What was told, newest first, as an Atom feed.",
        examples=["https://alerts.example.org/f/1.7036~oXkC.atom"],
    )
    calendar: str = Field(
        description="When the auctions end that are shown now, as a calendar.",
        examples=["https://alerts.example.org/f/1.7036~oXkC.ics"],
    )
    created_at: datetime = Field(
        description="When the addresses were made.", examples=["2026-07-31T12:00:00Z"]
    )
