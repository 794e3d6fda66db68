"""Erasing a seller: obeying eBay's notice that a user's account was deleted.

Of a seller listings keep a mark, to which the name leads: it goes. And where words of the
marketplace's own are kept with what could not be read, a name may stand among them.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from ebay_alerts.kit import clock
from ebay_alerts.kit.turns import write_turn
from ebay_alerts.market.ebay.client import EbayClient
from ebay_alerts.market.ebay.notification_keys import NotificationKeys
from ebay_alerts.market.ebay.notifications import DeletionNotice
from ebay_alerts.market.models import (
    AccountDeletion,
    ApiPause,
    DeadEvent,
    EventStream,
    Fetch,
    Listing,
    UnreadableListing,
)
from ebay_alerts.market.sellers import mark_of
from ebay_alerts.market.services.listing_rows import listings_of

log = structlog.get_logger(__name__)

_BATCH = 500
# Kept until they can be read; a poll finds the listing again, so nothing is lost with them.
_UNREADABLE: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (DeadEvent, ("body", "reason")),
    (UnreadableListing, ("reference", "reason")),
)
# What the marketplace said when a call failed.
_REASONS: tuple[tuple[type[models.Model], str], ...] = (
    (Fetch, "failure_reason"),
    (EventStream, "failure_reason"),
    (ApiPause, "reason"),
)
ERASED = "(erased)"


@lru_cache(maxsize=1)
def notification_keys() -> NotificationKeys:
    """The process's cache of eBay's keys; a client of its own, so that only the site has it."""
    client = EbayClient(
        settings.EBAY_BASE_URL,
        settings.EBAY_CLIENT_ID or "mock",
        settings.EBAY_CLIENT_SECRET or "mock",
    )
    return NotificationKeys(client.public_key, _has_signed_before, client.close)


def _has_signed_before(key_id: str) -> bool:
    return AccountDeletion.objects.filter(key_id=key_id).exists()


def obey(notice: DeletionNotice, key_id: str, received_at: datetime) -> bool:
    """Erase whom the notice is about and record that it was done; False if it was done before.

    The record and the erasure commit together: once this returns, the notice may be acknowledged.
    """
    if _is_obeyed(notice):
        return False
    found = _find(notice.names)
    with write_turn(), transaction.atomic():
        record, is_new = AccountDeletion.objects.get_or_create(
            notification_id=notice.notification_id,
            defaults={
                "key_id": key_id,
                "received_at": received_at,
                "handled_at": received_at,
                "erased": 0,
            },
        )
        if is_new:
            record.erased = _erase(found) + _erase_marks(notice.names)
            record.handled_at = clock.now()
            record.save(update_fields=["erased", "handled_at"])
    if is_new:
        log.info(
            "deletion notice obeyed", notification=notice.notification_id, erased=record.erased
        )
    return is_new


def _is_obeyed(notice: DeletionNotice) -> bool:
    return AccountDeletion.objects.filter(notification_id=notice.notification_id).exists()


Found = list[tuple[type[models.Model], str | None, list[int]]]


def _find(names: Sequence[str]) -> Found:
    """(model, field to overwrite or None to delete the row, ids) of what names the user.

    Read before the transaction: it may take a while, and what is kept later has no seller in it.
    """
    found: Found = [(model, None, _ids(model, fields, names)) for model, fields in _UNREADABLE]
    return found + [(model, field, _ids(model, (field,), names)) for model, field in _REASONS]


def _ids(model: type[models.Model], fields: Sequence[str], names: Sequence[str]) -> list[int]:
    """Rows that hold a name as a whole word, in any case, as text or as JSON escapes it."""
    spelled = {spelling for name in names for spelling in (name, json.dumps(name)[1:-1])}
    holds = Q()
    for field in fields:
        for spelling in spelled:
            holds |= Q(**{f"{field}__icontains": spelling})
    rows = model._default_manager.filter(holds).values_list("pk", *fields)
    word = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in spelled), re.IGNORECASE)
    return [pk for pk, *texts in rows.iterator(_BATCH) if any(word.search(text) for text in texts)]


def _erase(found: Found) -> int:
    """Returns in how many rows."""
    for model, field, ids in found:
        for some in _portions(ids):
            rows = model._default_manager.filter(pk__in=some)
            if field is None:
                rows.delete()
            else:
                rows.update(**{field: ERASED})
    return sum(len(ids) for _, _, ids in found)


def _erase_marks(names: Sequence[str]) -> int:
    """The listings stay; nothing leads from a name to them any more. Returns how many had it."""
    of_seller = listings_of([mark_of(name) for name in names])
    ids = list(of_seller.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    for some in _portions(ids):
        Listing.objects.filter(pk__in=some).update(seller="", likeness="")
    return len(ids)


def _portions(ids: list[int]) -> Iterable[list[int]]:
    return (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))
