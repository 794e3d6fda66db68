"""Mails out of templates that extend the frame `mail/frame.html` and `mail/frame.txt`.

They are Jinja's, which compiles a template to Python: mails are made by the thousand, and pages are
not. They stand in the folders `jinja2` of the apps.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from jinja2 import Environment

from ebay_alerts.mail.inlining import InliningLoader
from ebay_alerts.mail.templatetags.mail_format import one_line, safe_url
from ebay_alerts.mail.wording import without_controls

_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Rendered:
    """The two parts of a mail. The text part holds no markup and is not escaped."""

    text: str
    html: str


def render_mail(template: str, context: Mapping[str, object]) -> Rendered:
    """Render `<template>.html` and `<template>.txt`; `subject` in the context titles the HTML."""
    environment = _environment(tuple(settings.TEMPLATES[0].get("DIRS", ())))  # type: ignore[arg-type]
    html = environment.get_template(f"{template}.html").render(context)
    text = environment.get_template(f"{template}.txt").render(context)
    return Rendered(_tidy(text), _dense(html))


@cache
def _environment(dirs: tuple[str, ...]) -> Environment:
    """Compiles a template once in the life of the process: edits of templates need a restart."""
    environment = Environment(
        loader=InliningLoader(dirs),
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        auto_reload=False,
        cache_size=-1,
        keep_trailing_newline=True,
    )
    environment.filters |= {"one_line": one_line, "safe_url": safe_url, "capfirst": _capfirst}
    return environment


def _capfirst(text: str) -> str:
    return text[:1].upper() + text[1:]


def _dense(html: str) -> str:
    """Without the blank lines that conditions leave; the templates themselves are dense already."""
    lines = [line for line in map(str.rstrip, without_controls(html).split("\n")) if line]
    return "\n".join(lines).strip() + "\n"


def _tidy(text: str) -> str:
    lines = "\n".join([line.rstrip(" \t") for line in without_controls(text).split("\n")])
    return _GAPS.sub("\n\n", lines).strip() + "\n"
