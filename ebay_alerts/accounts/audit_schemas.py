"""The API's shapes for a user's audit log."""

from datetime import datetime

from ninja import Field, Schema


class AuditEventOut(Schema):
    """Something that touched the security of your account."""

    id: int = Field(description="Its number here.", examples=[12])
    at: datetime = Field(description="When.", examples=["2026-08-03T05:00:00Z"])
    kind: str = Field(description="What was done.", examples=["token_created"])
    origin: str = Field(
        description="The network it came from; empty for the command line and links in mails.",
        examples=["192.0.2.0/24"],
    )
    token: str = Field(description="How the token began that it came with.", examples=["eba_W99P_"])
    about: str = Field(description="What it was done to.", examples=["eba_q7Zk_"])


class AuditPart(Schema):
    """Which part of the log is asked for."""

    limit: int = Field(100, ge=1, le=500, description="At most so many rows.", examples=[100])
    cursor: str | None = Field(
        None,
        description="The `next` of the answer before, from which this one goes on.",
        examples=["MTc4"],
    )


class AuditList(Schema):
    """A portion of your audit log, newest first."""

    items: list[AuditEventOut] = Field(description="The events.")
    next: str | None = Field(
        description="The `cursor` of what follows; null at the end.", examples=["MTc4"]
    )
