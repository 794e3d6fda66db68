"""Mails as their authors want them, and the rows of the outbox that they become."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from ebay_alerts.mail.addresses import clean_address
from ebay_alerts.mail.errors import BadAddress
from ebay_alerts.mail.headers import clean_headers
from ebay_alerts.mail.models import Message
from ebay_alerts.mail.states import Queue, State
from ebay_alerts.mail.wording import one_line, without_controls

LONGEST_KEY = 120
LONGEST_SUBJECT = 200
LONGEST_REPLY = 500
LONGEST_ALT = 500
# A batch of messages has all its pictures in memory.
MOST_PICTURES = 20
# The form of a Message-ID (RFC 2045, 7), of characters that stand for themselves in a URL.
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{1,100}")
_SHOWN = re.compile(r'"cid:([^"]*)"')


@dataclass(frozen=True)
class ShownPicture:
    """A kept picture in one mail, whose HTML shows it by `<img src="cid:CONTENT_ID" alt="ALT">`.

    `content_id` looks like an address and is the same for no other picture in the world (RFC 2392).
    """

    key: str
    content_id: str
    alt: str


@dataclass(frozen=True)
class Draft:
    """A mail as its author wants it; `key` makes it one mail however often it is queued.

    Without `html` it goes as text alone.

    `due_at` is when it may leave, now unless given: a mail that takes another's place keeps it.
    Of `pictures`, those that are not kept when the mail leaves are replaced by their `alt`.
    """

    key: str
    queue: str
    to_address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    fresh_until: datetime | None = None
    due_at: datetime | None = None
    pictures: Sequence[ShownPicture] = ()


def as_wished(draft: Draft, *, text_only: bool) -> Draft:
    """The draft, for who wants text alone without HTML and the pictures in it."""
    return replace(draft, html="", pictures=()) if text_only else draft


def message_of(draft: Draft, domain: str, now: datetime) -> Message:
    check_key(draft.key)
    address, reason = address_or_reason(draft.to_address)
    return Message(
        key=draft.key,
        message_id=f"<{uuid4().hex}@{domain}>",
        queue=Queue(draft.queue),
        to_address=address,
        subject=one_line(draft.subject)[:LONGEST_SUBJECT],
        text=without_controls(draft.text),
        html=without_controls(draft.html),
        headers=clean_headers(draft.headers),
        pictures=_named_pictures(draft),
        state=State.FAILED if reason else State.QUEUED,
        reply=capped(reason),
        due_at=draft.due_at or now,
        created_at=now,
        fresh_until=draft.fresh_until,
    )


def address_or_reason(address: str) -> tuple[str, str]:
    try:
        return clean_address(address), ""
    except BadAddress as error:
        return one_line(address)[:320], str(error)


def check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters: {key!r:.140}")


def _named_pictures(draft: Draft) -> list[list[str]] | None:
    content_ids = {shown.content_id for shown in draft.pictures}
    if len(draft.pictures) > MOST_PICTURES or len(content_ids) < len(draft.pictures):
        raise ValueError(f"a mail shows up to {MOST_PICTURES} pictures, each by its own Content-ID")
    on_page = set(_SHOWN.findall(draft.html)) if draft.pictures else ()
    for shown in draft.pictures:
        if not _CONTENT_ID.fullmatch(shown.content_id):
            raise ValueError(f"not a Content-ID: {shown.content_id!r:.140}")
        if shown.content_id not in on_page:
            raise ValueError(f"the HTML shows no picture cid:{shown.content_id}")
    named = [
        [shown.key, shown.content_id, one_line(shown.alt)[:LONGEST_ALT]] for shown in draft.pictures
    ]
    return named or None


def capped(words: str) -> str:
    return one_line(words)[:LONGEST_REPLY]
