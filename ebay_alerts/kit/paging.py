"""Lists in portions: an opaque cursor says where the last portion ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


class BadCursor(ValueError):
    """The cursor was not made here."""


def encode_cursor(*key: int) -> str:
    return urlsafe_b64encode("|".join(map(str, key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> tuple[int, ...]:
    """The sort key of `length` numbers in a cursor. Raises BadCursor."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        key = tuple(int(part) for part in text.split("|"))
    except (ValueError, UnicodeDecodeError) as error:
        raise BadCursor("This cursor is not one of ours; leave it out to begin.") from error
    if len(key) != length or any(abs(part) >= 2**63 for part in key):
        raise BadCursor("This cursor is not one of ours; leave it out to begin.")
    return key
