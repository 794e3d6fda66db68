"""Whether a listing that begins is an earlier one offered again; pure.

Both are of one seller on one marketplace, and have the words of the title, the group of the
condition and the picture in common: that is their *likeness*. A seller who offers several alike at
a time offers several things, so then nothing is said: what is not certain is new.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

RELISTED_WITHIN = timedelta(days=30)
LIKENESS_LENGTH = 16


class Began(NamedTuple):
    """A listing that is new here."""

    key: tuple[str, str]
    likeness: str
    currency: str
    started_at: datetime | None


class Earlier(NamedTuple):
    """A listing that is known, and which one it was offered again as, if it was."""

    pk: int
    likeness: str
    currency: str
    ended_at: datetime | None
    ends_at: datetime | None
    price_minor: int | None
    relisted_as: int | None


def likeness_of(
    marketplace: str, seller: str, words: str, condition_group: str, picture: str
) -> str:
    """Empty where the seller, the words or the picture are not known."""
    if not (seller and words.strip() and picture):
        return ""
    said = "\0".join((marketplace, seller, words, condition_group, picture))
    return hashlib.blake2b(said.encode(), digest_size=LIKENESS_LENGTH // 2).hexdigest()


def relisted(began: Sequence[Began], earlier: Iterable[Earlier]) -> dict[tuple[str, str], int]:
    """By listing that began, the earlier one that it offers again; no earlier one comes twice."""
    alike: dict[str, list[Earlier]] = defaultdict(list)
    for one in earlier:
        alike[one.likeness].append(one)
    beginning: dict[str, list[Began]] = defaultdict(list)
    for new in began:
        beginning[new.likeness].append(new)
    found = {}
    for likeness, several in beginning.items():
        if len(several) == 1 and (pk := _predecessor(several[0], alike[likeness])):
            found[several[0].key] = pk
    return found


def _predecessor(new: Began, alike: Sequence[Earlier]) -> int | None:
    """The one that had ended before this one began, where all alike had."""
    if new.started_at is None:
        return None
    candidates = []
    for one in alike:
        over_at = _over_at(one)
        if over_at is None or over_at > new.started_at:
            return None
        is_recent = new.started_at - over_at <= RELISTED_WITHIN
        if is_recent and one.relisted_as is None and one.currency == new.currency:
            candidates.append(one.pk)
    return candidates[0] if len(candidates) == 1 else None


def _over_at(one: Earlier) -> datetime | None:
    """When it was over for certain: seen as ended, or a mere auction whose time is up. None while
    it may be on offer."""
    if one.ended_at is not None:
        return min(one.ended_at, one.ends_at) if one.ends_at else one.ended_at
    return one.ends_at if one.price_minor is None else None
