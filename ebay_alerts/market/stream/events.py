"""The events of the marketplace's stream, and how they become our words.

An event is `{"sequence", "type", "at", "product"}`; its product holds what a search answer would
say under `item`, or as the original system's products do only `id`, `product_name` and `price`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ebay_alerts.market.ebay import wire
from ebay_alerts.market.errors import Malformed
from ebay_alerts.market.marketplaces import DEFAULT, MARKETPLACES
from ebay_alerts.market.observing import Observation

_CREATED, _UPDATED, _DELETED = "product_created", "product_updated", "product_deleted"
# The key under which an event that could not be taken out of its answer has its reason.
UNREADABLE = "unreadable because"
# What a log may have moved on while it was read: a number further ahead is none.
MOST_AHEAD = 1000
_LARGEST = 2**63 - 1 - MOST_AHEAD


def _in_print(text: str) -> str:
    """What fits a column of every database and can be shown."""
    if not text.isprintable():
        raise ValueError("it cannot be printed")
    return text


Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_in_print)]
# Numbers are numbers: no text, no true, no 5.0.
Number = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]


class _Product(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True)

    id: Name
    product_name: str = ""
    price: str | None = None
    marketplace: str = DEFAULT
    item: Any = None


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    sequence: Annotated[Number, Field(ge=1)]
    type: str
    at: wire.Moment
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


class _Page(BaseModel):
    stream_id: Name
    oldest: Number
    head: Number
    events: list[Any]


def read_page(body: Any) -> EventPage:
    """Raises Malformed."""
    try:
        page = _Page.model_validate(body)
    except ValidationError as error:
        raise Malformed(f"the event log's answer cannot be read: {_brief(error)}") from error
    events = [_with_true_number(event, page.head + MOST_AHEAD) for event in page.events]
    return EventPage(page.stream_id, page.oldest, page.head, events)


def _with_true_number(body: Any, highest: int) -> Any:
    """A number that the log has not reached would lead past everything in between: it is text."""
    sequence = sequence_of(body)
    if sequence is not None and sequence > highest:
        return body | {"sequence": str(sequence)}
    return body


def read_event(body: Any) -> MarketEvent:
    """Raises Malformed with the reason."""
    if isinstance(body, dict) and UNREADABLE in body:
        raise Malformed(str(body[UNREADABLE]))
    try:
        event = _Event.model_validate(body)
    except ValidationError as error:
        raise Malformed(_brief(error)) from error
    if event.type not in (_CREATED, _UPDATED, _DELETED):
        raise Malformed(f"there is no event type {event.type!r:.40}")
    if event.product.marketplace not in MARKETPLACES:
        raise Malformed(f"there is no marketplace {event.product.marketplace!r:.40}")
    return MarketEvent(event.sequence, _observation(event))


def sequence_of(body: Any) -> int | None:
    """The sequence number of an event that cannot be read otherwise, if it has one."""
    found = body.get("sequence") if isinstance(body, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 < found <= _LARGEST else None


def unreadable(sequence: int, reason: str) -> dict[str, Any]:
    """What stands for an event that cannot even be taken out of its answer."""
    return {"sequence": sequence, UNREADABLE: reason}


def _brief(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the event'}: {first['msg']}"


def _observation(event: _Event) -> Observation:
    product = event.product
    at = event.at
    if event.type == _DELETED:
        reference = _reference(product)
        return Observation(product.marketplace, product.id, reference, at, None, event.sequence)
    body, marketplace = product.item or _plain_item(product, at), product.marketplace
    seen = wire.read_item(body, marketplace, at, MARKETPLACES[marketplace].country)
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
    if not isinstance(reference, str) or not reference.isprintable():
        return product.id
    return reference if 0 < len(reference) <= 120 else product.id


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
