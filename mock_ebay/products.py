"""`/products`: the market in json-server's manners. What it accepts: see product_form."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mock_ebay.answers import RefusedError, read_json, whole_number
from mock_ebay.calls import host_of
from mock_ebay.catalogue import legacy_id
from mock_ebay.listings import Listing
from mock_ebay.mock import Mock, mock_of
from mock_ebay.product_form import (
    ProductError,
    changed_listing,
    new_listing,
    replaced_listing,
)
from mock_ebay.wire import product

_CONTROLS = {"q", "_page", "_limit", "_sort", "_order", "_start", "_end"}
_CHANGES = {"PUT": replaced_listing, "PATCH": changed_listing}
_CHUNK = 200
_MOST = 10**9


async def collection(request: Request) -> Response:
    if request.method == "POST":
        return await _create(request, mock_of(request))
    return _listed(request, mock_of(request))


async def single(request: Request) -> Response:
    # The body first: from then on nothing else moves the market.
    body = await read_json(request) if request.method in _CHANGES else None
    mock, id_ = mock_of(request), request.path_params["id"]
    if request.method == "DELETE":
        delete(id_, mock)
        return JSONResponse({})
    listing = change(request.method, id_, body, mock) if body is not None else _known(id_, mock)
    return JSONResponse(product(listing))


async def _create(request: Request, mock: Mock) -> Response:
    created = create(await read_json(request), mock)
    location = f"{host_of(request)}/products/{created.id}"
    return JSONResponse(product(created), 201, headers={"Location": location})


def create(body: Any, mock: Mock) -> Listing:
    """Raises RefusedError 422 for what is no product, 409 where its id is taken."""
    market = mock.market
    number, now = market.next_number, market.clock()
    fallback = free_id(mock)
    listing = _accepted(partial(new_listing, body, number, fallback, now))
    if market.find(listing.id) is not None:
        raise RefusedError(409, f"there is a product with the id {listing.id} already", field="id")
    return market.create(listing)


def change(method: str, id_: str, body: Any, mock: Mock) -> Listing:
    """What PUT or PATCH does. Raises RefusedError 404 and 422."""
    listing = _known(id_, mock)
    market = mock.market
    changed = _accepted(partial(_CHANGES[method], listing, body, market.clock()))
    return market.update(changed)


def delete(id_: str, mock: Mock) -> None:
    """Raises RefusedError 404."""
    mock.market.delete(_known(id_, mock))


def _known(id_: str, mock: Mock) -> Listing:
    mock.market.expire()
    listing = mock.market.find(id_)
    if listing is None:
        raise RefusedError(404, "no such product")
    return listing


def free_id(mock: Mock) -> str:
    """An id that no product has."""
    number = mock.market.next_number
    while mock.market.find(legacy_id(number)) is not None:
        number += 1
    return legacy_id(number)


def _accepted(read: Callable[[], Listing]) -> Listing:
    try:
        return read()
    except ProductError as error:
        raise RefusedError(422, str(error), field=error.field) from None


def _listed(request: Request, mock: Mock) -> Response:
    mock.market.expire()
    listings = _sorted(request, _filtered(request, list(mock.market.listings.values())))
    start, end = _slice(request, len(listings))
    headers = {
        "X-Total-Count": str(len(listings)),
        "Access-Control-Expose-Headers": "X-Total-Count",
    }
    if "_page" in request.query_params:
        headers["Link"] = _links(request, len(listings))
    return StreamingResponse(
        _stream(listings[start:end]), headers=headers, media_type="application/json"
    )


def _filtered(request: Request, listings: list[Listing]) -> list[Listing]:
    """`q` looks for text in name and id; any other parameter must equal the field it names."""
    if wanted := request.query_params.get("q", "").casefold():
        listings = [it for it in listings if wanted in it.title.casefold() or wanted in it.id]
    fields = {k: v for k, v in request.query_params.items() if k not in _CONTROLS}
    if not fields:
        return listings
    return [it for it in listings if _equals(product(it), fields)]


def _equals(wire: dict[str, Any], fields: dict[str, str]) -> bool:
    return all(name in wire and _text(wire[name]) == value for name, value in fields.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sorted(request: Request, listings: list[Listing]) -> list[Listing]:
    names = request.query_params.get("_sort", "").split(",")
    orders = request.query_params.get("_order", "").split(",")
    # The last one first: sorting is stable, so the first one named weighs most.
    for at, name in reversed(list(enumerate(names))):
        if name:
            is_falling = at < len(orders) and orders[at].lower() == "desc"
            listings = sorted(listings, key=_key(name), reverse=is_falling)
    return listings


def _key(name: str) -> Callable[[Listing], tuple[int, Any]]:
    """Numbers before texts, and what a product does not have first of all."""

    def key(listing: Listing) -> tuple[int, Any]:
        value = product(listing).get(name)
        if isinstance(value, int | float):
            return 1, value
        return (0, "") if value is None else (2, _text(value))

    return key


def _slice(request: Request, total: int) -> tuple[int, int]:
    query = request.query_params
    if "_page" in query:
        size = whole_number(request, "_limit", 10, _MOST)
        start = (max(1, whole_number(request, "_page", 1, _MOST)) - 1) * size
        return start, start + size
    start = whole_number(request, "_start", 0, _MOST)
    if "_limit" in query:
        return start, start + whole_number(request, "_limit", 10, _MOST)
    return start, whole_number(request, "_end", total, _MOST)


def _links(request: Request, total: int) -> str:
    size = max(1, whole_number(request, "_limit", 10, _MOST))
    page = max(1, whole_number(request, "_page", 1, _MOST))
    last = max(1, -(-total // size))
    pages = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    links = {rel: number for rel, number in pages.items() if 1 <= number <= last}
    return ", ".join(
        f'<{request.url.include_query_params(_page=number)}>; rel="{rel}"'
        for rel, number in links.items()
    )


async def _stream(listings: list[Listing]) -> AsyncIterator[str]:
    """A JSON list in pieces, so that a long one does not hold up other requests."""
    yield "["
    for start in range(0, len(listings), _CHUNK):
        texts = [json.dumps(product(it)) for it in listings[start : start + _CHUNK]]
        yield ("," if start else "") + ",\n".join(texts)
    yield "]"


ROUTES = [
    Route("/products", collection, methods=["GET", "POST"]),
    Route("/products/{id}", single, methods=["GET", "PUT", "PATCH", "DELETE"]),
]
