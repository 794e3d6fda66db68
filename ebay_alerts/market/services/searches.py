"""Searches come and go with the alerts that want them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Fetch, Search, SearchRegistration, Urgency
from ebay_alerts.market.terms import SearchTerms


def ensure_search(terms: SearchTerms, now: datetime) -> Search:
    """The search with these terms, made where there is none; refreshed once it is wanted."""
    with write_turn(), transaction.atomic():
        fetch, _ = Fetch.objects.get_or_create(
            marketplace=terms.marketplace,
            keywords=terms.query.ebay_text(),
            category=terms.category,
            deliver_to=terms.deliver_to,
        )
        search, _ = Search.objects.get_or_create(
            marketplace=terms.marketplace,
            query=str(terms.query),
            category=terms.category,
            deliver_to=terms.deliver_to,
            defaults={"fetch": fetch, "created_at": now},
        )
        return search


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
        search.save(update_fields=["refresh_seconds", "filled_at", "was_filled_at"])
    _plan_fetches({search.fetch_id for search in searches.values()}, now, urgency)


def _plan_fetches(fetch_ids: set[int], now: datetime, urgency: Urgency) -> None:
    fetches = Fetch.objects.filter(pk__in=fetch_ids).order_by("pk").select_for_update(no_key=True)
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
    fetch.save(update_fields=["refresh_seconds", "urgency", "due_at"])
