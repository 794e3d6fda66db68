"""The API's shapes for a user's own account."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

Hour = Annotated[
    int, Field(description="By the clock on your wall in your time zone, 0 to 23.", examples=[7])
]
Frequency = Annotated[
    str, Field(description="daily, weekly (on Mondays) or off", examples=["weekly"])
]
TimeZone = Annotated[
    str, Field(description="A place of the tz database.", examples=["Europe/Berlin"])
]

OneMail = Annotated[
    bool,
    Field(
        description="Whether alerts that are due together come in one mail; otherwise each mails by"
        " itself.",
        examples=[True],
    ),
]

TextOnly = Annotated[
    bool,
    Field(description="Whether mails are text alone, without HTML and pictures.", examples=[False]),
]
QuietFrom = Annotated[
    str,
    Field(
        description="From then on alerts are held until `quiet_until`, by the clock on your wall;"
        " both null for no quiet hours.",
        examples=["22:00"],
    ),
]
QuietUntil = Annotated[
    str,
    Field(
        description="Then comes what was held, in one mail; after midnight where it is earlier than"
        " `quiet_from`.",
        examples=["07:00"],
    ),
]


class SuppressionOut(Schema):
    """Why no mail goes to your address."""

    reason: str = Field(description="bounced or complained", examples=["bounced"])
    words: str = Field(
        description="What the mail server or the provider said.",
        examples=["550 5.1.1 no such user"],
    )
    since: datetime = Field(description="Since when.", examples=["2026-08-03T05:00:00Z"])
    until: datetime | None = Field(
        description="When mail goes there again by itself; null for not before you lift it.",
        examples=["2026-08-04T05:00:00Z"],
    )


class AccountOut(Schema):
    """Who you are here, and when your price report comes."""

    email: str = Field(description="Where your mails go.", examples=["ann@example.com"])
    time_zone: TimeZone
    report_frequency: Frequency
    report_hour: Hour
    next_report_at: datetime | None = Field(
        description="null while reports are off.", examples=["2026-08-03T05:00:00Z"]
    )
    one_mail: OneMail
    text_only: TextOnly
    quiet_from: QuietFrom | None
    quiet_until: QuietUntil | None
    suppression: SuppressionOut | None = Field(
        description="Why no mail goes to your address; null if it does."
    )


class AccountPatch(Schema):
    """The fields to change; the others stay."""

    model_config = {"extra": "forbid"}

    # What is left out stays; null is refused. These defaults are never looked at.
    time_zone: Annotated[TimeZone, Field(max_length=64)] = Field(default_factory=str)
    report_frequency: Annotated[Frequency, Field(max_length=10)] = Field(default_factory=str)
    report_hour: Annotated[Hour, Field(ge=0, le=23, strict=True)] = Field(default_factory=int)
    one_mail: Annotated[OneMail, Field(strict=True)] = Field(default_factory=bool)
    text_only: Annotated[TextOnly, Field(strict=True)] = Field(default_factory=bool)
    # Null for both turns quiet hours off.
    quiet_from: Annotated[QuietFrom, Field(max_length=5)] | None = None
    quiet_until: Annotated[QuietUntil, Field(max_length=5)] | None = None


class TestMailOut(Schema):
    """A test mail on its way."""

    __test__ = False  # for pytest, which takes the name for a test's

    to: str = Field(description="Where it goes.", examples=["ann@example.com"])
    state: str = Field(
        description="queued, or failed where the address gets no mail.", examples=["queued"]
    )
    reason: str | None = Field(
        description="Why it failed; null if it did not.",
        examples=["no mail goes there: 550 no such user"],
    )


class AddressIn(Schema):
    """Another address of yours."""

    model_config = {"extra": "forbid"}

    address: Annotated[
        str,
        Field(
            description="Where alerts may go once it is confirmed.",
            examples=["phone@example.com"],
            max_length=1000,
        ),
    ]


class AddressChangeIn(Schema):
    """The address that your account is to have."""

    model_config = {"extra": "forbid"}

    address: Annotated[
        str,
        Field(
            description="The new one; nothing changes before it is confirmed there.",
            examples=["ann@example.org"],
            max_length=1000,
        ),
    ]


class AddressChangeOut(Schema):
    """That a change of address was asked for."""

    address: str = Field(description="The new one.", examples=["ann@example.org"])
    expires_at: datetime = Field(
        description="Until when the link is good.", examples=["2026-08-03T05:00:00Z"]
    )


class AddressOut(Schema):
    """Another address of yours, which alerts may go to."""

    id: int = Field(description="Its number here.", examples=[1])
    address: str = Field(description="The address.", examples=["phone@example.com"])
    confirmed_at: datetime | None = Field(
        description="When it was confirmed; null while nothing but the confirmation goes there.",
        examples=["2026-08-03T05:00:00Z"],
    )
    created_at: datetime = Field(
        description="When it was added.", examples=["2026-08-03T04:00:00Z"]
    )
    suppression: SuppressionOut | None = Field(
        description="Why no mail goes there; null if it does."
    )


class AddressList(Schema):
    """Your other addresses."""

    items: list[AddressOut] = Field(description="The addresses, oldest first.")
    next: str | None = Field(
        description="null: there never is a further portion.", examples=["WzQyXQ"]
    )
