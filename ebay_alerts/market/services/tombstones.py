"""Tombstones: what the event stream called ended before anybody here knew it.

A poll that was sent before the end may bring such a listing later; its tombstone keeps it out.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Listing, Tombstone
from ebay_alerts.market.observing import Observation, outlives
from ebay_alerts.market.services.bulk import upsert_rows

# A poll's answer is recorded within its fetch's lease; events come late by seconds.
KEPT_FOR = timedelta(hours=1)
_FIELDS = ("marketplace", "legacy_id", "ended_at", "sequence")
_UNLESS_LATER = (
    "(marketplace, legacy_id) DO UPDATE SET ended_at = excluded.ended_at,"
    " sequence = excluded.sequence WHERE market_tombstone.sequence < excluded.sequence"
)


def bury(ended: Iterable[Observation]) -> None:
    """Put up tombstones for unknown listings that events call ended, in the transaction."""
    rows = [
        (*seen.key, seen.at, seen.sequence)
        for seen in sorted(ended, key=lambda seen: seen.key)
        if seen.offer is None and seen.sequence is not None
    ]
    upsert_rows(Tombstone, _FIELDS, rows, _UNLESS_LATER)


def without_buried(offered: Iterable[Observation]) -> list[Observation]:
    """The offers that no tombstone calls old; what is back loses its tombstone."""
    offers = [seen for seen in offered if seen.offer is not None]
    if not offers:
        return offers
    found = Tombstone.objects.filter(legacy_id__in=[seen.legacy_id for seen in offers])
    stones = {(stone.marketplace, stone.legacy_id): stone for stone in found}
    alive = [seen for seen in offers if not _is_buried(seen, stones.get(seen.key))]
    risen = [stones[seen.key].pk for seen in alive if seen.key in stones]
    if risen:
        Tombstone.objects.filter(pk__in=risen).delete()
    return alive


def _is_buried(seen: Observation, stone: Tombstone | None) -> bool:
    return stone is not None and not outlives(seen, stone.ended_at, stone.sequence)


def prune_tombstones(now: datetime) -> int:
    """Take down old tombstones; returns how many.

    A listing that a poll recorded at the very moment of its end stands beside its tombstone: it is
    looked at by itself.
    """
    old = Tombstone.objects.filter(ended_at__lt=now - KEPT_FOR)
    stone = old.filter(
        marketplace=OuterRef("marketplace"),
        legacy_id=OuterRef("legacy_id"),
        ended_at__gte=OuterRef("observed_at"),
    )
    with write_turn():
        Listing.objects.filter(Exists(stone), ended_at__isnull=True).update(check_due_at=now)
        return old.delete()[0]
