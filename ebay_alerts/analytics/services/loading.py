"""Loading pages of history: what a page brings and how far it reached commit together.

A page loaded twice changes nothing, and a run that dies goes on where the last page ended.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from operator import itemgetter

from django.db import transaction
from django.db.models import Max

from ebay_alerts.alerts.selectors import RecordedAlertChange
from ebay_alerts.analytics.day_figures import day_figures, day_of
from ebay_alerts.analytics.models import (
    AlertChange,
    Listing,
    ListingDay,
    Membership,
    PricePoint,
    Search,
    StaleSearch,
    Watermark,
)
from ebay_alerts.analytics.routing import ANALYTICS
from ebay_alerts.analytics.services.partitions import ensure_months
from ebay_alerts.market.models import SearchChange
from ebay_alerts.market.selectors import history
from ebay_alerts.market.selectors.among import Among
from ebay_alerts.market.selectors.history import CurrentMembership, RecordedChange, RecordedPrice
from ebay_alerts.market.services.bulk import Row, insert_rows, update_rows, upsert_rows

PRICES, ARRIVALS, ALERTS = "price points", "arrivals and departures", "alert changes"

_Kind = SearchChange.Kind
_ENTERING = frozenset({_Kind.APPEARED, _Kind.DISCOVERED, _Kind.RETURNED})
_LEAVING = frozenset({_Kind.ENDED, _Kind.LEFT})

_POINT = ("id", "at", "listing_id", "kind", "minor", "currency")
_FIGURES = ("listing_id", "kind", "day", "currency", "open", "close", "low", "high")
_LISTING = (
    *("id", "marketplace", "legacy_id", "title", "url", "image_url", "condition"),
    *("started_at", "ended_at"),
)
_SEARCH = ("id", "marketplace", "query", "category", "deliver_to", "created_at")
_NEVER = date.max.toordinal()
_STAY = ("search_id", "listing_id", "since_day", "until_day")


def _overwriting(key: str, fields: Iterable[str]) -> str:
    return f"({key}) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in fields)


# Points come in the order of their recording, so a later page's close is the later one.
_OLD = "analytics_listingday"
_MERGED = f"""(listing_id, kind, day) DO UPDATE SET
    open = CASE WHEN {_OLD}.currency = excluded.currency
        THEN {_OLD}.open ELSE excluded.open END,
    low = CASE WHEN {_OLD}.currency = excluded.currency AND {_OLD}.low < excluded.low
        THEN {_OLD}.low ELSE excluded.low END,
    high = CASE WHEN {_OLD}.currency = excluded.currency AND {_OLD}.high > excluded.high
        THEN {_OLD}.high ELSE excluded.high END,
    close = excluded.close,
    currency = excluded.currency"""
_EARLIEST = """(search_id) DO UPDATE SET from_day = excluded.from_day
    WHERE analytics_stalesearch.from_day > excluded.from_day"""


def reached(source: str) -> int:
    """The id up to which a source was copied; 0 where it never was."""
    row = Watermark.objects.filter(pk=source).first()
    return row.reached if row else 0


def move_watermark(source: str, to: int) -> None:
    Watermark.objects.update_or_create(pk=source, defaults={"reached": to})


def note_stale(searches: Iterable[tuple[int, int]]) -> None:
    """Note searches whose daily figures are to be made anew, each from a day on."""
    first: dict[int, int] = {}
    for search_id, day in searches:
        if day < first.get(search_id, day + 1):
            first[search_id] = day
    upsert_rows(StaleSearch, ("search_id", "from_day"), sorted(first.items()), _EARLIEST)


def load_alert_changes(page: Sequence[RecordedAlertChange]) -> None:
    """Keep steps in the lives of alerts, each as it was recorded."""
    rows = [AlertChange(**step._asdict()) for step in page]
    with transaction.atomic(using=ANALYTICS):
        AlertChange.objects.bulk_create(rows, batch_size=1000)
        move_watermark(ALERTS, page[-1].pk)


class Loader:
    """Loads pages; it remembers which listings and searches this run has copied already."""

    def __init__(self) -> None:
        self._listings: set[int] = set()
        self._searches: set[int] = set()
        # From which day on the searches of a listing were noted as stale by this run.
        self._noted: dict[int, int] = {}

    def load_prices(self, page: Sequence[RecordedPrice]) -> None:
        """Keep price points and merge them into the figures of their days."""
        figures = [(*key, *found) for key, found in day_figures(page).items()]
        figures.sort(key=itemgetter(0))  # as they are kept, near enough
        listings = self._new_listings(map(itemgetter(0), figures))
        with transaction.atomic(using=ANALYTICS):
            ensure_months(set(map(itemgetter(2), figures)))
            insert_rows(PricePoint, _POINT, page)
            _merge_days(figures)
            _write_listings(listings)
            self._note_searches_of(figures)
            move_watermark(PRICES, page[-1][0])
        self._listings |= {row[0] for row in listings}

    def load_arrivals(self, page: Sequence[RecordedChange]) -> None:
        """Follow who came and went, and note whose daily figures that makes stale."""
        listings = self._new_listings(change.listing_id for change in page)
        searches = self._new_searches(change.search_id for change in page)
        with transaction.atomic(using=ANALYTICS):
            _write_listings(listings)
            upsert_rows(Search, _SEARCH, searches, "(id) DO NOTHING")
            _write_stays(page)
            note_stale((change.search_id, day_of(change.at)) for change in page)
            move_watermark(ARRIVALS, page[-1].pk)
        self._listings |= {row[0] for row in listings}
        self._searches |= {row[0] for row in searches}

    def match_memberships(
        self, search_ids: Sequence[int], current: Sequence[CurrentMembership], today: int
    ) -> None:
        """Have exactly those listings stay in these searches that they find now."""
        since = {(one.search_id, one.listing_id): day_of(one.since) for one in current}
        listings = self._new_listings(one.listing_id for one in current)
        searches = self._new_searches(search_ids)
        standing = _standing(Among("search_id", search_ids))
        ended = [(pk, today) for pair, pk in standing.items() if pair not in since]
        opened = [(*pair, day, None) for pair, day in since.items() if pair not in standing]
        changed = [(search_id, day) for search_id, _, day, _ in opened]
        changed += [(search_id, today) for search_id, listing_id in standing.keys() - since.keys()]
        with transaction.atomic(using=ANALYTICS):
            _write_listings(listings)
            upsert_rows(Search, _SEARCH, searches, "(id) DO NOTHING")
            update_rows(Membership, ["until_day"], sorted(ended))
            _open_stays(sorted(opened))
            note_stale(changed)

    def _note_searches_of(self, figures: Iterable[Row]) -> None:
        """Note the searches that find repriced listings, unless this run has done so."""
        first: dict[int, int] = {}
        for row in figures:
            if row[2] < first.get(row[0], _NEVER):
                first[row[0]] = row[2]
        noted = self._noted
        since = {pk: day for pk, day in first.items() if day < noted.get(pk, _NEVER)}
        noted |= since
        stays = Membership.objects.filter(Among("listing_id", since))
        note_stale(
            (search_id, since[listing_id])
            for search_id, listing_id in stays.values_list("search_id", "listing_id")
        )

    def _new_listings(self, ids: Iterable[int]) -> list[Row]:
        return history.listings_in(set(ids) - self._listings, _LISTING)

    def _new_searches(self, ids: Iterable[int]) -> list[Row]:
        return history.searches_in(set(ids) - self._searches, _SEARCH)


def _merge_days(figures: Sequence[Row]) -> None:
    """Merge figures into those that are known; those of days after all known ones are only added.

    To add rows is cheaper than to look for each whether it is there.
    """
    newest = ListingDay.objects.aggregate(day=Max("day"))["day"] or 0
    upsert_rows(ListingDay, _FIGURES, [row for row in figures if row[2] <= newest], _MERGED)
    insert_rows(ListingDay, _FIGURES, [row for row in figures if row[2] > newest])


def _write_listings(rows: Sequence[Row]) -> None:
    upsert_rows(Listing, _LISTING, rows, _overwriting("id", _LISTING[3:]))


def _write_stays(page: Sequence[RecordedChange]) -> None:
    """Open and close memberships as the changes say, in their order."""
    concerned = {change.listing_id for change in page if change.kind in _LEAVING}
    standing = _standing(Among("listing_id", concerned))
    opened: dict[tuple[int, int], int] = {}
    closed: list[tuple[int, int, int, int]] = []
    ended: list[tuple[int, int]] = []
    for change in page:
        pair, day = (change.search_id, change.listing_id), day_of(change.at)
        if change.kind in _ENTERING:
            opened.setdefault(pair, day)
        elif change.kind in _LEAVING and pair in opened:
            closed.append((*pair, opened.pop(pair), day))
        elif change.kind in _LEAVING and pair in standing:
            ended.append((standing.pop(pair), day))
    update_rows(Membership, ["until_day"], sorted(ended))
    insert_rows(Membership, _STAY, closed)
    _open_stays([(*pair, since, None) for pair, since in sorted(opened.items())])


def _open_stays(rows: Sequence[Row]) -> None:
    upsert_rows(
        Membership, _STAY, rows, "(search_id, listing_id) WHERE until_day IS NULL DO NOTHING"
    )


def _standing(chosen: Among) -> dict[tuple[int, int], int]:
    """The ids of memberships that stand, by search and listing."""
    rows = Membership.objects.filter(chosen, until_day__isnull=True)
    return {
        (search_id, listing_id): pk
        for pk, search_id, listing_id in rows.values_list("pk", "search_id", "listing_id")
    }
