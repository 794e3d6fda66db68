"""The rows of listings: found or inserted under lock, and what an observation writes on them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ebay_alerts.market.models import Listing
from ebay_alerts.market.observing import Known, Observation, Offer
from ebay_alerts.market.services.bulk import update_rows

# A listing whose end time is so long past has ended, unless it was seen again.
ENDS_AFTER = timedelta(minutes=1)
# A row that was inserted only to have something to lock.
_UNRECORDED_AT = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_FIELDS = (
    "title",
    "url",
    "image_url",
    "bid_count",
    "is_from_price",
    "condition",
    "seller_percent",
    "country",
    "started_at",
    "ends_at",
)
_OFFER_FIELDS = (
    *_PLAIN_FIELDS,
    "reference",
    "currency",
    "price_minor",
    "bid_minor",
    "own_minor",
    "own_currency",
)
_STATE_FIELDS = ("observed_at", "event_sequence", "ended_at", "check_due_at")


def locked_listings(
    observations: list[Observation], wanted: set[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Listing]:
    """The rows of these listings, locked in the order of their ids; wanted ones are inserted."""
    found = _select_locked(observations)
    missing = [o for o in observations if o.key not in found and o.key in wanted]
    if missing:
        # A second writer may insert the same listing: whoever comes later finds it recorded. In one
        # order, so that the two do not wait for each other.
        missing.sort(key=lambda observation: observation.key)
        Listing.objects.bulk_create(
            [_fresh_row(observation, now) for observation in missing], ignore_conflicts=True
        )
        found |= _select_locked(missing)
    return found


def _select_locked(observations: list[Observation]) -> dict[tuple[str, str], Listing]:
    rows = (
        Listing.objects.filter(
            marketplace__in={o.marketplace for o in observations},
            legacy_id__in=[o.legacy_id for o in observations],
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return {(row.marketplace, row.legacy_id): row for row in rows}


def _fresh_row(observation: Observation, now: datetime) -> Listing:
    row = Listing(
        marketplace=observation.marketplace,
        legacy_id=observation.legacy_id,
        first_seen_at=now,
    )
    _apply(row, observation)
    row.observed_at = _UNRECORDED_AT
    return row


def known(row: Listing) -> Known:
    return Known(
        title=row.title,
        currency=row.currency,
        price_minor=row.price_minor,
        bid_minor=row.bid_minor,
        own_minor=row.own_minor,
        own_currency=row.own_currency,
        observed_at=row.observed_at,
        event_sequence=row.event_sequence,
        ended_at=row.ended_at,
    )


def is_unrecorded(row: Listing) -> bool:
    """Whether the row was inserted in this transaction and holds nothing recorded yet."""
    return row.observed_at == _UNRECORDED_AT


def write_listings(seen: Sequence[tuple[Listing, Observation]]) -> None:
    """Put the observations on their rows; rows that say nothing new only get their time."""
    changed = [row for row, observation in seen if _apply(row, observation)]
    update_rows(changed, [*_OFFER_FIELDS, *_STATE_FIELDS])
    written = {row.pk for row in changed}
    update_rows([row for row, _ in seen if row.pk not in written], _STATE_FIELDS)


def _apply(row: Listing, observation: Observation) -> bool:
    """Put what was observed on the row; whether the offer differs. Seeing it settles a check."""
    is_change = is_unrecorded(row) if row.observed_at else True
    row.observed_at = max(observation.at, row.observed_at or _UNRECORDED_AT)
    row.event_sequence = observation.sequence or row.event_sequence
    if observation.offer is None:
        row.check_due_at = None
        row.ended_at = row.ended_at or observation.at
        return is_change
    row.ended_at = None
    row.check_due_at = observation.offer.ends_at and observation.offer.ends_at + ENDS_AFTER
    for name, value in _columns(observation.reference, observation.offer).items():
        is_change |= getattr(row, name) != value
        setattr(row, name, value)
    return is_change


def _columns(reference: str, offer: Offer) -> dict[str, object]:
    return {
        "reference": reference,
        "currency": offer.figure.currency,
        "price_minor": offer.price.minor if offer.price else None,
        "bid_minor": offer.bid.minor if offer.bid else None,
        "own_minor": offer.own.minor if offer.own else None,
        "own_currency": offer.own.currency if offer.own else "",
        **{name: getattr(offer, name) for name in _PLAIN_FIELDS},
    }
