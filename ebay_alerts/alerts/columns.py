"""The columns of a shape of the API, for tables: a part within it has a column for each field."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# Where a value stands: the names of the parts that hold it, and then its own.
_Path = tuple[str, ...]


def columns_of(
    shape: type[BaseModel],
) -> tuple[list[str], Callable[[Mapping[str, Any]], Iterable[Any]]]:
    """The names of the columns, in the order of the shape's fields, such as `before.name`; and
    what gives the values of a row in that order, None for those of a part that is not there."""
    fields = dict(_fields(shape, ()))
    names = [".".join(path) for path in fields]
    if len(fields) > 1 and all(map(_is_plain, fields, fields.values())):
        return names, itemgetter(*names)  # many times faster
    return names, lambda row: [_value(row, path, fields[path]) for path in fields]


def _fields(shape: type[BaseModel], path: _Path) -> Iterator[tuple[_Path, FieldInfo]]:
    for name, field in shape.model_fields.items():
        part = _part_in(field.annotation)
        if part:
            yield from _fields(part, (*path, name))
        else:
            yield (*path, name), field


def _is_plain(path: _Path, field: FieldInfo) -> bool:
    return len(path) == 1 and field.is_required() and get_origin(field.annotation) is not list


def _part_in(annotation: Any) -> type[BaseModel] | None:
    """The shape that a field holds, or may hold; what a list holds has no columns."""
    if get_origin(annotation) is list:
        return None
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def _value(row: Mapping[str, Any], path: _Path, field: FieldInfo) -> Any:
    """A list of words is told as one text."""
    holder: Mapping[str, Any] | None = row
    for part in path[:-1]:
        holder = holder[part] if holder else None
    if not holder:
        return None
    value = holder[path[-1]] if field.is_required() else holder.get(path[-1], field.default)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return joined(value)
    return value


_PART = re.compile(r'"([^"]*)"|(\S+)')


def joined(texts: Iterable[str]) -> str:
    """Texts with spaces between them, those that have spaces in quotation marks."""
    return " ".join(f'"{text}"' if " " in text else text for text in texts)


def parted(text: str) -> list[str]:
    """What was joined, or typed likewise."""
    return [quoted or plain for quoted, plain in _PART.findall(text) if quoted or plain]
