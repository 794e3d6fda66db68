"""The events of the marketplace's stream, and how they become our words.

An event is `{"sequence", "type", "at", "product"}`; its product holds what a search answer would
say under `item`, or as the original system's products do only `id`, `product_name` and `price`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ebay_alerts.market.ebay import wire
from ebay_alerts.market.errors import Malformed
from ebay_alerts.market.marketplaces import DEFAULT, MARKETPLACES
from ebay_alerts.market.observing import Observation

_CREATED, _UPDATED, _DELETED = "product_created", "product_updated", "product_deleted"


class _Product(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True)

    id: str = Field(min_length=1, max_length=64)
    product_name: str = ""
    price: str | None = None
    marketplace: str = DEFAULT
    item: Any = None


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    sequence: int = Field(ge=1, lt=2**63)
    type: str
    at: AwareDatetime
    product: _Product


@dataclass(frozen=True)
class MarketEvent:
    """One event: its number in the stream, and what it says was observed."""

    sequence: int
    observation: Observation


@dataclass(frozen=True)
class EventPage:
    """A piece of the log after a sequence: `oldest` and `head` are what the log holds."""

    stream_id: str
    oldest: int
    head: int
    events: list[Any]


def read_page(body: Any) -> EventPage:
    """Raises Malformed."""
    try:
        page = EventPage(
            str(body["stream_id"])[:64],
            int(body["oldest"]),
            int(body["head"]),
            list(body["events"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("the event log's answer cannot be read") from error
    return page


def read_event(body: Any) -> MarketEvent:
    """Raises Malformed with the reason."""
    try:
        event = _Event.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Malformed(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if event.type not in (_CREATED, _UPDATED, _DELETED):
        raise Malformed(f"there is no event type {event.type!r:.40}")
    if event.product.marketplace not in MARKETPLACES:
        raise Malformed(f"there is no marketplace {event.product.marketplace!r:.40}")
    return MarketEvent(event.sequence, _observation(event))


def sequence_of(body: Any) -> int | None:
    """The sequence number of an event that cannot be read otherwise, if it has one."""
    found = body.get("sequence") if isinstance(body, dict) else None
    return found if isinstance(found, int) and 0 < found < 2**63 else None


def _observation(event: _Event) -> Observation:
    product = event.product
    at = event.at
    if event.type == _DELETED:
        reference = _reference(product)
        return Observation(product.marketplace, product.id, reference, at, None, event.sequence)
    seen = wire.read_item(product.item or _plain_item(product, at), product.marketplace, at)
    return Observation(
        marketplace=product.marketplace,
        legacy_id=seen.legacy_id,
        reference=seen.reference,
        at=at,
        offer=seen.offer,
        sequence=event.sequence,
        is_creation=event.type == _CREATED,
    )


def _reference(product: _Product) -> str:
    reference = product.item.get("itemId") if isinstance(product.item, dict) else None
    return reference if isinstance(reference, str) and 0 < len(reference) <= 120 else product.id


def _plain_item(product: _Product, at: datetime) -> dict[str, Any]:
    """A product of the original system's shape, priced in US dollars, as an item."""
    return {
        "itemId": f"v1|{product.id}|0",
        "legacyItemId": product.id,
        "title": product.product_name,
        "price": {"value": product.price, "currency": "USD"},
        "buyingOptions": ["FIXED_PRICE"],
        "itemCreationDate": at.isoformat(),
    }
