"""The shape of every refusal over the API: a problem document (RFC 9457)."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    position: int | None = None
    errors: list[Any] | None = None
