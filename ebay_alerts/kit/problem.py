"""The shape of every refusal over the API, a problem document (RFC 9457), and its words."""

from collections.abc import Mapping
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
    scope: str | None = Field(
        None, description="The scope that the token lacks.", examples=["write"]
    )
    errors: list[Any] | None = Field(
        None,
        description="Every fault when there are several.",
        examples=[[{"field": "limit", "reason": "limit: write at least 1."}]],
    )


# The faults that people make, in plain words; the keys are pydantic's error types.
_REASONS = {
    "missing": "this is needed.",
    "extra_forbidden": "there is no such field; /swagger lists them all.",
    "int_type": "write a whole number, without quotes.",
    "int_from_float": "write a whole number.",
    "int_parsing": "write a whole number.",
    "string_type": "write text, in quotes.",
    "bool_type": "write true or false.",
    "bool_parsing": "write true or false.",
    "decimal_type": "write a price such as 12.50.",
    "decimal_parsing": "write a price such as 12.50.",
    "finite_number": "write a price such as 12.50.",
    "greater_than_equal": "write at least {ge}.",
    "less_than_equal": "write at most {le}.",
    "string_too_long": "write at most {max_length} characters.",
    "literal_error": "write {expected}.",
    "model_attributes_type": "write a JSON object.",
    "dict_type": "write a JSON object.",
}


def fault_reason(error: Mapping[str, Any]) -> str:
    """What to write instead, of an error as pydantic tells it."""
    reason = _REASONS.get(str(error.get("type")))
    if reason is None:
        return str(error.get("msg", "this cannot be used."))
    return reason.format(**error.get("ctx", {}))
