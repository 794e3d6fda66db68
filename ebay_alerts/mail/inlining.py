"""CSS into `style` attributes of a template's source: once a template, not once a mail.

Mail programs drop style sheets, so each element carries its style. Working on the source keeps it
byte for byte but for what is inserted: no HTML parser moves a `{% for %}` out of its table. It asks
one thing of the style sheet: a selector looks at the tag name and the classes of one element alone
(`.price`, `.tag.fall`, `h1`), for a template file does not know what it will stand in.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from css_inline import inline
from django.template.utils import get_app_template_dirs
from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError

FRAME_CSS = Path(__file__).parent / "jinja2" / "mail" / "frame.css"

_INDENT = re.compile(r"\s*\n\s*")
_JINJA_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")
# Stands for each character of a Jinja tag, so that positions stay true; private use in Unicode.
_FILLER = "\ue000"
_START_TAG = re.compile(
    r"<!--.*?-->|<(?P<raw>style|script|title)\b.*?</(?P=raw)\s*>"
    r"""|<(?P<name>[a-z][a-z0-9]*)(?P<attributes>(?:"[^"]*"|'[^']*'|[^'">])*)>""",
    re.IGNORECASE | re.DOTALL,
)
_CLASS = re.compile(r"""\sclass\s*=\s*(["'])(.*?)\1""", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"""\sstyle\s*=\s*["']""", re.IGNORECASE)
_OUTSIDE_BODY = frozenset({"html", "head", "meta", "link", "base"})
# An HTML parser drops these tags outside a table.
_AROUND = {
    "tbody": "<table>{}</table>",
    "tr": "<table><tbody>{}</tbody></table>",
    "td": "<table><tbody><tr>{}</tr></tbody></table>",
    "th": "<table><tbody><tr>{}</tr></tbody></table>",
}

Kind = tuple[str, str]  # tag name, classes


@dataclass(frozen=True)
class _StartTag:
    kind: Kind
    style_at: int
    has_style: bool


class InliningLoader(FileSystemLoader):
    """Finds templates in these folders and in the apps' own, and inlines and packs the HTML."""

    def __init__(self, dirs: Sequence[str]) -> None:
        super().__init__([*dirs, *get_app_template_dirs("jinja2")])

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_recent = super().get_source(environment, template)
        if template.endswith(".html"):
            css = FRAME_CSS.read_text(encoding="utf-8")
            source = inline_styles(without_indents(source), css)
        return source, filename, is_recent


def without_indents(source: str) -> str:
    """Without indents and blank lines: some programs cut mails longer than about 100 kB."""
    return _INDENT.sub("\n", source)


def inline_styles(source: str, css: str) -> str:
    """The source with the style that `css` gives an element put before the element's own.

    Raises TemplateSyntaxError where a class hangs on a Jinja tag: its style is unknown here.
    """
    tags = list(_start_tags(source))
    styles = _styles({tag.kind for tag in tags}, css)
    pieces, done = [], 0
    for tag in tags:
        if style := styles[tag.kind]:
            own = f"{style};" if tag.has_style else f' style="{style}"'
            pieces += [source[done : tag.style_at], own]
            done = tag.style_at
    return "".join([*pieces, source[done:]])


def _start_tags(source: str) -> Iterator[_StartTag]:
    blank = _JINJA_TAG.sub(lambda match: _FILLER * len(match[0]), source)
    for match in _START_TAG.finditer(blank):
        name = (match["name"] or "").lower()
        if name and name not in _OUTSIDE_BODY:
            attributes = match["attributes"]
            style = _STYLE.search(attributes)
            offset = match.start("attributes")
            yield _StartTag(
                (name, _classes(attributes, source, match)),
                offset + (style.end() if style else 0),
                bool(style),
            )


def _classes(attributes: str, source: str, tag: re.Match[str]) -> str:
    found = _CLASS.search(attributes)
    classes = found[2] if found else ""
    if _FILLER in classes:
        line = source.count("\n", 0, tag.start()) + 1
        shown = source[tag.start() : tag.end()]
        raise TemplateSyntaxError(f"write the classes out, one tag for each case: {shown}", line)
    return " ".join(classes.split())


def _styles(kinds: Iterable[Kind], css: str) -> dict[Kind, str]:
    """The style of each kind of element, ready to stand in an attribute; empty with none."""
    ordered = tuple(sorted(kinds))
    return dict(zip(ordered, _computed(ordered, css), strict=True))


@cache
def _computed(kinds: tuple[Kind, ...], css: str) -> list[str]:
    document = "\n".join(_specimen(number, kind) for number, kind in enumerate(kinds))
    reader = _StyleReader(len(kinds))
    reader.feed(
        inline(
            f"<!doctype html><html><head></head><body>{document}</body></html>",
            extra_css=css,
            load_remote_stylesheets=False,
            resolve_css_variables=True,
        )
    )
    return [escape(style.strip().rstrip(";")) for style in reader.styles]


def _specimen(number: int, kind: Kind) -> str:
    name, classes = kind
    start = f'<{name} class="{escape(classes)}" data-number="{number}">'
    # A second <body> tag gives its attributes to the first; closing it would end the document.
    return start if name == "body" else _AROUND.get(name, "{}").format(f"{start}</{name}>")


class _StyleReader(HTMLParser):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.styles = [""] * count

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if number := given.get("data-number"):
            self.styles[int(number)] = given.get("style") or ""
