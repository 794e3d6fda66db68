"""The shapes of an account as a whole: all that is kept of a user, and its deletion."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Schema

AlertId = Annotated[int, Field(description="The `id` of the alert.", examples=[1])]
Kind = Annotated[str, Field(description="What was done or told.", examples=["created"])]
At = Annotated[datetime, Field(description="When.", examples=["2026-07-20T18:05:00Z"])]
CreatedAt = Annotated[
    datetime, Field(description="When it began.", examples=["2026-07-01T09:30:00Z"])
]
Price = Annotated[Decimal, Field(description="An amount of money.", examples=["89.00"])]
Currency = Annotated[str, Field(description="By ISO 4217.", examples=["USD"])]
Wish = Annotated[
    dict[str, Any],
    Field(description="The alert as its user wished it.", examples=[{"keywords": "wine"}]),
]


class KeptUser(Schema):
    """The user."""

    email: str = Field(description="Where your mails go.", examples=["ann@example.com"])
    time_zone: str = Field(description="Of the tz database.", examples=["Europe/Berlin"])
    report_frequency: str = Field(description="daily, weekly or off", examples=["weekly"])
    report_hour: int = Field(description="By the clock on your wall.", examples=[7])
    report_due_at: datetime | None = Field(
        description="When the next price report comes.", examples=["2026-08-03T05:00:00Z"]
    )
    reported_on: date | None = Field(
        description="The last date that had its report's turn.", examples=["2026-08-02"]
    )
    one_mail: bool = Field(
        description="Whether alerts that are due together come in one mail.", examples=[True]
    )
    text_only: bool = Field(description="Whether mails are text alone.", examples=[False])
    quiet_from: str | None = Field(
        description="When quiet hours begin, by the clock on your wall.", examples=["22:00"]
    )
    quiet_until: str | None = Field(description="When they end.", examples=["07:00"])
    confirmed_at: datetime | None = Field(
        description="When the address was confirmed.", examples=["2026-07-01T09:30:00Z"]
    )
    created_at: CreatedAt


class KeptToken(Schema):
    """A token, of which only a hash is kept."""

    hint: str = Field(description="How it begins.", examples=["eba_W99P_"])
    name: str = Field(description="What you call it.", examples=["Home Assistant"])
    scopes: list[str] = Field(description="What it may do.", examples=[["read", "write"]])
    created_at: CreatedAt
    expires_at: datetime | None = Field(
        description="From when on it is refused.", examples=["2027-08-03T05:00:00Z"]
    )
    last_used_at: datetime | None = Field(
        description="When it was last used, to five minutes.", examples=["2026-08-03T05:00:00Z"]
    )


class KeptEvent(Schema):
    """What touched the security of your account."""

    at: At
    kind: Kind
    origin: str = Field(description="The network it came from.", examples=["192.0.2.0/24"])
    token: str = Field(description="How the token began.", examples=["eba_W99P_"])
    about: str = Field(description="What it was done to.", examples=["eba_q7Zk_"])


class KeptAlert(Schema):
    """An alert as it stands."""

    id: AlertId
    wish: Wish
    created_at: CreatedAt
    updated_at: At
    last_mail_at: datetime | None = Field(
        description="When the last mail was built.", examples=["2026-07-31T12:00:00Z"]
    )


class KeptAlertChange(Schema):
    """A step in the history of an alert, which may be deleted by now."""

    alert_id: AlertId
    at: At
    kind: Kind
    before: Wish | None
    after: Wish | None


class KeptLine(Schema):
    """What you were told of a listing."""

    at: At
    kind: Kind
    alert_id: AlertId | None
    listing_id: int = Field(description="The `id` of the listing.", examples=[42])
    title: str = Field(description="Its title now.", examples=["Red wine, 6 bottles"])
    price: Price
    was: Price | None
    shipping: Price | None
    currency: Currency
    also_matched_by: list[int] = Field(
        description="Other alerts of yours that it passed then, by number.", examples=[[2, 5]]
    )


class KeptSnooze(Schema):
    """A listing that nothing is told of, for a time or for good."""

    listing_id: int = Field(description="The `id` of the listing.", examples=[42])
    title: str = Field(description="Its title now.", examples=["Red wine, 6 bottles"])
    until: datetime | None = Field(
        description="Until when; null for good.", examples=["2026-08-03T05:00:00Z"]
    )
    created_at: datetime = Field(
        description="When you snoozed it.", examples=["2026-07-20T18:05:00Z"]
    )


class KeptMessage(Schema):
    """A mail to you, sent or not."""

    to: str = Field(description="The address.", examples=["ann@example.com"])
    subject: str = Field(description="Its subject.", examples=["3 new: Red wine"])
    text: str = Field(description="What it says.", examples=["3 new listings …"])
    state: str = Field(description="What became of it.", examples=["sent"])
    created_at: CreatedAt
    sent_at: datetime | None = Field(
        description="When a server took it.", examples=["2026-07-31T12:00:30Z"]
    )


class KeptReport(Schema):
    """A price report."""

    report_date: date = Field(description="Its date.", examples=["2026-07-31"])
    made_at: At
    falls: int = Field(description="How many prices fell.", examples=[2])
    rises: int = Field(description="How many prices rose.", examples=[1])
    moves: list[Any] = Field(description="The moves that it shows.", examples=[[]])
    alerts: list[Any] = Field(description="The alerts that they are of.", examples=[[]])


class KeptAddress(Schema):
    """Another address of yours, for alerts."""

    address: str = Field(description="The address.", examples=["phone@example.com"])
    confirmed_at: datetime | None = Field(
        description="When it was confirmed.", examples=["2026-07-01T09:30:00Z"]
    )
    created_at: CreatedAt


class KeptAddressChange(Schema):
    """That your account was to have another address, or has it."""

    before: str = Field(description="The address before.", examples=["ann@example.com"])
    after: str = Field(description="The address after.", examples=["ann@example.org"])
    asked_at: At
    changed_at: datetime | None = Field(
        description="When it was changed; null before.", examples=["2026-07-01T09:30:00Z"]
    )


class KeptSession(Schema):
    """A browser that is signed in, without its secret."""

    browser: str = Field(description="Which one, in words.", examples=["Firefox on Linux"])
    origin: str = Field(description="The network it came from.", examples=["192.0.2.0/24"])
    since: datetime | None = Field(
        description="When it signed in.", examples=["2026-07-01T09:30:00Z"]
    )
    seen_at: datetime = Field(
        description="When it was last seen.", examples=["2026-07-02T09:30:00Z"]
    )


class KeptFactor(Schema):
    """A second factor, without its secret."""

    kind: str = Field(description="totp or recovery_codes", examples=["totp"])
    created_at: CreatedAt
    last_used_at: datetime | None = Field(
        description="When it was last used.", examples=["2026-07-02T09:30:00Z"]
    )


class KeptSuppression(Schema):
    """Why no mail goes to an address of yours, or once did not."""

    address: str = Field(description="The address.", examples=["ann@example.com"])
    reason: str = Field(description="bounced or complained", examples=["bounced"])
    words: str = Field(description="The server's.", examples=["550 5.1.1 no such user"])
    failures: int = Field(description="How often mail failed.", examples=[1])
    since: At
    until: datetime | None = Field(
        description="When it ends; null for not before it is lifted.",
        examples=["2026-08-01T12:00:00Z"],
    )
    lifted_at: datetime | None = Field(
        description="When it was last lifted.", examples=["2026-08-01T09:00:00Z"]
    )


class KeptChannel(Schema):
    """A channel, without its secrets."""

    id: int = Field(description="The `id` of the channel.", examples=[7])
    kind: str = Field(description="webhook or apprise", examples=["webhook"])
    name: str = Field(description="What you call it.", examples=["Home Assistant"])
    address: str = Field(
        description="As much of its URL as is shown.", examples=["https://hooks.example.com/…"]
    )
    is_on: bool = Field(description="Whether you want it to be used.", examples=[True])
    suspended_at: datetime | None = Field(
        description="Since when it is not used.", examples=["2026-08-03T05:00:00Z"]
    )
    words: str = Field(description="What it last answered.", examples=["503 Service Unavailable"])
    created_at: CreatedAt
    updated_at: At


class KeptPosting(Schema):
    """What was posted to a channel, or is to be."""

    channel_id: int = Field(description="The `id` of the channel.", examples=[7])
    kind: str = Field(description="digest or test", examples=["digest"])
    title: str = Field(description="What it is about.", examples=["3 new for wine"])
    body: str = Field(description="What it says.", examples=["…"])
    state: str = Field(description="What became of it.", examples=["sent"])
    created_at: CreatedAt
    sent_at: datetime | None = Field(
        description="When the receiver took it.", examples=["2026-07-31T12:00:30Z"]
    )


class KeptFeed(Schema):
    """That a feed has secret addresses."""

    alert_id: int | None = Field(description="The alert that it is of; null for all.", examples=[1])
    created_at: CreatedAt


class KeptRequest(Schema):
    """That a confirmation of an address of yours was asked for; kept for a day."""

    address: str = Field(description="The address.", examples=["ann@example.com"])
    at: At


class KeptAccount(Schema):
    """All that is kept of you."""

    account: KeptUser = Field(description="You.")
    tokens: list[KeptToken] = Field(description="Your tokens, without their secrets.")
    audit: list[KeptEvent] = Field(description="What touched the security of your account.")
    alerts: list[KeptAlert] = Field(description="Your alerts.")
    alert_changes: list[KeptAlertChange] = Field(description="Their history.")
    lines: list[KeptLine] = Field(description="What you were told of listings.")
    listing_snoozes: list[KeptSnooze] = Field(description="Listings that you snooze.")
    messages: list[KeptMessage] = Field(description="Mails to you, at every address of yours.")
    addresses: list[KeptAddress] = Field(description="Your other addresses.")
    address_changes: list[KeptAddressChange] = Field(
        description="Changes of your account's address."
    )
    sessions: list[KeptSession] = Field(description="Browsers that are signed in.")
    second_factors: list[KeptFactor] = Field(description="What signing in asks for, too.")
    suppressions: list[KeptSuppression] = Field(description="Stops of mail to your addresses.")
    confirmation_requests: list[KeptRequest] = Field(
        description="Confirmations asked for within a day."
    )
    channels: list[KeptChannel] = Field(description="Your channels, without their secrets.")
    postings: list[KeptPosting] = Field(description="What was posted to them in 30 days.")
    feeds: list[KeptFeed] = Field(description="Your feeds, without their secret addresses.")
    reports: list[KeptReport] = Field(description="Your price reports.")


class AccountDeletionIn(Schema):
    """The confirmation that all that is kept of you is to be deleted."""

    model_config = {"extra": "forbid"}

    email: str = Field(
        max_length=1000,
        description="Your address, to say that you mean it.",
        examples=["ann@example.com"],
    )
