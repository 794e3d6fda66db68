"""HTML of strangers: its words, and how a page may show it."""

import re
from html import escape, unescape
from urllib.parse import quote

_HIDDEN = ("style", "script")
_CONTENT_ID = re.compile(r"""(["'(=]\s*)cid:([^"'()<>\s]+)""", re.IGNORECASE)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_START = re.compile(r"(?:\s*<!doctype[^>]*>)?(?:\s*<html[^>]*>)?(?:\s*<head[^>]*>)?", re.IGNORECASE)
_TRUE, _FALSE = "(min-width: 0)", "(max-width: 0)"

FRAME_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; font-src data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)


def text_of_html(html: str, limit: int) -> str:
    """The words between the tags, at most `limit` characters; one pass, whatever the HTML holds."""
    words: list[str] = []
    hidden = ""
    for piece in (">" + html[: 4 * limit]).split("<"):
        tag, _, text = piece.partition(">")
        name = tag.lower()
        if hidden:
            hidden = "" if name.startswith("/" + hidden) else hidden
        else:
            hidden = next((word for word in _HIDDEN if name.startswith(word)), "")
        if not hidden:
            words.append(text)
    return unescape(" ".join(words))[:limit]


def framed_html(html: str, scheme: str, content_id_url: str) -> str:
    """The HTML as a frame shows it: links open outside, pictures by `cid:` come from here.

    `scheme` is "dark" or "light" to preview how the mail looks there, or empty to leave it to
    the reader's system.
    """
    html = _CONTENT_ID.sub(lambda found: f"{found[1]}{content_id_url}{quote(found[2], '')}", html)
    head = '<base target="_blank">'
    if scheme:
        html = _SCHEME.sub(lambda found: _TRUE if found[1].lower() == scheme else _FALSE, html)
        head += f"<style>:root {{ color-scheme: {escape(scheme)} !important }}</style>"
    start = _START.match(html)
    end = start.end() if start else 0
    return f"{html[:end]}{head}{html[end:]}"
