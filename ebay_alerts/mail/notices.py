"""Reading notices that come back by mail: delivery status notifications (RFC 3464) and reports of
abuse (RFC 5965); pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

from ebay_alerts.mail.errors import NoNotice
from ebay_alerts.mail.suppressing import find_code, is_dead
from ebay_alerts.mail.wording import one_line

# Parts of a notice, or of a part, that are looked at: a hostile one may have thousands.
MOST_PARTS = 50
# RFC 5965, 7.3 and the registry: others are of forged mail, of viruses, or say "no spam".
_COMPLAINTS = frozenset({"abuse", "opt-out", "opt-out-list"})


@dataclass(frozen=True)
class Notice:
    """What came back for one mail. `message_id` is of the mail, with its angle brackets, or empty.

    `is_bounce` and `is_complaint` are both false for what says nothing against the address, such as
    a delay.
    """

    message_id: str
    words: str
    is_bounce: bool = False
    is_complaint: bool = False


def read_notice(content: bytes) -> Notice:
    """Raises NoNotice."""
    parts = list(_parts(message_from_bytes(content)))
    message_id = next(filter(None, map(_original_id, parts)), "")
    for part in parts:
        kind, fields = part.get_content_type(), _blocks(part)
        if kind == "message/delivery-status" and fields:
            return _bounce(message_id, fields)
        if kind == "message/feedback-report" and fields:
            return _complaint(message_id, fields[0])
    raise NoNotice("The body is neither a delivery status notification nor a report of abuse.")


def _parts(message: Message) -> Iterator[Message]:
    """The parts of the report itself, not those within the mail that it returns."""
    if message.get_content_type() == "multipart/report":
        yield from _blocks(message)


def _blocks(part: Message) -> list[Message]:
    """What a part holds: other parts, or the blocks of fields of a status."""
    payload = part.get_payload()
    held = payload[:MOST_PARTS] if isinstance(payload, list) else []
    return [one for one in held if isinstance(one, Message)]


def _original_id(part: Message) -> str:
    """The Message-ID of the mail that a report returns, whole or as headers alone (RFC 6522, 3)."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return next((_field(one, "Message-ID") for one in _blocks(part)), "")
    if kind in ("text/rfc822-headers", "message/rfc822-headers"):
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        headers = message_from_string(text) if text else next(iter(_blocks(part)), None)
        return _field(headers, "Message-ID") if headers else ""
    return ""


def _bounce(message_id: str, blocks: list[Message]) -> Notice:
    """One mail has one recipient: the first that failed is it (RFC 3464, 2.3.3)."""
    for block in blocks:
        if _field(block, "Action").lower() == "failed":
            diagnostic, status = (
                _field(block, "Diagnostic-Code"),
                find_code(_field(block, "Status")),
            )
            # Some relays say no more than "failed" in Status, and what they were told beside it.
            code = (find_code(diagnostic) or status) if status in ("", "5.0.0") else status
            words = diagnostic or _field(block, "Status")
            return Notice(message_id, words, is_bounce=is_dead(0, code, at_recipient=False))
    return Notice(message_id, "nothing failed for good")


def _complaint(message_id: str, fields: Message) -> Notice:
    kind = _field(fields, "Feedback-Type").lower()
    words = f"reported as {kind} by {_field(fields, 'User-Agent') or 'the provider'}"
    return Notice(message_id, words, is_complaint=kind in _COMPLAINTS)


def _field(message: Message, name: str) -> str:
    return one_line(str(message.get(name, "")))
