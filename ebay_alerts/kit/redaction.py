"""Taking out of texts what could open a door or name a person, and tracebacks that are so."""

import re
import traceback
from collections.abc import Iterator
from pathlib import PurePath

HIDDEN = "…"
# What stands between the scheme of an address and its host: a user, a password, or both.
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")
# Values of query parameters and fields that say so by their names.
_NAMED = re.compile(r"(?i)\b([\w-]*(?:token|secret|password|signature))(=|: ?)[^\s&,;'\"]+")
# Tokens of ours, by their beginning.
_TOKEN = re.compile(r"\beba_[A-Za-z0-9_-]{8,}")
_MAIL_ADDRESS = re.compile(r"[^\s<>\"'(),:;@]+@[^\s<>\"'(),:;@]+\.[A-Za-z0-9-]+")
_SECRET_NAMES = re.compile(r"(?i)token|secret|password|authorization|cookie|signature")

MOST_FRAMES = 15
LONGEST_LINE = 300
LONGEST_TRACEBACK = 6_000


def is_secret_name(name: str) -> bool:
    """Whether what goes by that name is a secret."""
    return bool(_SECRET_NAMES.search(name))


def cleaned(text: str) -> str:
    """The text without passwords in addresses, tokens, and values that are named after them."""
    text = _CREDENTIALS.sub(f"{HIDDEN}@", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
    return _TOKEN.sub(HIDDEN, text)


def anonymous(text: str) -> str:
    """Likewise, and without mail addresses."""
    return _MAIL_ADDRESS.sub(HIDDEN, cleaned(text))


def short_traceback(error: BaseException) -> str:
    """Where it was raised and where its causes were, with lines of the code and no values of
    variables; the last line is what was raised.

    Of a message only the first line is told: databases put whole rows into the others.
    """
    lines = [line for one in _causes(error) for line in _of_one(one)]
    text = "\n".join(anonymous(line)[:LONGEST_LINE] for line in lines)
    return text[-LONGEST_TRACEBACK:]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The first cause first, `error` last; three at most."""
    chain = [error]
    while len(chain) < 3:
        before = chain[-1].__cause__ or chain[-1].__context__
        if before is None or before in chain:
            break
        chain.append(before)
    return reversed(chain)


def _of_one(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]:
        yield f"{_short_path(frame.filename)}:{frame.lineno} in {frame.name}"
        yield f"    {frame.line}"
    message = str(error).partition("\n")[0]
    yield f"{type(error).__name__}: {message}" if message else type(error).__name__


def _short_path(path: str) -> str:
    """From the package on: where it is installed is nobody's business."""
    parts = PurePath(path).parts
    for start in ("ebay_alerts", "site-packages"):
        if start in parts:
            at = len(parts) - 1 - parts[::-1].index(start)
            return "/".join(parts[at + (start == "site-packages") :])
    return parts[-1]
