"""Single checks: a listing that a sweep missed is looked at by itself before it is called ended.

So is one that is called ended and of which an event tells as if it were offered.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from ebay_alerts.kit import clock
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.errors import EbayError, RateLimited
from ebay_alerts.market.marketplaces import get_marketplace
from ebay_alerts.market.models import Listing
from ebay_alerts.market.observing import Observation
from ebay_alerts.market.quota import Purpose
from ebay_alerts.market.selectors import api_pause
from ebay_alerts.market.services.ledger import Allowance, keep_true, pause_calls, reserve
from ebay_alerts.market.services.listing_rows import ENDS_AFTER
from ebay_alerts.market.services.recording import record_observations
from ebay_alerts.setbacks.errors import is_outage
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import barred, failed_among
from ebay_alerts.setbacks.services import forget, trying

log = structlog.get_logger(__name__)

BATCH = 10
# Ten checks take 15 s each at the worst.
LEASE = timedelta(minutes=6)


def check_due(client: EbayClient) -> int:
    """Look at the listings that are due; returns how many were claimed."""
    claimed = _claim(clock.now())
    failed = failed_among(Kind.CHECK, [row.pk for row in claimed]) if claimed else set()
    overdue = [row for row in claimed if _has_run_out(row, clock.now())]
    if overdue:
        _end_all(overdue, failed)
    doubted = [row for row in claimed if row not in overdue]
    if doubted:
        _look_at_all(client, doubted, failed)
    return len(claimed)


def _end_all(rows: Sequence[Listing], failed: Collection[int]) -> None:
    """Together, and each alone where that raises."""
    try:
        _record([_end_of(row) for row in rows])
    except Exception as error:  # whatever one row met, the others are ended
        if is_outage(error):
            raise
        for row in rows:
            with trying(Kind.CHECK, row.pk, clock.now()):
                _record([_end_of(row)])
                _forget(row, failed)
    else:
        for row in rows:
            _forget(row, failed)


def _forget(row: Listing, failed: Collection[int]) -> None:
    if row.pk in failed:
        forget(Kind.CHECK, [row.pk])


def _look_at_all(client: EbayClient, rows: list[Listing], failed: Collection[int]) -> None:
    """As many as the quota allows; the others come due again when their lease has run out."""
    keep_true(client, clock.now())
    allowance = reserve(Purpose.URGENT, len(rows), clock.now())
    try:
        for row in rows:
            goes_on = True
            with trying(Kind.CHECK, row.pk, clock.now()):
                goes_on = _look_at(client, row, allowance)
                _forget(row, failed)
            if not goes_on:
                break
    finally:
        allowance.give_back()


def _claim(now: datetime) -> list[Listing]:
    """Due rows, put off by a lease: whoever dies with them leaves them due again later."""
    with write_turn(), transaction.atomic():
        rows = list(
            Listing.objects.filter(check_due_at__lte=now)
            .exclude(pk__in=barred(Kind.CHECK, now))
            .order_by("check_due_at")
            .select_for_update(skip_locked=True, no_key=True)[:BATCH]
        )
        Listing.objects.filter(pk__in=[row.pk for row in rows]).update(check_due_at=now + LEASE)
    return rows


def _has_run_out(row: Listing, now: datetime) -> bool:
    """Whether an auction is over by the end eBay told. Offers at a fixed price may be prolonged.

    One that is called ended already and is doubted to be may have got another end.
    """
    is_auction = row.bid_minor is not None and row.ended_at is None
    return is_auction and row.ends_at is not None and row.ends_at + ENDS_AFTER <= now


def _end_of(row: Listing) -> Observation:
    """eBay had told this end time, and the listing was not seen after it."""
    return Observation(row.marketplace, row.legacy_id, row.reference, clock.now(), offer=None)


def _look_at(client: EbayClient, row: Listing, allowance: Allowance) -> bool:
    """Record what eBay says of the listing; False when eBay takes no more calls for now."""
    if api_pause(clock.now()) or not allowance.take():
        return False
    country = get_marketplace(row.marketplace).country
    try:
        seen = client.look_at(row.marketplace, row.legacy_id, row.reference, country)
    except EbayError as error:
        log.warning("check failed", listing=row.pk, kind=error.kind, reason=str(error))
        if isinstance(error, RateLimited):
            pause_calls(client, error)
        return not isinstance(error, RateLimited)
    _record([seen])
    with write_turn():
        Listing.objects.filter(pk=row.pk).update(confirmed_at=clock.now())
    return True


def _record(observations: list[Observation]) -> None:
    record_observations(observations, lambda _: (), clock.now())
