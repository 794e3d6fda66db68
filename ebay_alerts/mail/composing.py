"""The outbox's message as RFC 5322 text."""

from base64 import encodebytes
from binascii import b2a_qp
from email import policy
from email.contentmanager import ContentManager
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from ebay_alerts.mail.addresses import needs_smtputf8, sender_address
from ebay_alerts.mail.models import Message


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
    for name in ("message-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-id"):
        registry.map_to_type(name, _UnbrokenHeader)
    return policy.SMTP.clone(header_factory=registry, cte_type="7bit")


def _set_text(part: EmailMessage, text: str, subtype: str = "plain") -> None:
    """The library's own quoted-printable costs more time than all else about a mail."""
    body = text.encode()
    mostly_ascii = len(body) < len(text) * 1.5
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable" if mostly_ascii else "base64"
    part.set_payload((b2a_qp if mostly_ascii else encodebytes)(body).decode("ascii"))


_POLICY = _policy()
_CONTENT = ContentManager()
_CONTENT.add_set_handler(str, _set_text)


def compose(message: Message) -> EmailMessage:
    """The same mail for every try: nothing in it depends on the time of sending."""
    mail = EmailMessage(_POLICY)
    mail["From"] = _sender()
    mail["To"] = _recipient(message.to_address)
    mail["Subject"] = message.subject
    mail["Date"] = message.created_at
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(message.text, content_manager=_CONTENT)
    mail.add_alternative(message.html, subtype="html", content_manager=_CONTENT)
    return mail


def compose_bytes(message: Message) -> bytes:
    """What follows DATA, without the final dot; pure ASCII unless an address needs SMTPUTF8."""
    mail = compose(message)
    return mail.as_bytes(policy=_POLICY.clone(utf8=needs_smtputf8(message.to_address)))


def _recipient(address: str) -> Address:
    if not needs_smtputf8(address):
        return Address(addr_spec=address)
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=domain)


def _sender() -> Address:
    name, _ = parseaddr(settings.MAIL_FROM)
    return Address(display_name=name, addr_spec=sender_address(settings.MAIL_FROM))
