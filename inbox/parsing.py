"""Taking a mail apart to show it. A hostile mail gives less to show, never an error."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import TypeVar

from inbox.headers import decode_field, decode_text, head_of, readable
from inbox.html_text import text_of_html

TYPED_PARTS_LIMIT = 100
BOUNDARY_LINES_LIMIT = 5_000
LINES_LIMIT = 500_000
SEARCHED_CHARACTERS = 256 * 1024

# The parser takes a bare CR for the end of a line, so these do too.
_TYPED_PART = re.compile(rb"(?:\A|[\r\n])content-type[ \t]*:", re.IGNORECASE)
_BOUNDARY_LINE = re.compile(rb"[\r\n]--")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_SEARCHED_FIELDS = frozenset({"subject", "from", "to", "cc", "reply-to", "message-id"})
_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Any part that is not the text or the HTML; `content_id` is without its brackets."""

    name: str
    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """`problem` says in words why a mail is shown as its source only."""

    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    problem: str = ""


def parse_mail(source: bytes) -> ParsedMail:
    """Everything a page shows of a mail."""
    headers = tuple((name, decode_field(value)) for name, value in read_fields(source))
    message = find_message(source)
    if message is None:
        problem = "This mail has too many parts or lines to be taken apart. This is its source."
        return ParsedMail(headers, readable(source), None, (), problem)
    return _take_apart(headers, _leaves(message))


def read_fields(source: bytes) -> list[tuple[str, bytes]]:
    """The header fields in their order, values as they were sent."""
    return [(readable(name), value) for name, value in _FIELD.findall(head_of(source))]


def find_message(source: bytes) -> Message | None:
    """The tree of parts; None for a mail built to keep a parser busy."""
    if _is_exhausting(source):
        return None
    return BytesParser(policy=policy.compat32).parsebytes(source)


def _is_exhausting(source: bytes) -> bool:
    """Whether there are more lines and parts than in any mail for people."""
    return (
        max(source.count(b"\r"), source.count(b"\n")) > LINES_LIMIT
        or len(_TYPED_PART.findall(source)) > TYPED_PARTS_LIMIT
        or len(_BOUNDARY_LINE.findall(source)) > BOUNDARY_LINES_LIMIT
    )


def searchable_text(source: bytes, addresses: str) -> str:
    """What a search looks through, in folded case."""
    parsed = parse_mail(source)
    listed = [value for name, value in parsed.headers if name.lower() in _SEARCHED_FIELDS]
    bodies = [(parsed.text or "")[:SEARCHED_CHARACTERS]]
    if parsed.html:
        bodies.append(text_of_html(parsed.html, SEARCHED_CHARACTERS))
    names = [attachment.name for attachment in parsed.attachments]
    return "\n".join([*listed, addresses, *bodies, *names]).casefold()


def content_of(part: Message) -> bytes:
    """A part's content, its transfer encoding undone."""
    if part.get_content_maintype() == "message":
        return _fact(lambda: _inner_mail(part), b"")
    content: object = _fact(lambda: part.get_payload(decode=True), None)
    return content if isinstance(content, bytes) else b""


def _inner_mail(part: Message) -> bytes:
    payload = part.get_payload()
    return b"".join(inner.as_bytes() for inner in payload if isinstance(inner, Message))


def _take_apart(headers: tuple[tuple[str, str], ...], leaves: Iterator[Message]) -> ParsedMail:
    text: str | None = None
    html: str | None = None
    attachments: list[Attachment] = []
    for part in leaves:
        kind = part.get_content_type()
        is_body = not _is_attached(part)
        if is_body and html is None and kind == "text/html":
            html = _text(part)
        elif (
            is_body
            and text is None
            and kind != "text/html"
            and part.get_content_maintype()
            in (
                "text",
                "multipart",
            )
        ):
            text = _text(part)
        else:
            attachments.append(_attachment(part, len(attachments) + 1))
    return ParsedMail(headers, text, html, tuple(attachments))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts without parts, in order; a mail inside a mail is one part."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(child for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part


def _is_attached(part: Message) -> bool:
    disposition = _fact(part.get_content_disposition, None)
    return disposition == "attachment" or bool(_fact(part.get_filename, None))


def _text(part: Message) -> str:
    charset = _fact(part.get_content_charset, None)
    return decode_text(content_of(part), charset)


def _attachment(part: Message, number: int) -> Attachment:
    kind = part.get_content_type()
    suffix = ".eml" if kind == "message/rfc822" else ""
    name = _fact(part.get_filename, None) or f"part-{number}{suffix}"
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    return Attachment(
        decode_field(name.encode("utf-8", "replace")), kind, content_id, content_of(part)
    )


def _fact(read: Callable[[], _Fact], otherwise: _Fact) -> _Fact:
    """What the library reads from a part, unless the part is too broken for it."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - the parser's accessors raise anything on broken headers
        return otherwise
