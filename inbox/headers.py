"""Reading header fields cheaply, and decoding them whatever they hold."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import NamedTuple

HEAD_LIMIT = 64 * 1024
LISTED_CHARACTERS = 1_000

_LISTED_FIELD = re.compile(
    rb"^(subject|from|to)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
# Python has these codecs, mail does not; the first takes quadratic time.
_REFUSED_CODECS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape"})
_FOLD = re.compile(r"\r?\n[ \t]*")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]+")


class ListedFields(NamedTuple):
    """The fields the list shows, decoded, empty where a mail lacks them."""

    subject: str
    from_header: str
    to_header: str


def read_listed_fields(source: bytes) -> ListedFields:
    """Reads the head alone, so that its cost does not grow with the mail."""
    found: dict[bytes, str] = {}
    for name, value in _LISTED_FIELD.findall(head_of(source)):
        found.setdefault(name.lower(), decode_field(value)[:LISTED_CHARACTERS])
    return ListedFields(found.get(b"subject", ""), found.get(b"from", ""), found.get(b"to", ""))


def head_of(source: bytes) -> bytes:
    """The header block, without the empty line; at most `HEAD_LIMIT` bytes."""
    start = source[:HEAD_LIMIT]
    return start.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]


def readable(raw: bytes) -> str:
    """Text for people out of any bytes: UTF-8, with marks where it is none."""
    return raw.decode("utf-8", "replace")


def mend(text: str) -> str:
    """Text that carries undecoded bytes as surrogates, made storable."""
    if text.isascii():
        return text
    try:
        return readable(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return readable(text.encode("utf-8", "replace"))


def decode_field(raw: bytes) -> str:
    """One field's value on one line, RFC 2047 words decoded where they can be."""
    text = _FOLD.sub(" ", readable(raw)).strip()
    if "=?" in text:
        text = _decode_words(text)
    return _BREAKS.sub(" ", text)


def _decode_words(text: str) -> str:
    try:
        chunks = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(_decode_chunk(chunk, charset) for chunk, charset in chunks)


def _decode_chunk(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    return decode_text(chunk, charset)


def decode_text(raw: bytes, charset: str | None) -> str:
    """Decodes by the charset a mail claims, as UTF-8 where the claim is wrong or unknown."""
    if charset is not None and charset.lower().replace("-", "_") in _REFUSED_CODECS:
        return readable(raw)
    try:
        return mend(raw.decode(charset or "utf-8"))
    except (LookupError, ValueError):
        return readable(raw)
