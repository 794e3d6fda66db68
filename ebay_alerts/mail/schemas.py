"""The API's shapes for mail."""

from ninja import Field, Schema


class NoticeOut(Schema):
    """What became of a notice."""

    counts: bool = Field(description="Whether it counts against an address.", examples=[True])
    words: str = Field(
        description="What it says, or why it does not count.",
        examples=["smtp; 550 5.1.1 no such user"],
    )
