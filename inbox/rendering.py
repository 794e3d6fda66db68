"""Filling the templates: what is not marked as HTML is escaped."""

import functools
import re
from collections.abc import Iterable
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

_TEMPLATES = Path(__file__).parent / "templates"
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_PERSON = re.compile(r'(?:"[^"]*"?|[^,"])+')
_STEPS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


class Html(str):
    """Text that is HTML already, all strange words in it escaped."""

    __slots__ = ()


def render(name: str, /, **values: object) -> Html:
    """The template `name`, each value escaped unless it is `Html`."""
    return Html(_template(name).substitute({key: as_html(value) for key, value in values.items()}))


@functools.cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


def as_html(value: object) -> Html:
    return value if isinstance(value, Html) else Html(escape(str(value)))


def joined(pieces: Iterable[Html]) -> Html:
    return Html("".join(pieces))


def linked(text: str) -> Html:
    """Plain text with its web addresses as links that open outside."""
    pieces: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        pieces.append(escape(text[end : found.start()]))
        pieces.append(f'<a href="{url}" target="_blank" rel="noopener noreferrer">{url}</a>')
        end = found.end()
    return Html("".join([*pieces, escape(text[end:])]))


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in one unit; static/inbox.js says it in the same words."""
    seconds = (now - moment).total_seconds()
    for length, unit in _STEPS:
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def size_in_words(size: int) -> str:
    """Bytes as people read them."""
    if size < 1000:
        return f"{size} B"
    if size < 1000 * 1000:
        return f"{size / 1000:.1f} KB"
    return f"{size / 1000 / 1000:.1f} MB"


def short_people(header: str, addresses: Iterable[str]) -> str:
    """The names in an address header where there are any, otherwise the envelope's addresses."""
    people = [_name(person) for person in _PERSON.findall(header)]
    people = [person for person in people if person] or list(addresses)
    if len(people) > 2:
        return f"{people[0]} and {len(people) - 1} more"
    return ", ".join(people)


def _name(person: str) -> str:
    """The library's own address parser falls into itself on a header of parentheses."""
    name, _, address = person.partition("<")
    return name.strip(' "') or address.strip(" >")
