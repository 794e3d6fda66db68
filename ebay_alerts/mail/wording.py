"""Text from outside made fit for a database, a header or a line; and what became of a message."""

import re

from ebay_alerts.mail.states import State

# Every control character but tab and line feed, and what UTF-8 cannot carry (lone surrogates).
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Spaces, what breaks a line somewhere, and marks that turn the direction of the text after them.
_BREAKING = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# What of `_CONTROL` is one byte of UTF-8, and what begins and ends the others.
_ASCII_CONTROLS = bytes([*range(9), *range(0x0B, 0x20), 0x7F])
_LATER_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


def without_controls(text: str) -> str:
    """The text with its lines kept, ended by line feeds, and every other control removed."""
    if not _has_controls(text):
        return text
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text on one line: line breaks and controls become single spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _BREAKING.sub(" ", text).strip()


def _has_controls(text: str) -> bool:
    """Many times as fast as a pattern over a whole mail, which seldom has any."""
    try:
        coded = text.encode()
    except UnicodeEncodeError:
        return True
    return len(coded.translate(None, _ASCII_CONTROLS)) < len(coded) or bool(
        _LATER_CONTROL.search(coded)
    )


_STATES = {
    State.QUEUED: "waits to be sent",
    State.SENDING: "is being sent",
    State.SENT: "sent",
    State.FAILED: "not delivered",
    State.STALE: "too old to be sent as it is, so it is written anew",
    State.WITHDRAWN: "taken back before it was sent",
}


def state_words(state: str) -> str:
    """What became of a message: `sent`, `waits to be sent`."""
    return _STATES[State(state)]
