"""Mails out of templates that extend the frame `mail/frame.html` and `mail/frame.txt`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.template import Context, Engine
from django.template.backends.django import get_installed_libraries

from ebay_alerts.mail.wording import without_controls

_INDENT = re.compile(r"\s*\n\s*")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Rendered:
    """The two parts of a mail. The text part holds no markup and is not escaped."""

    text: str
    html: str


def render_mail(template: str, context: Mapping[str, object]) -> Rendered:
    """Render `<template>.html` and `<template>.txt`; `subject` in the context titles the HTML."""
    engine = _engine(tuple(settings.TEMPLATES[0].get("DIRS", ())))  # type: ignore[arg-type]
    html = engine.get_template(f"{template}.html").render(Context(dict(context)))
    plain = Context(dict(context), autoescape=False)
    return Rendered(_tidy(engine.get_template(f"{template}.txt").render(plain)), _dense(html))


@cache
def _engine(dirs: tuple[str, ...]) -> Engine:
    """Compiles a template once in the life of the process: edits of templates need a restart."""
    inlining = "ebay_alerts.mail.inlining.InliningLoader"
    return Engine(
        dirs=list(dirs),
        loaders=[("django.template.loaders.cached.Loader", [inlining])],
        libraries=get_installed_libraries(),
    )


def _dense(html: str) -> str:
    """Without indentation: some programs cut mails that are longer than about 100 kB."""
    return _INDENT.sub("\n", without_controls(html)).strip() + "\n"


def _tidy(text: str) -> str:
    return _GAPS.sub("\n\n", _TRAILING.sub("", without_controls(text))).strip() + "\n"
