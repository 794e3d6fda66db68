"""The API's shapes of an import: how, and what became of each row."""

from typing import Annotated, Literal

from ninja import Field, Schema


class ImportAsked(Schema):
    """How a file is to be imported."""

    dry_run: bool = Field(
        False, description="Only say what would become of each row.", examples=[True]
    )
    welcome: bool = Field(
        False,
        description="Mail a welcome for each alert; without it they begin in silence.",
        examples=[False],
    )
    format: Literal["json", "csv"] | None = Field(
        None, description="json or csv; goes before the header `Content-Type`.", examples=["csv"]
    )


RowNumber = Annotated[
    int,
    Field(
        description="The place in the list, from 1; in CSV the row as spreadsheets count, whose"
        " header is 1.",
        examples=[3],
    ),
]


class RowFault(Schema):
    """Why a row was not imported."""

    row: RowNumber
    field: str = Field(description="The field at fault, or `row`.", examples=["keywords"])
    reason: str = Field(
        description="What to write instead.",
        examples=["This parenthesis is never closed; add a )."],
    )
    position: int | None = Field(
        description="A character of the keywords, from 0; null elsewhere.", examples=[5]
    )


class RowDuplicate(Schema):
    """A row that was passed over, since you keep the alert or an earlier row brings it."""

    row: RowNumber
    name: str = Field(description="How that alert is called.", examples=["My cellar"])
    id: int | None = Field(
        description="The `id` of the alert that you keep; null if it comes with the same file.",
        examples=[1],
    )
    first_row: int | None = Field(
        description="The row that brings it; null if you keep it.", examples=[2]
    )


class ImportOut(Schema):
    """What became of each row of a file, or would become."""

    dry_run: bool = Field(description="Whether nothing was written.", examples=[False])
    rows: int = Field(description="How many rows the file has.", examples=[12])
    imported: int = Field(description="How many of them are alerts now.", examples=[10])
    errors: list[RowFault] = Field(description="The rows that cannot be alerts, in their order.")
    duplicates: list[RowDuplicate] = Field(
        description="The rows that were passed over, in their order."
    )
