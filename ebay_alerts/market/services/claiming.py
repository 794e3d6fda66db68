"""Claiming due fetches: who goes first, under a lease, with a reserved call for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.models import Fetch, Urgency
from ebay_alerts.market.quota import FILL_SHARE, Purpose
from ebay_alerts.market.selectors import api_pause
from ebay_alerts.market.services.ledger import Allowance, reserve
from ebay_alerts.setbacks.models import Kind
from ebay_alerts.setbacks.selectors import barred

BATCH = 5
# A fetch takes 15 s a page at the worst; nothing new is begun in the second half of the lease.
LEASE = timedelta(minutes=10)
_random = Random()  # noqa: S311 - casts lots, protects nothing


@dataclass(frozen=True)
class Claim:
    """Fetches leased to the holder of the token, with one reserved call for each.

    Persons' fills spend from `urgent`, everything else from `routine`.
    """

    token: UUID
    fetches: list[Fetch] = field(default_factory=list)
    urgent: Allowance | None = None
    routine: Allowance | None = None

    def allowance_for(self, fetch: Fetch) -> Allowance:
        is_urgent = fetch.urgency == Urgency.PERSON
        allowance = self.urgent if is_urgent else self.routine
        assert allowance is not None, "what is claimed has its call"
        return allowance

    def give_back(self) -> None:
        for allowance in (self.urgent, self.routine):
            if allowance:
                allowance.give_back()


def claim_due_fetches(token: UUID, now: datetime, limit: int = BATCH) -> Claim:
    """Due fetches that nobody holds, leased to `token`; none while eBay takes no calls.

    Those that a person waits for come first, then those that have been due longest; as many as
    the quota has calls for now.
    """
    if api_pause(now):
        return Claim(token)
    with write_turn(), transaction.atomic():
        persons = _due(Urgency.PERSON, now, limit)
        others = _in_turn(now, limit - len(persons))
        if not persons and not others:
            return Claim(token)
        urgent = reserve(Purpose.URGENT, len(persons), now) if persons else None
        routine = reserve(Purpose.ROUTINE, len(others), now) if others else None
        fetches = persons[: urgent.left if urgent else 0] + others[: routine.left if routine else 0]
        Fetch.objects.filter(pk__in=[fetch.pk for fetch in fetches]).update(
            lease_token=token, lease_until=now + LEASE
        )
    return Claim(token, fetches, urgent, routine)


def _due(urgency: Urgency, now: datetime, limit: int) -> list[Fetch]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Fetch.objects.filter(free, urgency=urgency, due_at__lte=now).order_by("due_at", "pk")
    due = due.exclude(pk__in=barred(Kind.FETCH, now))
    return list(due.select_for_update(skip_locked=True, no_key=True)[:limit])


def _in_turn(now: datetime, limit: int) -> list[Fetch]:
    """Fills of imports and what is due again: in turns while both wait, so neither waits for ever.

    Where calls are short they come one at a time: lots decide which of the two goes first.
    """
    if limit <= 0:
        return []
    imports, again = (_due(urgency, now, limit) for urgency in (Urgency.IMPORT, Urgency.ROUTINE))
    if imports and again and _random.random() < FILL_SHARE:
        imports, again = again, imports
    turns = chain.from_iterable(zip_longest(imports, again))
    return [fetch for fetch in turns if fetch is not None][:limit]


def release(fetches: Sequence[Fetch], token: UUID) -> None:
    """Give back leases that were not used."""
    with write_turn():
        Fetch.objects.filter(pk__in=[fetch.pk for fetch in fetches], lease_token=token).update(
            lease_token=None, lease_until=None
        )
