"""Refreshing: have due fetches claimed, ask eBay, record what it answers.

No transaction is open while eBay is asked. A failure is recorded on its fetch and tried again
later; it ends nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction

from ebay_alerts.kit import clock
from ebay_alerts.kit.queue import enqueue
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market import keyword_query
from ebay_alerts.market.ebay.client import (
    PAGE_SIZE,
    EbayClient,
    HasVariations,
    SearchPage,
    SearchRequest,
)
from ebay_alerts.market.errors import EbayError, RateLimited, Unavailable
from ebay_alerts.market.keyword_query import KeywordQuery
from ebay_alerts.market.models import Fetch, Search, UnreadableListing, Urgency
from ebay_alerts.market.observing import FRESH_ALLOWANCE, Matcher, Observation
from ebay_alerts.market.pacing import (
    Stretch,
    liveliness_of,
    planned_seconds,
    rate_after,
)
from ebay_alerts.market.planning import (
    NEWS_PAGES,
    FetchState,
    Pace,
    Refresh,
    failure_delay,
    refreshes_due,
)
from ebay_alerts.market.registry import SearchRegistry
from ebay_alerts.market.selectors import (
    any_member,
    api_pause,
    has_variations,
    refresh_interval,
    refresh_plan,
    stretch_of,
)
from ebay_alerts.market.services.claiming import LEASE, Claim, claim_due_fetches, release
from ebay_alerts.market.services.ledger import (
    Allowance,
    keep_true,
    note_spent,
    pause_calls,
)
from ebay_alerts.market.services.missing import Missing, Sweep, have_checked, note_missing
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.market.services.recording_apart import record_or_refuse
from ebay_alerts.market.services.searches import lock_searches
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import failed_among
from ebay_alerts.setbacks.services import forget, note_failure, trying

log = structlog.get_logger(__name__)

# One listing that is not on offer is asked for no more often: it may come back, but rarely does.
GONE_EVERY = timedelta(hours=6)


def refresh_due(client: EbayClient, registry: SearchRegistry | None = None) -> int:
    """Refresh what is due, the most urgent first; returns how many fetches were claimed.

    With a registry, other searches that want what a fetch shows learn of it without a call.
    """
    started_at = clock.now()
    note_spent(keep_true(client, started_at), started_at)
    claim = claim_due_fetches(uuid4(), started_at)
    try:
        _refresh_all(client, claim, started_at, registry)
    finally:
        claim.give_back()
    return len(claim.fetches)


def _refresh_all(
    client: EbayClient, claim: Claim, started_at: datetime, registry: SearchRegistry | None
) -> None:
    claimed, stretch = claim.fetches, stretch_of(refresh_plan()) if claim.fetches else Stretch()
    failed = failed_among(Kind.FETCH, [fetch.pk for fetch in claimed]) if claimed else set()
    for at, fetch in enumerate(claimed):
        is_late = clock.now() - started_at > LEASE / 2 - timedelta(minutes=1)
        allowance = claim.allowance_for(fetch)
        if is_late or api_pause(clock.now()) or not allowance.take():
            release(claimed[at:], claim.token)
            break
        reading = _Reading(client, fetch, allowance, stretch, started_at + LEASE / 2, registry)
        try:
            _refresh_or_note(reading, claim.token, failed)
        except BaseException:  # an outage: this one keeps its lease, others may take the rest
            release(claimed[at + 1 :], claim.token)
            raise


def _refresh_or_note(reading: "_Reading", token: UUID, failed: Collection[int]) -> None:
    """One that cannot be refreshed at all has that counted, and the rest go on."""
    pk, is_done = reading.fetch.pk, False
    with trying(Kind.FETCH, pk, clock.now()):
        _refresh(reading, token)
        is_done = True
    if not is_done:
        release([reading.fetch], token)
    elif pk in failed:
        forget(Kind.FETCH, [pk])


def _refresh(reading: "_Reading", token: UUID) -> None:
    try:
        reading.read()
    except EbayError as error:
        _record_failure(reading, token, error)
    else:
        _record_success(reading, token)


@dataclass
class _Reading:
    """One refresh of one fetch: pages asked and recorded as they come.

    The call for its first page is taken already.
    """

    client: EbayClient
    fetch: Fetch
    allowance: Allowance
    stretch: Stretch
    deadline: datetime
    registry: SearchRegistry | None
    is_prepaid: bool = True
    searches: list[Search] = field(default_factory=list)
    asked_at: datetime | None = None
    total: int = 0
    covered: int = 0
    is_complete: bool = False
    cheapest_at: datetime | None = None
    changes: int = 0
    warnings: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Raises EbayError; what was recorded before it stays."""
        self.searches = list(self.fetch.searches.filter(refresh_seconds__isnull=False))
        matcher = _matcher(self.searches)
        if self.registry is not None:
            self.registry.sync(clock.now())
            matcher = _shared(matcher, self.registry, self.fetch.deliver_to)
        if self.fetch.legacy_id:
            self._look(matcher)
            return
        for refresh in self._due():
            if self.is_complete:  # everything was seen: another order shows nothing more
                return
            for page in self._pages(refresh):
                self._record(page, matcher)
                if refresh is not Refresh.CHEAPEST:
                    self.covered += len(page.observations)

    def _look(self, matcher: Matcher) -> None:
        """Read the one listing that is asked for."""
        seen = self._look_at_listing()
        self.asked_at, self.is_complete = seen.at, True
        self.total = self.covered = 1 if seen.offer else 0
        self.shown.add(seen.legacy_id)
        self.changes += record_observations([seen], matcher, clock.now())

    def _look_at_listing(self) -> Observation:
        """What has variations takes a second call the first time."""
        fetch = self.fetch
        asked = (fetch.marketplace, fetch.legacy_id, fetch.deliver_to)
        if has_variations(fetch.marketplace, fetch.legacy_id):
            return self.client.look_at_variations(*asked)
        try:
            return self.client.look_at_number(*asked)
        except HasVariations as error:
            if not self.allowance.take():
                raise Unavailable("no call is left for the listing's variations") from error
            return self.client.look_at_variations(*asked)

    def _due(self) -> list[Refresh]:
        fetch = self.fetch
        state = FetchState(
            is_filled=self.is_filled,
            is_import=fetch.urgency == Urgency.IMPORT,
            total=fetch.total,
            refresh_every=timedelta(seconds=refresh_interval(fetch) or 0),
            swept_at=fetch.swept_at,
            cheapest_at=fetch.cheapest_at,
        )
        pace = Pace(
            sweep_depth=settings.SWEEP_DEPTH,
            sweep_every=_stretched(settings.SWEEP_SECONDS, self.stretch.sweep),
            cheapest_every=_stretched(settings.CHEAPEST_SECONDS, self.stretch.cheapest),
        )
        return refreshes_due(state, clock.now(), pace)

    @property
    def is_filled(self) -> bool:
        return all(search.filled_at for search in self.searches)

    def _pages(self, refresh: Refresh) -> Iterator[SearchPage]:
        """Asks page after page until the kind of refresh has what it wants."""
        offset = 0
        while self._may_ask():
            page = self._ask(refresh, offset)
            is_known = refresh is Refresh.NEWS and self._goes_back_to_known(page)
            yield page
            offset += PAGE_SIZE
            if not page.has_next:
                self.is_complete = refresh is not Refresh.CHEAPEST and not self.warnings
                return
            if is_known or offset >= self._depth(refresh) or clock.now() > self.deadline:
                return

    def _may_ask(self) -> bool:
        """Whether the quota has a call for the next page; without one the reading ends there."""
        may, self.is_prepaid = self.is_prepaid or self.allowance.take(), False
        return may

    def _goes_back_to_known(self, page: SearchPage) -> bool:
        """Whether a page, newest first, reaches what the last refresh has shown."""
        asked_at = self.fetch.asked_at
        if asked_at is not None and any_member(self.fetch, page.observations, asked_at):
            return True
        starts = [seen.offer.started_at for seen in page.observations if seen.offer]
        return asked_at is not None and any(at and at < asked_at - FRESH_ALLOWANCE for at in starts)

    def _depth(self, refresh: Refresh) -> int:
        """How many listings this kind of refresh reads at most."""
        if refresh is Refresh.NEWS:
            return NEWS_PAGES * PAGE_SIZE
        is_one_page = refresh is Refresh.CHEAPEST or self.stretch.sweep is None
        if is_one_page or self.total > settings.SWEEP_DEPTH:
            return PAGE_SIZE
        return int(settings.SWEEP_DEPTH)

    def _ask(self, refresh: Refresh, offset: int) -> SearchPage:
        fetch = self.fetch
        page = self.client.search(
            SearchRequest(
                marketplace=fetch.marketplace,
                keywords=fetch.keywords,
                deliver_to=fetch.deliver_to,
                category=fetch.category,
                sort="price" if refresh is Refresh.CHEAPEST else "newlyListed",
                offset=offset,
            )
        )
        self.asked_at = self.asked_at or page.asked_at
        self.total = page.total
        if refresh is Refresh.CHEAPEST:
            self.cheapest_at = page.asked_at
        return page

    def _record(self, page: SearchPage, matcher: Matcher) -> None:
        self.warnings += page.warnings
        self.shown.update(seen.legacy_id for seen in page.observations)
        changes, refused = record_or_refuse(page.observations, matcher, clock.now())
        self.changes += changes
        unread = [(page.observations[place].reference, reason) for place, reason in refused]
        unread += page.unreadable
        self.unreadable += [reference for reference, _ in unread]
        _note_unreadable(self.fetch, unread, page.asked_at)


def _stretched(seconds: int, factor: float | None) -> timedelta | None:
    return None if factor is None else timedelta(seconds=seconds * factor)


def _matcher(searches: Sequence[Search]) -> Matcher:
    """Which of a fetch's searches want an offer: their whole keyword queries are checked here.

    What was asked for by its number is what is wanted.
    """
    of_one = [(search.pk, search.legacy_id) for search in searches if search.legacy_id]
    of_keywords = [(search.pk, _query_of(search)) for search in searches if not search.legacy_id]
    queries = [(pk, query) for pk, query in of_keywords if query]

    def matches(seen: Observation) -> list[int]:
        assert seen.offer is not None, "only offers are matched"
        title = seen.offer.title
        found = [search_id for search_id, query in queries if query.matches(title)]
        return [*found, *(search_id for search_id, number in of_one if number == seen.legacy_id)]

    return matches


def _query_of(search: Search) -> KeywordQuery | None:
    """None where the keywords cannot be read; that is set aside, for the same words read again come
    to the same, and the fetch's other searches go on."""
    try:
        return keyword_query.parse(search.query)
    except Exception as error:  # noqa: BLE001 - whatever it met, the fetch's others go on
        if not failed_among(Kind.SEARCH, [search.pk]):
            note_failure(Kind.SEARCH, search.pk, error, clock.now(), is_final=True)
        return None


def _shared(own: Matcher, registry: SearchRegistry, deliver_to: str) -> Matcher:
    """The fetch's own searches and all others that want an offer and deliver to that country.

    Of its own, eBay has looked at the category.
    """

    def matches(seen: Observation) -> set[int]:
        return {*own(seen), *registry.matches(seen, deliver_to)}

    return matches


def _note_unreadable(fetch: Fetch, unread: Sequence[tuple[str, str]], at: datetime) -> None:
    if not unread:
        return
    rows = {
        reference: UnreadableListing(fetch=fetch, reference=reference, reason=reason, at=at)
        for reference, reason in unread
    }
    with write_turn():
        UnreadableListing.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["fetch", "reference"],
            update_fields=["reason", "at"],
        )


def _record_success(reading: _Reading, token: UUID) -> None:
    """Call what a complete sweep did not show missing, and free the fetch until it is due next."""
    now, fetch = clock.now(), reading.fetch
    assert reading.asked_at is not None, "a reading that succeeded has asked"
    missing = Missing()
    if reading.is_complete:
        sweep = Sweep(reading.asked_at, reading.shown, reading.unreadable)
        missing = note_missing(fetch, sweep)
    unfilled = [search.pk for search in reading.searches if search.filled_at is None]
    with write_turn(), transaction.atomic():
        lock_searches(unfilled)
        if held := _held(fetch, token):
            Search.objects.filter(pk__in=unfilled, refresh_seconds__isnull=False).update(
                filled_at=reading.asked_at
            )
            outcome = _outcome(reading) | _learned(reading) | _owed(reading.fetch, held, now)
            _settle(held, outcome, now, reading.stretch)
    have_checked(missing, now)
    if unfilled:
        enqueue("alerts.welcome")


def _outcome(reading: _Reading) -> dict[str, Any]:
    fetch = reading.fetch
    return {
        "asked_at": reading.asked_at,
        "swept_at": reading.asked_at if reading.is_complete else fetch.swept_at,
        "cheapest_at": reading.cheapest_at or fetch.cheapest_at,
        "total": reading.total,
        "covered": reading.covered
        if reading.is_complete
        else max(reading.covered, min(fetch.covered, reading.total)),
        "is_complete": reading.is_complete
        or (fetch.is_complete and reading.total <= settings.SWEEP_DEPTH),
        "failures": 0,
        "failure_kind": "",
        "failure_reason": ("eBay warned: " + "; ".join(reading.warnings))[:500]
        if reading.warnings
        else "",
        "failed_at": None,
    }


def _learned(reading: _Reading) -> dict[str, Any]:
    """How lively the fetch is, after what this refresh found since the last one."""
    fetch, asked_at = reading.fetch, reading.asked_at
    if fetch.asked_at is None or asked_at is None or not reading.is_filled:
        return {}
    days = (asked_at - fetch.asked_at) / timedelta(days=1)
    rate = rate_after(fetch.changes_per_day, reading.changes, days)
    return {"changes_per_day": rate, "liveliness": liveliness_of(rate)}


def _owed(fetch: Fetch, held: Fetch, now: datetime) -> dict[str, Any]:
    """The sweep that a gap in the event stream asked for while the fetch was being read."""
    is_changed = (held.swept_at, held.due_at) != (fetch.swept_at, fetch.due_at)
    return {"swept_at": None, "due_at": now} if is_changed and held.swept_at is None else {}


def _held(fetch: Fetch, token: UUID) -> Fetch | None:
    """The fetch as it stands now, locked, if the lease still is ours."""
    held = Fetch.objects.filter(pk=fetch.pk, lease_token=token)
    return held.select_for_update(no_key=True).first()


def _settle(held: Fetch, outcome: dict[str, Any], now: datetime, stretch: Stretch) -> None:
    """Write the outcome; a search that came meanwhile keeps its haste, one that left is not due."""
    waits = held.searches.filter(refresh_seconds__isnull=False, filled_at__isnull=True).exists()
    liveliness = outcome.get("liveliness", held.liveliness)
    planned = planned_seconds(stretch, held.refresh_seconds or 0, liveliness)
    if held.legacy_id and outcome.get("total") == 0:
        planned = max(planned, int(GONE_EVERY.total_seconds()))
    due_at = outcome.get("due_at") or (now if waits else now + timedelta(seconds=planned))
    settled = outcome | {
        "due_at": due_at if held.refresh_seconds is not None else None,
        "planned_seconds": planned,
        "urgency": max(held.urgency, Urgency.IMPORT) if waits else Urgency.ROUTINE,
        "lease_token": None,
        "lease_until": None,
    }
    Fetch.objects.filter(pk=held.pk).update(**settled)


def _record_failure(reading: _Reading, token: UUID, error: EbayError) -> None:
    now, fetch = clock.now(), reading.fetch
    log.warning("refresh failed", fetch=str(fetch), kind=error.kind, reason=str(error))
    due_at = now + failure_delay(error.kind, fetch.failures + 1)
    if isinstance(error, RateLimited):
        due_at = pause_calls(reading.client, error)
    with write_turn(), transaction.atomic():
        outcome = {
            "due_at": due_at,
            "failures": fetch.failures + 1,
            "failure_kind": error.kind,
            "failure_reason": str(error)[:500],
            "failed_at": now,
        }
        if held := _held(fetch, token):
            _settle(held, outcome, now, reading.stretch)
