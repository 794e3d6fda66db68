"""Text from outside made fit for a database, a header or a line; and what became of a message."""

import re

from ebay_alerts.mail.states import State

# Every control character but tab and line feed, and what UTF-8 cannot carry (lone surrogates).
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Spaces, what breaks a line somewhere, and marks that turn the direction of the text after them.
_BREAKING = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def without_controls(text: str) -> str:
    """The text with its lines kept, ended by line feeds, and every other control removed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text on one line: line breaks and controls become single spaces."""
    return _BREAKING.sub(" ", text).strip()


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
