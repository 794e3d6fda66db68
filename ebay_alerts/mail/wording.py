"""Text from outside made fit for a database, a header or a line."""

import re

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
