"""The shape of every refusal over the API: a problem document (RFC 9457)."""

from typing import Any

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(description="Always about:blank.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What is wrong, for a person.",
        examples=["This parenthesis is never closed; add a )."],
    )
    field: str | None = Field(
        None, description="What is wrong in the request.", examples=["keywords"]
    )
    position: int | None = Field(
        None, description="A character of the keywords, from 0.", examples=[5]
    )
    errors: list[Any] | None = Field(
        None,
        description="Every fault when there are several.",
        examples=[[{"field": "limit", "reason": "limit: write at least 1."}]],
    )
