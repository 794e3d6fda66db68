"""Appending to the logs of searches: revisions given out under the searches' locks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ebay_alerts.market.models import Search, SearchChange, SearchNews
from ebay_alerts.market.observing import is_news
from ebay_alerts.market.services.bulk import insert_rows, update_rows, upsert_rows

Kind = SearchChange.Kind
_FIELDS = (
    "search",
    "revision",
    "listing",
    "kind",
    "at",
    "price_minor",
    "was_minor",
    "currency",
)


class Change(NamedTuple):
    """What happened to a listing in a search; the entry's kind follows from the search's log.

    A listing that enters comes as *appeared*. `is_first`: no search has found it before.
    `is_new`: it starts to match now, however old it is.
    """

    search_id: int
    listing_id: int
    kind: Kind
    at: datetime
    price_minor: int
    was_minor: int | None
    currency: str
    started_at: datetime | None
    is_first: bool
    is_new: bool


class _Head(NamedTuple):
    """Where a search's log stands, and since when what is listed is news to it.

    `is_of_one`: it is the search of one listing.
    """

    revision: int
    news_since: datetime | None
    is_of_one: bool


def append_changes(changes: Sequence[Change], now: datetime) -> int:
    """Lock the searches by id, give out revisions, append the changes, move the heads.

    In the caller's transaction, which holds the listings' locks. Returns how many were appended.
    """
    if not changes:
        return 0
    heads = _lock_heads({change.search_id for change in changes})
    before = _found_before(changes)
    revisions = {search_id: head.revision for search_id, head in heads.items()}
    rows = []
    for change in changes:
        revisions[change.search_id] += 1
        kind = _entry_kind(change, heads[change.search_id], before)
        rows.append(_row(change, revisions[change.search_id], kind))
    insert_rows(SearchChange, _FIELDS, rows)
    update_rows(Search, ["head"], list(revisions.items()))
    upsert_rows(
        SearchNews,
        ["search", "noticed_at"],
        [(search_id, now) for search_id in heads],
        "(search_id) DO UPDATE SET noticed_at = excluded.noticed_at",
    )
    return len(rows)


def _lock_heads(search_ids: set[int]) -> dict[int, _Head]:
    """By id, in the order of their ids."""
    rows = Search.objects.filter(pk__in=search_ids).order_by("pk").select_for_update(no_key=True)
    return {
        pk: _Head(head, filled_at or was_filled_at, bool(legacy_id))
        for pk, head, filled_at, was_filled_at, legacy_id in rows.values_list(
            "pk", "head", "filled_at", "was_filled_at", "legacy_id"
        )
    }


def _row(change: Change, revision: int, kind: Kind) -> tuple[object, ...]:
    return (
        change.search_id,
        revision,
        change.listing_id,
        kind.value,
        change.at,
        change.price_minor,
        change.was_minor,
        change.currency,
    )


def _found_before(changes: Iterable[Change]) -> dict[tuple[int, int], Kind]:
    """As what listings enter again that their search had before, by (search, listing)."""
    entering: dict[int, set[int]] = defaultdict(set)
    for change in changes:
        if change.kind is Kind.APPEARED and not change.is_first:
            entering[change.listing_id].add(change.search_id)
    if not entering:
        return {}
    wanted = set().union(*entering.values())
    rows = SearchChange.objects.filter(listing__in=entering.keys(), search__in=wanted)
    history = rows.order_by("revision").values_list("search", "listing", "kind")
    return _returning_kinds((pk, listing, Kind(kind)) for pk, listing, kind in history)


def _returning_kinds(history: Iterable[tuple[int, int, Kind]]) -> dict[tuple[int, int], Kind]:
    """What had ended is back. What merely was not found enters as it did before: to whoever was not
    told of it news is news yet, and what was old is old."""
    kinds: dict[tuple[int, int], Kind] = {}
    for search_id, listing_id, kind in history:
        pair = (search_id, listing_id)
        if kind in (Kind.APPEARED, Kind.RETURNED, Kind.ENDED):
            kinds[pair] = Kind.RETURNED
        elif kind is Kind.DISCOVERED:
            kinds[pair] = Kind.DISCOVERED
        else:
            kinds.setdefault(pair, Kind.DISCOVERED)
    return kinds


def _entry_kind(change: Change, head: _Head, found_before: dict[tuple[int, int], Kind]) -> Kind:
    """How a listing enters: returned, appeared, or discovered (old, told to nobody as new)."""
    if change.kind is not Kind.APPEARED:
        return change.kind
    if head.news_since is None:
        return Kind.DISCOVERED
    if before := found_before.get((change.search_id, change.listing_id)):
        return Kind.RETURNED if change.is_new else before
    # Whoever waits for one listing is told that it is there, however long ago it was listed.
    is_new = change.is_new or head.is_of_one or is_news(change.started_at, head.news_since)
    return Kind.APPEARED if is_new else Kind.DISCOVERED
