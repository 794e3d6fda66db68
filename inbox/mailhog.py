"""MailHog's JSON: a mail in its words."""

from email.message import Message
from typing import Any

from inbox.headers import mend, readable
from inbox.mails import Mail, MailQuery
from inbox.parsing import find_message, read_fields

Json = dict[str, Any]
DEFAULT_LIMIT = 50
MOST = 1_000
KINDS = ("from", "to", "containing")


class BadParameter(ValueError):
    """What is wrong with the request, in words for its author."""


def mailhog_message(mail: Mail, source: bytes) -> Json:
    """One message as `GET /api/v1/messages/ID` answers it."""
    return {
        "ID": str(mail.id),
        "From": _path(mail.sender),
        "To": [_path(address) for address in mail.recipients],
        "Content": _content(source),
        "Created": mail.received_at.isoformat().replace("+00:00", "Z"),
        "MIME": _parts(find_message(source)),
        "Raw": {
            "From": mail.sender,
            "To": list(mail.recipients),
            "Data": readable(source),
            "Helo": mail.helo,
        },
    }


def read_number(text: str | None, name: str, otherwise: int) -> int:
    """A query parameter that must be a whole number from 0."""
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadParameter(f"{name} must be a whole number from 0.")
    return int(text)


def read_query(kind: str | None, words: str | None) -> MailQuery:
    """A search as `GET /api/v2/search` is asked for it."""
    if kind not in KINDS:
        raise BadParameter(f"kind must be one of {', '.join(KINDS)}.")
    if not words:
        raise BadParameter("query must say what to look for.")
    if kind == "from":
        return MailQuery(sender=words)
    if kind == "to":
        return MailQuery(recipient=words)
    return MailQuery(containing=(words,))


def _path(address: str) -> Json:
    mailbox, at, domain = address.rpartition("@")
    if not at:
        mailbox, domain = domain, ""
    return {"Relays": None, "Mailbox": mailbox, "Domain": domain, "Params": ""}


def _content(source: bytes) -> Json:
    headers: dict[str, list[str]] = {}
    for name, value in read_fields(source):
        headers.setdefault(name, []).append(_unfolded(value))
    body = source.partition(b"\r\n\r\n")[2]
    return {"Headers": headers, "Body": readable(body), "Size": len(source), "MIME": None}


def _unfolded(value: bytes) -> str:
    return " ".join(readable(value).split())


def _parts(message: Message | None) -> Json | None:
    if message is None or message.get_content_maintype() != "multipart":
        return None
    payload = message.get_payload()
    if not isinstance(payload, list):
        return None
    return {"Parts": [_part(part) for part in payload if isinstance(part, Message)]}


def _part(part: Message) -> Json:
    headers: dict[str, list[str]] = {}
    for name, value in part.items():
        headers.setdefault(name, []).append(mend(str(value)))
    payload = part.get_payload()
    body = mend(payload) if isinstance(payload, str) else ""
    return {"Headers": headers, "Body": body, "Size": len(body), "MIME": _parts(part)}
