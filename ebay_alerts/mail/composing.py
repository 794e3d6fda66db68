"""The outbox's message as RFC 5322 text."""

import re
from base64 import encodebytes
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping
from email import policy
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings

from ebay_alerts.mail.addresses import needs_smtputf8, sender_address
from ebay_alerts.mail.models import Message

# Headers whose value goes out as it is.
_UNBROKEN = frozenset(
    {"message-id", "references", "in-reply-to"}
    | {"list-unsubscribe", "list-unsubscribe-post", "list-help", "list-id"}
)


class _UnbrokenHeader(BaseHeader):
    """A header that goes out as it is: the library would encode a long address beyond use."""

    max_count = 1

    @classmethod
    def parse(cls, string: str, kwds: dict[str, Any]) -> None:
        UnstructuredHeader.parse(string, kwds)

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in _UNBROKEN:
        registry.map_to_type(name, _UnbrokenHeader)
    return policy.SMTP.clone(header_factory=registry, cte_type="7bit")


_POLICY = _policy()
_UTF8_POLICY = _POLICY.clone(utf8=True)
# "=_" stands in no quoted-printable and no base64 (RFC 2045, 6.7): no part can hold it, and none
# begins another (RFC 2046, 5.1.2).
_ALTERNATIVE, _RELATED = "=_alternative", "=_related"
_RELATED_HEAD = (
    f'Content-Type: multipart/related; type="text/html"; boundary="{_RELATED}"\r\n\r\n'.encode()
)
_CRLF = "\r\n"
_BASE64_LINE = 76  # RFC 2045, 6.8
_LONGEST_LINE = 990  # RFC 5322, 2.1.1: 998 octets, and a server on the way may add some
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.+_-]+@[A-Za-z0-9.-]+")
# One line with its name, and nothing that a reader would take for an encoded word.
_PLAIN_SUBJECT = re.compile(r"(?!.*=\?)[!-~]([ -~]{0,58}[!-~])?")


def compose_bytes(message: Message, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """What follows DATA, without the final dot; pure ASCII unless an address needs SMTPUTF8.

    `pictures` are the lines of base64 by key (`base64_lines`); where one that the message shows is
    not among them, its alt text stands in the HTML. With the same pictures it is the same for every
    try: nothing in it depends on the time of sending. Assembled by hand, for the library's objects
    cost more than all else about a mail; it folds and encodes whatever is not plain. Raises
    ValueError for a header with a line break. A message without HTML is its text alone.
    """
    policy = _UTF8_POLICY if needs_smtputf8(message.to_address) else _POLICY
    headers = [
        _sender_line(settings.MAIL_FROM),
        _recipient_line(message.to_address, policy),
        _subject_line(message.subject, policy),
        f"Date: {format_datetime(message.created_at)}\r\n",
        _line("Message-ID", message.message_id, policy),
        "Auto-Submitted: auto-generated\r\n",
        *(_line(name, value, policy) for name, value in message.headers.items()),
        "MIME-Version: 1.0\r\n",
    ]
    if not message.html:
        return b"".join(["".join(headers).encode(), _text_part(message.text, "plain")])
    headers.append(f'Content-Type: multipart/alternative; boundary="{_ALTERNATIVE}"\r\n\r\n')
    parts = [
        "".join(headers).encode(),
        _delimiter(_ALTERNATIVE),
        _text_part(message.text, "plain"),
        _delimiter(_ALTERNATIVE),
        *_html_parts(message, pictures or {}),
        _delimiter(_ALTERNATIVE, "--"),
    ]
    return b"".join(parts)


def base64_lines(content: bytes) -> bytes:
    """Base64 in full lines and CRLF, fit for a part's body."""
    coded = b2a_base64(content, newline=False)
    starts = range(0, len(coded), _BASE64_LINE)
    return b"".join([coded[start : start + _BASE64_LINE] + b"\r\n" for start in starts])


def _html_parts(message: Message, pictures: Mapping[str, bytes]) -> list[bytes]:
    """The HTML by itself, or with its pictures around it as `multipart/related` (RFC 2387)."""
    html, shown = message.html, []
    for key, content_id, alt in message.pictures or ():
        if key in pictures:
            shown.append((content_id, pictures[key]))
        else:
            html = _with_words(html, content_id, alt)
    if not shown:
        return [_text_part(html, "html")]
    parts = [
        _RELATED_HEAD,
        _delimiter(_RELATED),
        _text_part(html, "html"),
    ]
    for number, (content_id, lines) in enumerate(shown, start=1):
        parts += [_delimiter(_RELATED), _picture_head(number, content_id), lines]
    return [*parts, _delimiter(_RELATED, "--")]


def _with_words(html: str, content_id: str, alt: str) -> str:
    """The HTML with words in the place of a picture."""
    tag = rf'<img\b[^>]*\ssrc="cid:{re.escape(content_id)}"[^>]*>'
    return re.sub(tag, lambda _: escape(alt), html)


def _picture_head(number: int, content_id: str) -> bytes:
    head = (
        "Content-Type: image/png\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{content_id}>\r\n"
        # With a name, for some programs list a part without one as damaged.
        f'Content-Disposition: inline; filename="picture-{number}.png"\r\n\r\n'
    )
    return head.encode()


def _delimiter(boundary: str, end: str = "") -> bytes:
    """Stands at the start of a line: whatever comes before it ends in CRLF."""
    return f"--{boundary}{end}\r\n".encode()


def _text_part(text: str, subtype: str) -> bytes:
    """Plain ASCII of lines that a server takes goes as it is, which costs a tenth of encoding it.

    HTML can be had in ASCII: it writes other letters as numbers.
    """
    body = text.encode("ascii", "xmlcharrefreplace") if subtype == "html" else text.encode()
    if _goes_plain(body):
        return _part_head(subtype, "7bit") + (body + b"\n").replace(b"\n", b"\r\n")
    body = text.encode()
    mostly_ascii = len(body) < len(text) * 1.5
    coded = (b2a_qp if mostly_ascii else encodebytes)(body)
    head = _part_head(subtype, "quoted-printable" if mostly_ascii else "base64")
    return head + (coded + b"\n").replace(b"\n", b"\r\n")


def _goes_plain(body: bytes) -> bool:
    return (
        body.isascii()
        and b"\r" not in body
        and b"--=_" not in body  # it could be taken for a delimiter
        and max(map(len, body.split(b"\n"))) <= _LONGEST_LINE
    )


def _part_head(subtype: str, encoding: str) -> bytes:
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()


def _line(name: str, value: Any, policy: "EmailPolicy[EmailMessage]") -> str:
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable()
    if is_plain and name.lower() in _UNBROKEN:
        return f"{name}: {value}\r\n"
    if isinstance(value, str) and "=?" in value:
        # The library would take a stranger's words for encoded ones and decode them, line breaks
        # and all.
        return f"{name}: {Header(value, 'utf-8', header_name=name).encode(linesep=_CRLF)}{_CRLF}"
    return str(policy.fold(name, policy.header_store_parse(name, value)[1]))


def _subject_line(subject: str, policy: "EmailPolicy[EmailMessage]") -> str:
    if _PLAIN_SUBJECT.fullmatch(subject):
        return f"Subject: {subject}\r\n"
    return _line("Subject", subject, policy)


def _recipient_line(address: str, policy: "EmailPolicy[EmailMessage]") -> str:
    if _PLAIN_ADDRESS.fullmatch(address):
        return f"To: {address}\r\n"
    return _line("To", _recipient(address), policy)


@lru_cache(maxsize=8)
def _sender_line(mail_from: str) -> str:
    name, _ = parseaddr(mail_from)
    sender = Address(display_name=name, addr_spec=sender_address(mail_from))
    return _line("From", sender, _POLICY)


def _recipient(address: str) -> Address:
    if not needs_smtputf8(address):
        return Address(addr_spec=address)
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=domain)
