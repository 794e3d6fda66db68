"""The ledger of calls: every call that counts is reserved before it is made.

Reserving is one conditional UPDATE, so that several workers together never exceed the quota. What
eBay tells (getRateLimits) only ever adds to what is spent: other programs may share the keyset,
and calls on their way are not in eBay's count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, PositiveIntegerField, Value
from django.db.models.functions import Greatest

from ebay_alerts.kit import clock
from ebay_alerts.kit.backoff import retry_delay
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.errors import EbayError, RateLimited
from ebay_alerts.market.models import ApiPause, QuotaWindow
from ebay_alerts.market.quota import (
    AFTER_RESET,
    BROWSE,
    DOCUMENTED_LIMIT,
    Purpose,
    Told,
    ceiling,
    must_correct,
    next_reset,
)
from ebay_alerts.market.selectors import find_window, pace_of, refresh_plan, window_of

# eBay took no call and did not say until when.
PAUSE_UNTOLD = timedelta(minutes=5)
# What eBay tells is taken within these bounds: quotas come back daily.
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=25)
# Pauses so close to each other are of one burst.
IN_A_ROW = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def keep_true(client: EbayClient, now: datetime) -> QuotaWindow:
    """The current window, set right by eBay where that is due; opened where there is none."""
    row = find_window()
    asked_at = row.asked_at if row else None
    has_called = row is not None and row.spent != row.asked_spent
    if must_correct(asked_at, has_called, window_of(row) if row else None, now):
        return correct(client, now)
    assert row is not None, "what is missing is corrected"
    return row


def correct(client: EbayClient, now: datetime) -> QuotaWindow:
    """Ask eBay what is left and set the ledger right; where it does not say, go on as known."""
    return _correct(find_told(client), now)


def find_told(client: EbayClient) -> Told | None:
    """What eBay says is left; None when it does not say."""
    try:
        return client.rate_limits()
    except EbayError as error:
        log.warning("eBay does not tell what is left of the quota", reason=str(error))
        return None


def pause_calls(client: EbayClient, error: RateLimited) -> datetime:
    """Ask eBay nothing until it takes calls again; returns when that is.

    Retry-After is obeyed. A spent quota waits for its reset; where quota is left the pace was too
    fast, and the pauses grow while that goes on.
    """
    now = clock.now()
    told, last = find_told(client), ApiPause.objects.filter(pk=1).first()
    _correct(told, now)
    until, bursts = error.until or now, 0
    if told and told.remaining <= 0:
        until = max(until, told.reset_at + AFTER_RESET)
    elif error.until is None and told:
        bursts = 1 + (last.bursts if last and now - last.until < IN_A_ROW else 0)
        until += retry_delay(bursts, base=SHORTEST_PAUSE, cap=PAUSE_UNTOLD)
    elif error.until is None:
        until += PAUSE_UNTOLD
    until = min(max(until, now + SHORTEST_PAUSE), now + LONGEST_PAUSE)
    pause_until(until, str(error), bursts)
    return until


def window_at(now: datetime, told: Told | None = None) -> QuotaWindow:
    """The current window; a new one, of the same limit as the last, where its time is over."""
    row = find_window()
    if row and now < row.reset_at + AFTER_RESET:
        return row
    is_known = told is not None and told.reset_at > now
    opened = QuotaWindow(
        number=row.number + 1 if row else 1,
        limit=told.limit if told else row.limit if row else DOCUMENTED_LIMIT,
        opened_at=now,
        reset_at=told.reset_at
        if told and is_known
        else next_reset(row.reset_at if row else None, now),
        is_told=is_known,
    )
    try:
        with write_turn(), transaction.atomic():
            opened.save()
    except IntegrityError:  # another one has opened it at the same time
        return QuotaWindow.objects.get(resource=BROWSE, number=opened.number)
    return opened


def _correct(told: Told | None, now: datetime) -> QuotaWindow:
    row = window_at(now, told)
    if told and told.reset_at > now:
        _set_right(row, told)
    with write_turn():
        QuotaWindow.objects.filter(pk=row.pk).update(asked_at=now, asked_spent=F("spent"))
    row.refresh_from_db()
    return row


def _set_right(row: QuotaWindow, told: Told) -> None:
    with write_turn():
        QuotaWindow.objects.filter(pk=row.pk).update(
            limit=told.limit,
            reset_at=told.reset_at,
            is_told=True,
            spent=Greatest(F("spent"), Value(told.spent, output_field=PositiveIntegerField())),
        )


@dataclass
class Allowance:
    """Calls reserved in one window for one purpose; what is not used is given back."""

    window_id: int
    reset_at: datetime
    purpose: Purpose
    left: int

    def take(self) -> bool:
        """One call, of those reserved or reserved now; False when the quota has none for it."""
        now = clock.now()
        if now >= self.reset_at:  # what was reserved before the reset is worth nothing after it
            self.left = 0
        if self.left == 0:
            more = reserve(self.purpose, 1, now)
            self.window_id, self.reset_at, self.left = more.window_id, more.reset_at, more.left
        if self.left == 0:
            return False
        self.left -= 1
        return True

    def give_back(self) -> None:
        if self.left:
            urgent = self.left if self.purpose is Purpose.URGENT else 0
            with write_turn():
                QuotaWindow.objects.filter(pk=self.window_id).update(
                    spent=F("spent") - self.left, urgent_spent=F("urgent_spent") - urgent
                )
            self.left = 0


def reserve(purpose: Purpose, calls: int, now: datetime) -> Allowance:
    """Up to so many calls, as many as the ceiling of the purpose allows; perhaps none."""
    row = window_at(now)
    pace = pace_of(refresh_plan(), row)
    top = ceiling(purpose, window_of(row), pace, now)
    granted = _reserve(row, purpose, calls, top)
    return Allowance(row.pk, row.reset_at, purpose, granted)


def _reserve(row: QuotaWindow, purpose: Purpose, calls: int, top: int) -> int:
    """How many calls were added to what is spent without passing `top`."""
    wanted = min(calls, top - row.spent)
    while wanted > 0:
        urgent = wanted if purpose is Purpose.URGENT else 0
        with write_turn():
            is_done = QuotaWindow.objects.filter(pk=row.pk, spent__lte=top - wanted).update(
                spent=F("spent") + wanted, urgent_spent=F("urgent_spent") + urgent
            )
        if is_done:
            return wanted
        wanted -= 1  # others were faster
    return 0


def note_spent(row: QuotaWindow, now: datetime) -> None:
    """Have everything wait for the reset where a whole window's calls are spent, and say so."""
    window = window_of(row)
    if window.spent < window.usable or now >= row.reset_at:
        return
    pause_until(row.reset_at + AFTER_RESET, f"the quota of {row.limit:,} calls is spent")


def pause_until(until: datetime, reason: str, bursts: int = 0) -> None:
    with write_turn():
        ApiPause.objects.update_or_create(
            pk=1, defaults={"until": until, "reason": reason[:300], "bursts": bursts}
        )
