"""Rows as CSV that a spreadsheet may open: strangers' text never becomes a formula."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

# What a cell shows as it is.
_NUMBERS = frozenset((int, Decimal, type(None)))
# What spreadsheets take for the beginning of a formula, or skip before one; also as wide signs.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(
    header: Sequence[str], portions: Iterable[Iterable[Iterable[object]]]
) -> Iterator[str]:
    """The text of each portion of rows, the header before the first (RFC 4180)."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(header)
    for rows in portions:
        writer.writerows(map(_cells, rows))
        yield page.getvalue()
        page.seek(0)
        page.truncate()


def _cells(row: Iterable[object]) -> list[object]:
    return [value if type(value) in _NUMBERS else _cell(value) for value in row]


def _cell(value: object) -> object:
    """Numbers as they are, nothing as an empty cell, times as the API's JSON has them, what has
    parts as JSON."""
    if isinstance(value, str):
        return f"'{value}" if _wants_guard(value) else value
    if isinstance(value, datetime):
        return _moment(value.astimezone(UTC))
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def unguarded(cell: str) -> str:
    """The text that became this cell: without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and _wants_guard(cell) else cell


def _wants_guard(text: str) -> bool:
    """Also of text that looks as if it were guarded, so that each text has a cell of its own."""
    return text.startswith(_FORMULA_SIGNS) or (
        text.startswith("'") and text.lstrip("'").startswith(_FORMULA_SIGNS)
    )


def _moment(at: datetime) -> str:
    """A moment of UTC, to the millisecond if it has any."""
    text = at.isoformat()
    return f"{text[:23]}Z" if at.microsecond else f"{text[:19]}Z"
