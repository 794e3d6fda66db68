"""Alerts as files: what an export writes, and the same read by an import, row by row."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ebay_alerts.accounts.models import User
from ebay_alerts.alerts.columns import parted
from ebay_alerts.alerts.errors import InvalidAlert, NoJson, UnreadableFile
from ebay_alerts.alerts.lists import Table
from ebay_alerts.alerts.models import Alert
from ebay_alerts.alerts.representing import wish_fields
from ebay_alerts.alerts.schemas.alerts import (
    AlertRow,
)
from ebay_alerts.alerts.selectors import alerts_of
from ebay_alerts.alerts.services.importing import WHOLE_ROW, Fault, Row
from ebay_alerts.alerts.wishes import read_wish
from ebay_alerts.kit.csv_rows import unguarded
from ebay_alerts.kit.problem import fault_reason

# Room for 10,000 alerts of a length that nobody types; the whole file is in memory meanwhile.
LARGEST_FILE = 8 * 2**20
MOST_ROWS = 20_000
LONGEST_FIELD = 60

_COLUMNS = tuple(AlertRow.model_fields)
# Of each of these a header names one at least.
_NEEDED = (("keywords", "listing"), ("interval_minutes",))
_WHOLE_NUMBERS = (
    *("interval_minutes", "min_change_percent"),
    *("lowest_in_days", "rearm_hours", "ending_minutes"),
)
# Columns whose cells hold words with spaces between them.
_WORDS = (
    *("countries", "excluded_countries", "triggers", "conditions", "weekdays"),
    *("sellers", "excluded_sellers", "excluded_words"),
)
_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]{1,9}\s*")
# What spreadsheets part cells with, by the language they speak.
_DELIMITERS = ",;\t"

# A row's number and its fields as given, or what keeps it from having any.
_Given = tuple[int, Any] | Fault


@dataclass(frozen=True)
class Reading:
    """The rows of a file that can be kept, and what is wrong with the others."""

    rows: Sequence[Row]
    faults: Sequence[Fault]


def row_fields(alert: Alert) -> dict[str, Any]:
    """An alert in the shape of `AlertRow`; no name where mails call it by its keywords."""
    return wish_fields(alert) | {
        "currency": alert.currency,
        "paused": alert.state == Alert.State.PAUSED,
    }


def table_of(user: User) -> Table[Alert]:
    """All alerts of a user, as rows of a file."""
    return Table("alerts", AlertRow, alerts_of(user), ("pk",), row_fields)


def read_file(body: bytes, *, is_csv: bool) -> Reading:
    """Raises UnreadableFile for what has no rows at all, NoJson if it should be JSON."""
    rows: list[Row] = []
    faults: list[Fault] = []
    for count, given in enumerate(_csv_rows(body) if is_csv else _json_rows(body), start=1):
        if count > MOST_ROWS:
            raise UnreadableFile(f"A file may have {MOST_ROWS:,} alerts; part it into several.")
        read = given if isinstance(given, Fault) else _read_row(*given)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            rows.append(read)
    return Reading(rows, faults)


def _json_rows(body: bytes) -> Iterable[_Given]:
    """Rows are numbered from 1."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoJson("The body is no JSON that can be read.") from error
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise UnreadableFile('Write {"items": [...]}, with an alert in each place of the list.')
    return enumerate(items, start=1)


def _csv_rows(body: bytes) -> Iterator[_Given]:
    """Rows are numbered as spreadsheets do: the header is 1. Empty ones are passed over."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file is not in UTF-8; save it as CSV in UTF-8.") from error
    first_line = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    # Strict: an open quote would take all that follows for part of its cell, and say nothing.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    for number, cells in _numbered(reader):
        if not names:
            names = _header(cells)
        elif isinstance(cells, Fault):
            yield cells
        elif any(cells):
            yield _fields_of(number, names, cells)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Fault]]:
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, Fault(number, WHOLE_ROW, f"This row is no CSV: {error}.")


def _header(cells: list[str] | Fault) -> list[str]:
    if isinstance(cells, Fault):
        raise UnreadableFile(cells.reason)
    names = [unguarded(cell).strip() for cell in cells]
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown or len(set(names)) < len(names):
        wrong = unknown[0] if unknown else next(name for name in names if names.count(name) > 1)
        raise UnreadableFile(
            f"The header names {wrong!r:.60}; it may name, each once: {', '.join(_COLUMNS)}."
        )
    if missing := [some for some in _NEEDED if not set(some) & set(names)]:
        raise UnreadableFile(f"The header lacks {' or '.join(missing[0])}.")
    return names


def _fields_of(number: int, names: Sequence[str], cells: Sequence[str]) -> _Given:
    if any(cells[len(names) :]):
        reason = f"The row has {len(cells)} cells, and the header {len(names)}."
        return Fault(number, WHOLE_ROW, reason)
    # An empty cell says nothing, and so do cells that are not there.
    given = {name: _value(name, cell) for name, cell in zip(names, cells, strict=False) if cell}
    return number, given


def _value(name: str, cell: str) -> Any:
    text = unguarded(cell)
    if name in _WORDS:
        return parted(text)
    return int(text) if name in _WHOLE_NUMBERS and _WHOLE_NUMBER.fullmatch(text) else text


def _read_row(number: int, fields: Any) -> Row | Fault:
    if not isinstance(fields, Mapping):
        return Fault(number, WHOLE_ROW, "Write a JSON object.")
    try:
        given = AlertRow.model_validate(fields)
        wish = read_wish(given.model_dump())
        if given.currency not in (None, wish.gates.currency):
            reason = f"Prices on {wish.terms.marketplace} are in {wish.gates.currency}."
            raise InvalidAlert("currency", reason)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or WHOLE_ROW
        return Fault(number, field[:LONGEST_FIELD], f"{fault_reason(first)}".capitalize())
    except InvalidAlert as error:
        return Fault(number, error.field, error.reason, error.position)
    return Row(number, wish, is_paused=given.paused)
