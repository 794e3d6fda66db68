"""`/control`: what tests and demos make the mock do wrong, and what it counts.

POST merges a JSON object into the plan, GET reads it, DELETE clears plan and counts. Keys:

- `{"fail_next": 3, "status": 500}`: the next calls fail with this status and eBay's error body.
- `{"retry_after": "120"}`: every 429 carries this Retry-After; "" takes it back.
- `{"delay_ms": 200, "calls": 5}`: the next calls (all, without `calls`) answer that much later.
- `{"malformed_next": 2}`: the next calls answer 200 with JSON cut off in the middle.
- `{"answer_next": 1, "answer": null}`: the next calls answer 200 with this JSON, whatever it is.
- `{"html_403_next": 1}`: the next calls answer an "Access Denied" page, as an edge server would.
- `{"quota_remaining": 0}`: that many more calls, then 429; null gives the daily quota back.
- `{"drop_price_next": 1}`: in the next searches the first item has neither price nor bid.
- `{"warn_next": 1}`: the next searches leave their filter out and say so in a warning.
- `{"empty_next": 1}`: the next searches find nothing, and have no `itemSummaries`.
- `{"bare_next": 1}`: in the next searches every item has only what eBay never leaves out.
- `{"path": "/buy/browse"}`: only paths with this prefix are disturbed; "" for all.
- `{"revoke_tokens": true}`: every token given out becomes invalid.
- `{"move": 3}`: that many market moves now; answers them as `moves`.
- `{"products": [["POST", {...}], ["PATCH", "PRODUCT ID", {...}], ["DELETE", "PRODUCT ID"]]}`: many
  changes in one call, as `/products` would take them one by one, PUT too; also
  `["END", "PRODUCT ID"]` and `["RELIST", "PRODUCT ID"]`. Answers their ids.
- `{"drop_sockets": true}`: cuts every Socket.IO connection; answers how many as `dropped`.
- `{"end": "PRODUCT ID"}`, `{"relist": "PRODUCT ID"}`: end a listing now, or bring it back.
- `{"send_challenge": {"to": URL, "token": TOKEN}}`: ask an account-deletion endpoint eBay's
  challenge; answers `challenge`, with the `status` and whether the answer `is_right`. `endpoint`
  is the address that goes into the hash, where it is another one.
- `{"send_deletion": {"to": URL, "username": NAME}}`: send it a signed deletion notice; answers
  `deletion`, with the `notification_id` and the `statuses` (null where no answer came). `user_id`
  says the other name; `times` sends the same notice again; `fault` spoils the `signature`, the
  `key` (an id that nobody has), the `header` or the `body`.
- `{"rotate_key": true}`: sign with a new key from now on; answers its `key_id`.

What is sent goes to loopback only, and needs `Content-Type: application/json`, which no foreign
page in a browser can send here unasked.

GET shows `calls` per endpoint (`oauth.token`, `browse.search`, `browse.item`, `browse.items`,
`browse.legacy`, `browse.group`, `analytics.rate_limit`, `notification.public_key`); a call counts
however it was answered. It shows how many Socket.IO `listeners` there are, and `connects`: how many
ever came.
`/products`, `/events` and `/control` itself are never disturbed.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

COUNTERS = (
    *("fail_next", "malformed_next", "html_403_next", "answer_next"),
    *("drop_price_next", "warn_next", "empty_next", "bare_next"),
)


class BadControlError(Exception):
    """What /control was sent makes no sense; the message says why."""


@dataclass(slots=True)
class Control:
    """The plan of disturbances and the calls seen since the last DELETE."""

    daily_quota: int
    fail_next: int = 0
    status: int = 500
    delay_ms: int = 0
    calls: int | None = None
    malformed_next: int = 0
    html_403_next: int = 0
    drop_price_next: int = 0
    answer_next: int = 0
    answer: Any = None
    warn_next: int = 0
    empty_next: int = 0
    bare_next: int = 0
    retry_after: str = ""
    path: str = ""
    quota_remaining: int | None = None
    used: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def change(self, wanted: dict[str, Any]) -> None:
        """Merge a plan, all of it or nothing."""
        for name, value in wanted.items():
            _check(name, value)
        for name, value in wanted.items():
            setattr(self, name, value)
        if "delay_ms" in wanted and "calls" not in wanted:
            self.calls = None

    def clear(self) -> None:
        fresh = Control(self.daily_quota)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def plan(self) -> dict[str, Any]:
        names = (*COUNTERS, "status", "delay_ms", "path", "retry_after", "answer")
        return {name: getattr(self, name) for name in names} | {
            "delayed_calls": self.calls,
            "quota_remaining": self.remaining,
            "calls": dict(self.counts),
            "calls_total": self.counts.total(),
        }

    @property
    def remaining(self) -> int:
        if self.quota_remaining is not None:
            return self.quota_remaining
        return max(0, self.daily_quota - self.used)

    def spend(self) -> bool:
        """Take one call from the quota; False when it is spent."""
        if self.remaining <= 0:
            return False
        self.used += 1
        if self.quota_remaining is not None:
            self.quota_remaining -= 1
        return True

    def concerns(self, path: str) -> bool:
        return path.startswith(self.path)

    def take(self, counter: str) -> bool:
        """Use up one of the disturbances that a counter still holds."""
        left: int = getattr(self, counter)
        setattr(self, counter, max(0, left - 1))
        return left > 0

    def delay_seconds(self) -> float:
        """How long the next call is held up; uses up one of `calls`."""
        if self.calls is None:
            return self.delay_ms / 1000
        return self.delay_ms / 1000 if self.take("calls") else 0.0


def _check(name: str, value: Any) -> None:
    if name == "answer":
        is_right = True
    elif name in ("path", "retry_after"):
        is_right = isinstance(value, str) and value.isascii() and len(value) < 100
    elif name in (*COUNTERS, "delay_ms", "status"):
        is_right = _is_count(value)
    elif name in ("quota_remaining", "calls"):
        is_right = value is None or _is_count(value)
    else:
        raise BadControlError(f"{name!r} is not something that /control knows")
    if name == "status" and is_right and not 400 <= value <= 599:
        is_right = False
    if not is_right:
        raise BadControlError(f"{name} cannot be {value!r}")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000_000
