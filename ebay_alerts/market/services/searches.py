"""Searches come and go with the alerts that want them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Fetch, Search, SearchRegistration, Urgency
from ebay_alerts.market.selectors import find_searches
from ebay_alerts.market.services.bulk import insert_instances, update_rows
from ebay_alerts.market.terms import Identity, Request, SearchTerms


def ensure_search(terms: SearchTerms, now: datetime) -> Search:
    """The search with these terms, made where there is none; refreshed once it is wanted."""
    with write_turn(), transaction.atomic():
        fetch, _ = Fetch.objects.get_or_create(**_named(_REQUEST, terms.request))
        search, _ = Search.objects.get_or_create(
            defaults={"fetch": fetch, "created_at": now}, **_named(_IDENTITY, terms.identity)
        )
        return search


_REQUEST = ("marketplace", "keywords", "category", "deliver_to", "legacy_id")
_IDENTITY = ("marketplace", "query", "category", "deliver_to", "legacy_id")


def _named(names: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def ensure_searches(terms: Iterable[SearchTerms], now: datetime) -> dict[Identity, Search]:
    """As `ensure_search` for some hundred at once, by their identities."""
    wanted = {one.identity: one for one in terms}
    with write_turn(), transaction.atomic():
        found = find_searches(wanted)
        missing = [wanted[identity] for identity in sorted(wanted.keys() - found.keys())]
        if missing:
            fetches = _ensure_fetches(missing)
            rows = [_new_search(one, fetches[one.request], now) for one in missing]
            # In the order of identities, so that two who make the same ones wait and do not lock.
            insert_instances(rows)
            found |= find_searches([one.identity for one in missing])
    return found


def _ensure_fetches(terms: Iterable[SearchTerms]) -> dict[Request, int]:
    wanted = {one.request for one in terms}
    found = _find_fetches(wanted)
    missing = sorted(wanted - found.keys())
    insert_instances([Fetch(**_named(_REQUEST, request)) for request in missing])
    return found | _find_fetches(missing) if missing else found


def _find_fetches(requests: Collection[Request]) -> dict[Request, int]:
    rows = Fetch.objects.filter(
        marketplace__in={request[0] for request in requests},
        keywords__in={request[1] for request in requests},
        legacy_id__in={request[4] for request in requests},
    ).values_list(*_REQUEST, "pk")
    found = {one[:5]: one[5] for one in rows}
    return {request: found[request] for request in requests if request in found}


def _new_search(terms: SearchTerms, fetch_id: int, now: datetime) -> Search:
    return Search(fetch_id=fetch_id, created_at=now, **_named(_IDENTITY, terms.identity))


def lock_searches(search_ids: Collection[int]) -> dict[int, Search]:
    """Lock these searches in the order of their ids; inside the caller's transaction."""
    rows = Search.objects.filter(pk__in=search_ids).order_by("pk").select_for_update(no_key=True)
    return {search.pk: search for search in rows}


def set_demand(
    demand: Mapping[int, int | None], now: datetime, urgency: Urgency = Urgency.PERSON
) -> None:
    """How often, in seconds, each search is wanted from now on; None for one no alert wants.

    `urgency` says who waits for those that are not filled yet; a fetch keeps the highest.
    Call it inside the transaction that changes the alerts, with the searches locked. A search that
    nobody wants is neither asked for nor filled; wanted again, it is filled anew before it tells
    anything.
    """
    searches = lock_searches(demand.keys())
    SearchRegistration.objects.bulk_create(
        SearchRegistration(search=search, at=now)
        for search in searches.values()
        if (search.refresh_seconds is None) != (demand[search.pk] is None)
    )
    for search in searches.values():
        search.refresh_seconds = demand[search.pk]
        if search.refresh_seconds is None:
            search.was_filled_at = search.filled_at or search.was_filled_at
            search.filled_at = None
    _write(Search, ("refresh_seconds", "filled_at", "was_filled_at"), searches.values())
    _plan_fetches({search.fetch_id for search in searches.values()}, now, urgency)


def _plan_fetches(fetch_ids: set[int], now: datetime, urgency: Urgency) -> None:
    locked = Fetch.objects.filter(pk__in=fetch_ids).order_by("pk").select_for_update(no_key=True)
    fetches = list(locked)
    wanted = dict(
        Search.objects.filter(fetch__in=fetch_ids, refresh_seconds__isnull=False)
        .values_list("fetch")
        .annotate(Min("refresh_seconds"))
    )
    unfilled = set(
        Search.objects.filter(
            fetch__in=fetch_ids, refresh_seconds__isnull=False, filled_at__isnull=True
        ).values_list("fetch", flat=True)
    )
    for fetch in fetches:
        haste = max(fetch.urgency, urgency) if fetch.pk in unfilled else Urgency.ROUTINE
        _plan_fetch(fetch, wanted.get(fetch.pk), haste, now)
    _write(Fetch, ("refresh_seconds", "urgency", "due_at"), fetches)


def _plan_fetch(fetch: Fetch, seconds: int | None, urgency: int, now: datetime) -> None:
    became_eager = seconds is not None and seconds < (fetch.refresh_seconds or seconds + 1)
    fetch.refresh_seconds = seconds
    has_come = urgency > fetch.urgency
    fetch.urgency = urgency
    if seconds is None:
        fetch.due_at = None
    elif fetch.due_at is None or has_come or became_eager:
        # A fetch that just failed keeps its distance, however urgent.
        fetch.due_at = fetch.due_at if fetch.failures and fetch.due_at else now


def _write(
    model: type[Search] | type[Fetch], names: Sequence[str], rows: Iterable[Search | Fetch]
) -> None:
    """All of them by one statement: an import changes some hundred at once."""
    values = [(row.pk, *(getattr(row, name) for name in names)) for row in rows]
    update_rows(model, names, values)
