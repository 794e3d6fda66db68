"""The API of listings that a user snoozes."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from ebay_alerts.accounts.api import get_user
from ebay_alerts.alerts.lists import Part
from ebay_alerts.alerts.models import ListingSnooze
from ebay_alerts.alerts.portions import portion
from ebay_alerts.alerts.schemas.snoozes import ListingSnoozeIn, ListingSnoozeList, ListingSnoozeOut
from ebay_alerts.alerts.selectors import snoozes_of
from ebay_alerts.alerts.services.snoozing import snooze_listing, wake_listing
from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem

router = Router(tags=["alerts"])
REFUSALS = {400: Problem, 401: Problem, 404: Problem, 422: Problem}
# What a column of ids holds.
ListingId = Annotated[
    int, Path(description="The `id` of a listing.", example=42, ge=1, le=2**63 - 1)
]


@router.put(
    "/listings/{int:listing_id}/snooze",
    response={200: ListingSnoozeOut, **REFUSALS},
    operation_id="snooze_listing",
)
def snooze(request: HttpRequest, listing_id: ListingId, body: ListingSnoozeIn) -> dict[str, Any]:
    """Be told nothing of a listing until a time, or for good; the net of what happens meanwhile
    comes afterwards."""
    return _fields(snooze_listing(get_user(request), listing_id, body.until, clock.now()))


@router.delete(
    "/listings/{int:listing_id}/snooze",
    response={204: None, **REFUSALS},
    operation_id="wake_listing",
)
def wake(request: HttpRequest, listing_id: ListingId) -> Status[None]:
    """End the snooze of a listing; without one nothing is done."""
    wake_listing(get_user(request), listing_id, clock.now())
    return Status(204, None)


@router.get(
    "/listings/snoozed",
    response={200: ListingSnoozeList, **REFUSALS},
    operation_id="list_snoozed_listings",
)
def list_snoozed(request: HttpRequest, part: Query[Part]) -> dict[str, Any]:
    """The listings that you are told nothing of, in the order in which you began to snooze them."""
    snoozed = snoozes_of(get_user(request), clock.now())
    rows, following = portion(snoozed, ("pk",), part.cursor, part.limit)
    return {"items": [_fields(row) for row in rows], "next": following}


def _fields(snooze: ListingSnooze) -> dict[str, Any]:
    return {
        "listing_id": snooze.listing_id,
        "title": snooze.listing.title,
        "until": snooze.until,
    }
