"""The outbox's message as RFC 5322 text."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from email import policy
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
from typing import Any

from django.conf import settings

from ebay_alerts.mail.addresses import needs_smtputf8, sender_address
from ebay_alerts.mail.models import Message

# Headers whose value goes out as it is.
_UNBROKEN = frozenset(
    {"message-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-id"}
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
# "=_" stands in no quoted-printable and no base64 (RFC 2045, 6.7): no part can hold it.
_BOUNDARY = "=_alternative"
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.+_-]+@[A-Za-z0-9.-]+")
# One line with its name, and nothing that a reader would take for an encoded word.
_PLAIN_SUBJECT = re.compile(r"(?!.*=\?)[!-~]([ -~]{0,58}[!-~])?")


def compose_bytes(message: Message) -> bytes:
    """What follows DATA, without the final dot; pure ASCII unless an address needs SMTPUTF8.

    It is the same for every try: nothing in it depends on the time of sending. Assembled by hand,
    for the library's objects cost more than all else about a mail; it folds and encodes whatever
    is not plain. Raises ValueError for a header with a line break.
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
        f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n',
    ]
    parts = _part(message.text, "plain") + _part(message.html, "html")
    return "".join(headers).encode() + parts + f"--{_BOUNDARY}--\r\n".encode()


def _part(text: str, subtype: str) -> bytes:
    body = text.encode()
    mostly_ascii = len(body) < len(text) * 1.5
    encoding = "quoted-printable" if mostly_ascii else "base64"
    head = (
        f"--{_BOUNDARY}\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\n'
        f"Content-Transfer-Encoding: {encoding}\n\n"
    )
    coded = (b2a_qp if mostly_ascii else encodebytes)(body)
    return (head.encode() + coded + b"\n").replace(b"\n", b"\r\n")


def _line(name: str, value: Any, policy: "EmailPolicy[EmailMessage]") -> str:
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable()
    if is_plain and name.lower() in _UNBROKEN:
        return f"{name}: {value}\r\n"
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
