"""The `/control` endpoint; what it takes is described in control."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_ebay import notifications, products
from mock_ebay.answers import RefusedError, read_json
from mock_ebay.control import BadControlError
from mock_ebay.listings import Listing
from mock_ebay.mock import Mock, mock_of

_MOST_MOVES = 10_000


async def control(request: Request) -> Response:
    mock = mock_of(request)
    if request.method == "DELETE":
        mock.control.clear()
    if request.method != "POST":
        return JSONResponse(mock.control.plan() | mock.broadcaster.sockets())
    wanted = await read_json(request)
    if not isinstance(wanted, dict):
        raise RefusedError(400, "the body must be a JSON object")
    if wanted.keys() & notifications.ORDERS and not _is_json(request):
        raise RefusedError(415, "send it with Content-Type: application/json")
    done = await _carry_out(wanted, mock)
    return JSONResponse(mock.control.plan() | done)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"


async def _carry_out(wanted: dict[str, Any], mock: Mock) -> dict[str, Any]:
    """Merge into the plan what is for later, then do what happens at once."""
    orders = {name: wanted.pop(name) for name in list(wanted) if name in _ORDERS}
    calls = {name: wanted.pop(name) for name in list(wanted) if name in notifications.ORDERS}
    try:
        mock.control.change(wanted)
    except BadControlError as error:
        raise RefusedError(422, str(error)) from None
    done: dict[str, Any] = {}
    for name, value in orders.items():
        done |= _ORDERS[name](value, mock)
    for name, value in calls.items():
        done |= await notifications.ORDERS[name](value, mock)
    return done


def _move(count: Any, mock: Mock) -> dict[str, Any]:
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= _MOST_MOVES:
        raise RefusedError(422, f"move must be a whole number up to {_MOST_MOVES:,}")
    moves = [mock.live.move() for _ in range(count)]
    return {"moves": [move for move in moves if move]}


def _end(id_: Any, mock: Mock) -> dict[str, Any]:
    listing = _known(id_, mock)
    if listing.ended_at is not None:
        raise RefusedError(409, f"the listing {listing.id} has ended already")
    mock.market.end(listing)
    return {"ended": listing.id}


def _relist(id_: Any, mock: Mock) -> dict[str, Any]:
    listing = _known(id_, mock)
    if listing.ended_at is None:
        raise RefusedError(409, f"the listing {listing.id} has not ended")
    mock.market.relist(listing)
    return {"relisted": listing.id}


def _known(id_: Any, mock: Mock) -> Listing:
    mock.market.expire()
    listing = mock.market.find(str(id_))
    if listing is None:
        raise RefusedError(404, "no such product")
    return listing


def _change(changes: Any, mock: Mock) -> dict[str, Any]:
    """Changes to products, in their order; the first that is refused ends it."""
    if not isinstance(changes, list) or len(changes) > _MOST_MOVES:
        raise RefusedError(422, f"products must be a list of up to {_MOST_MOVES:,} changes")
    ids = []
    for at, one in enumerate(changes):
        try:
            ids.append(_changed_id(one, mock))
        except RefusedError as error:
            raise RefusedError(error.status, f"change {at}: {error}", **error.more) from None
    return {"products": ids}


def _changed_id(one: Any, mock: Mock) -> str:
    match one:
        case ["POST", body]:
            return products.create(body, mock).id
        case ["PUT" | "PATCH" as method, id_, body]:
            return products.change(method, str(id_), body, mock).id
        case ["DELETE", id_]:
            products.delete(str(id_), mock)
            return str(id_)
        case ["END", id_]:
            return str(_end(id_, mock)["ended"])
        case ["RELIST", id_]:
            return str(_relist(id_, mock)["relisted"])
    raise RefusedError(422, "must be a list of a verb and what it needs, such as [DELETE, an id]")


def _drop(wanted: Any, mock: Mock) -> dict[str, Any]:
    return {"dropped": mock.broadcaster.drop() if wanted else 0}


def _revoke(wanted: Any, mock: Mock) -> dict[str, Any]:
    if wanted:
        mock.tokens.revoke_all()
    return {}


_ORDERS = {
    "move": _move,
    "end": _end,
    "relist": _relist,
    "products": _change,
    "drop_sockets": _drop,
    "revoke_tokens": _revoke,
}

ROUTES = [Route("/control", control, methods=["GET", "POST", "DELETE"])]
