"""Failures on demand, for tests of whoever sends mail here."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

At = Literal["connect", "rcpt", "data", "stored"]
_PLACES = ("connect", "rcpt", "data", "stored")
_BOUNDS = {
    "refuse_next": (0, 1_000_000),
    "drop_next": (0, 1_000_000),
    "code": (400, 599),
    "delay_ms": (0, 600_000),
}


class BadControl(ValueError):
    """What is wrong with the wish, in words for its author."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the next senders shall meet.

    `at` says where: "connect" instead of the greeting, "rcpt" and "data" instead of the answer to
    a recipient or a whole mail, "stored" after the mail was kept and before its answer, which is
    the case in which a sender cannot know. There a refusal is a lie, so only `drop_next` and
    `delay_ms` (milliseconds, until cleared) count.
    """

    at: At = "rcpt"
    refuse_next: int = 0
    code: int = 451
    words: str = "4.3.0 Refused on demand"
    drop_next: int = 0
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do at one place: wait, then drop, or refuse with `reply`, or go on."""

    delay_s: float = 0.0
    drop: bool = False
    reply: str | None = None


class Control:
    """Counts the wish down. Lives on one event loop."""

    def __init__(self) -> None:
        self.wish = Wish()

    def change(self, fields: Any) -> None:
        """Replaces the named fields, raising `BadControl` and changing nothing if one is bad."""
        self.wish = changed(self.wish, fields)

    def clear(self) -> None:
        self.wish = Wish()

    def shown(self) -> dict[str, Any]:
        return asdict(self.wish)

    def take(self, at: At) -> Answer:
        """The answer for who is at this place now; drops come before refusals."""
        wish = self.wish
        if wish.at != at:
            return Answer()
        delay = wish.delay_ms / 1000
        if wish.drop_next:
            self.wish = replace(wish, drop_next=wish.drop_next - 1)
            return Answer(delay, drop=True)
        if wish.refuse_next and at != "stored":
            self.wish = replace(wish, refuse_next=wish.refuse_next - 1)
            return Answer(delay, reply=f"{wish.code} {wish.words}")
        return Answer(delay)


def changed(wish: Wish, fields: Any) -> Wish:
    """The wish with the named fields replaced."""
    if not isinstance(fields, dict):
        raise BadControl('Send a JSON object such as {"refuse_next": 1, "code": 451}.')
    for name, value in fields.items():
        _check(str(name), value)
    return replace(wish, **fields)


def _check(name: str, value: Any) -> None:
    if name == "at":
        if value not in _PLACES:
            raise BadControl(f"at must be one of {', '.join(_PLACES)}.")
    elif name == "words":
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 400:
            raise BadControl("words must be 1 to 400 printable characters.")
    elif name in _BOUNDS:
        low, high = _BOUNDS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadControl(f"{name} must be a whole number from {low} to {high}.")
    else:
        raise BadControl(f"There is no field {name}.")
