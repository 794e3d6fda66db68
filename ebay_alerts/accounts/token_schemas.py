"""The API's shapes for a user's tokens."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import AwareDatetime

Scope = Literal["read", "write", "account"]
Scopes = Annotated[
    list[Scope],
    Field(description="What it may do: read, write, account.", examples=[["read", "write"]]),
]
Name = Annotated[str, Field(description="What you call it.", examples=["Home Assistant"])]


class TokenIn(Schema):
    """A new token."""

    model_config = {"extra": "forbid"}

    scopes: Annotated[Scopes, Field(min_length=1, max_length=3)]
    name: Annotated[Name, Field(max_length=60)] = ""
    expires_at: AwareDatetime | None = Field(
        None,
        description="From when on it is refused; null for never.",
        examples=["2027-08-03T05:00:00Z"],
    )


class TokenOut(Schema):
    """A token of yours, without its secret."""

    id: int = Field(description="Its number here.", examples=[1])
    hint: str = Field(description="How it begins.", examples=["eba_W99P_"])
    name: Name
    scopes: Scopes
    created_at: datetime = Field(description="When it was made.", examples=["2026-08-03T04:00:00Z"])
    expires_at: datetime | None = Field(
        description="From when on it is refused; null for never.",
        examples=["2027-08-03T05:00:00Z"],
    )
    last_used_at: datetime | None = Field(
        description="When it was last used, to five minutes; null for never.",
        examples=["2026-08-03T05:00:00Z"],
    )


class NewTokenOut(TokenOut):
    """A new token, with its secret."""

    token: str = Field(
        description="The token itself, told this once.",
        examples=["eba_W99P_nq5yDqVNvJ0bFvEo4kT1u0cC2l8m3QyXxYz5pA"],
    )


class TokenList(Schema):
    """Your tokens."""

    items: list[TokenOut] = Field(description="The tokens, oldest first.")
    next: str | None = Field(
        description="null: there never is a further portion.", examples=["WzQyXQ"]
    )
