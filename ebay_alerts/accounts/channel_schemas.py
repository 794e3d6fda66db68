"""The API's shapes for a user's channels."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

Name = Annotated[
    str,
    Field(
        max_length=100,
        description="What you call it; by default its host.",
        examples=["Home Assistant"],
    ),
]
Url = Annotated[
    str,
    Field(
        max_length=2000,
        description="Where it leads: for a webhook an address that takes POST, else an Apprise"
        " address such as `ntfy://topic`.",
        examples=["https://hooks.example.com/alerts"],
    ),
]
ChannelId = Annotated[int, Field(description="Its number here.", examples=[7])]
Kind = Annotated[str, Field(description="`webhook`, or `apprise`.", examples=["webhook"])]
At = Annotated[datetime, Field(description="When.", examples=["2026-07-31T12:00:00Z"])]
Words = Annotated[
    str,
    Field(
        description="What the receiver last answered, or why it could not be reached; empty while"
        " all is well.",
        examples=["503 Service Unavailable"],
    ),
]


class ChannelIn(Schema):
    """A channel to be kept."""

    model_config = {"extra": "forbid"}

    kind: Literal["webhook", "apprise"] = Field(
        "webhook",
        description="What the URL is: a webhook's, or an Apprise address.",
        examples=["webhook"],
    )
    name: Name = ""
    url: Url


class ChannelPatch(Schema):
    """The fields to change; the others stay."""

    model_config = {"extra": "forbid"}

    # What is left out stays; null is refused. These defaults are never looked at.
    name: Name = Field(default_factory=str)
    url: Url = Field(default_factory=str)
    on: bool = Field(
        default_factory=bool,
        description="false stops it, and what waits for it is not sent; true ends a suspension,"
        " too.",
        examples=[True],
    )


class ChannelOut(Schema):
    """A way out beside mail. Its URL is never shown whole again: it may be a secret."""

    id: ChannelId
    kind: Kind
    name: Name
    address: str = Field(
        description="As much of its URL as is shown.", examples=["https://hooks.example.com/…"]
    )
    on: bool = Field(description="Whether you want it to be used.", examples=[True])
    suspended_at: datetime | None = Field(
        description="Since when it is not used because it failed for days or is gone for good;"
        " null if it is.",
        examples=["2026-08-03T05:00:00Z"],
    )
    failures: int = Field(description="How many tries in a row failed.", examples=[0])
    words: Words
    last_success_at: datetime | None = Field(
        description="When the receiver last took something.", examples=["2026-08-03T05:00:00Z"]
    )
    next_try_at: datetime | None = Field(
        description="After a failure it rests until then; null if it does not rest.",
        examples=["2026-08-03T05:00:30Z"],
    )
    created_at: At
    updated_at: At


class NewChannelOut(ChannelOut):
    """A channel with its secret, which is told this once."""

    secret: str | None = Field(
        description="What a webhook's postings are signed with (Standard Webhooks); null for other"
        " kinds.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    previous_until: datetime | None = Field(
        description="Until then the secret before signs, too; null where there was none.",
        examples=["2026-08-01T12:00:00Z"],
    )


class ChannelList(Schema):
    """All your channels, oldest first."""

    items: list[ChannelOut] = Field(description="The channels.")
    next: str | None = Field(description="Always null.", examples=["null"])


class PostingTryOut(Schema):
    """One try at handing a posting over."""

    at: At
    outcome: str = Field(
        description="`sent`, `deferred`, `failed`, or `lost` where no answer came.",
        examples=["sent"],
    )
    code: int | None = Field(description="The status that came.", examples=[204])
    words: str = Field(description="What came, in words.", examples=["No Content"])


class PostingOut(Schema):
    """One thing posted to a channel, and what became of it."""

    id: str = Field(
        description="The same with every try: `webhook-id`.",
        examples=["msg_2b7e151628aed2a6abf7158809cf4f3c"],
    )
    kind: str = Field(description="`digest` or `test`.", examples=["digest"])
    title: str = Field(description="What it is about.", examples=["3 new for wine"])
    state: str = Field(
        description="`queued`, `sending`, `sent`, `failed`, or `withdrawn` when its news was told"
        " anew or was not wanted any more.",
        examples=["sent"],
    )
    created_at: At
    sent_at: datetime | None = Field(
        description="When the receiver took it.", examples=["2026-07-31T12:00:01Z"]
    )
    next_try_at: datetime | None = Field(
        description="When it is tried at the earliest; null when it is over.",
        examples=["2026-07-31T12:00:30Z"],
    )
    tries: list[PostingTryOut] = Field(description="Each try, oldest first.")


class PostingList(Schema):
    """A portion of what was posted, newest first."""

    items: list[PostingOut] = Field(description="The postings.")
    next: str | None = Field(
        description="The `cursor` of what follows; null at the end.", examples=["MTc4"]
    )


class PostingPart(Schema):
    """Which part of a list is asked for."""

    limit: int = Field(100, ge=1, le=500, description="At most so many rows.", examples=[100])
    cursor: str | None = Field(
        None,
        description="The `next` of the answer before, from which this one goes on.",
        examples=["MTc4"],
    )
