"""Parting the event stream between listeners: each takes the listings that hash to its shard."""

import re
from dataclasses import dataclass
from zlib import crc32

MOST_SHARDS = 64
_WORDS = re.compile(r"([0-9]{1,3})/([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True)
class Shard:
    """One of `count` parts of the stream, numbered from 0.

    CRC-32 gives the same number in every process and version, as Python's own hash does not.
    """

    number: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.number == 0

    def holds(self, legacy_id: str) -> bool:
        """Whether a listing is this shard's, on whichever marketplace it is shown."""
        return self.count == 1 or crc32(legacy_id.encode()) % self.count == self.number

    def __str__(self) -> str:
        return f"{self.number + 1}/{self.count}"


WHOLE = Shard()


def read_shard(words: str) -> Shard:
    """`2/4` is the second of four. Raises ValueError with the reason."""
    found = _WORDS.fullmatch(words.strip())
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count <= MOST_SHARDS:
        raise ValueError(
            f"{words!r} is no shard; write 2/4 for the second of four, of up to {MOST_SHARDS}"
        )
    return Shard(number - 1, count)
