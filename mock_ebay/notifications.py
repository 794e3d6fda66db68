"""eBay's notifications: the public key they are signed with, the challenge, deletion notices."""

import base64
import hashlib
import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_ebay.answers import RefusedError
from mock_ebay.calls import api_call
from mock_ebay.clock import iso
from mock_ebay.errors import EbayError
from mock_ebay.mock import Mock
from mock_ebay.notification_keys import loaded

FAULTS = ("signature", "key", "header", "body")
_MOST_TIMES = 100


async def public_key(request: Request, mock: Mock) -> Response:
    pem = mock.keys.find(request.path_params["key_id"])
    if pem is None:
        raise EbayError(195001)
    key = (await loaded("signing")).public_pem(pem)
    return JSONResponse({"key": key, "algorithm": "ECDSA", "digest": "SHA1"})


async def send_challenge(wanted: Any, mock: Mock) -> dict[str, Any]:
    """eBay's challenge, and whether the answer is the right one."""
    order = _order(wanted, {"to", "token", "endpoint"})
    to, token = _address(order), str(order.get("token", ""))
    code = secrets.token_hex(16)
    status, text = await (await loaded("sending")).get(to, {"challenge_code": code})
    said = f"{code}{token}{order.get('endpoint', to)}"
    right = hashlib.sha256(said.encode()).hexdigest()
    return {"challenge": {"status": status, "is_right": _challenge_response(text) == right}}


async def send_deletion(wanted: Any, mock: Mock) -> dict[str, Any]:
    """A signed deletion notice, once or several times, whole or with a fault."""
    order = _order(wanted, {"to", "username", "user_id", "fault", "times"})
    to, fault, times = _address(order), order.get("fault"), order.get("times", 1)
    if fault is not None and fault not in FAULTS:
        raise RefusedError(422, f"a fault is one of {', '.join(FAULTS)}")
    if not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        raise RefusedError(422, f"times is a whole number from 1 to {_MOST_TIMES}")
    notification_id = f"{uuid4()}_{uuid4()}"
    statuses = [
        (await _send(to, _message(order, notification_id, attempt, mock), fault, mock))
        for attempt in range(1, times + 1)
    ]
    return {"deletion": {"notification_id": notification_id, "statuses": statuses}}


async def rotate_key(wanted: Any, mock: Mock) -> dict[str, Any]:
    return {"key_id": await mock.keys.rotate()} if wanted else {}


async def _send(to: str, message: dict[str, Any], fault: str | None, mock: Mock) -> int | None:
    key_id, pem = await mock.keys.current()
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    signed = body + b" " if fault == "signature" else body
    header = {
        "alg": "ecdsa",
        "kid": str(uuid4()) if fault == "key" else key_id,
        "signature": base64.b64encode((await loaded("signing")).sign(pem, signed)).decode(),
        "digest": "SHA1",
    }
    packed = base64.b64encode(json.dumps(header).encode()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-EBAY-SIGNATURE": "?" if fault == "header" else packed,
    }
    sent = body[: len(body) // 2] if fault == "body" else body
    status: int | None
    status, _ = await (await loaded("sending")).post(to, sent, headers)
    return status


def _message(
    order: dict[str, Any], notification_id: str, attempt: int, mock: Mock
) -> dict[str, Any]:
    now = iso(mock.market.clock())
    name = str(order.get("username", "mock_seller"))
    person = {
        "username": name,
        "userId": str(order.get("user_id", hashlib.sha256(name.encode()).hexdigest()[:11])),
        "eiasToken": base64.b64encode(hashlib.sha512(name.encode()).digest()[:40]).decode(),
    }
    return {
        "metadata": {
            "topic": "MARKETPLACE_ACCOUNT_DELETION",
            "schemaVersion": "1.0",
            "deprecated": False,
        },
        "notification": {
            "notificationId": notification_id,
            "eventDate": now,
            "publishDate": now,
            "publishAttemptCount": attempt,
            "data": person,
        },
    }


def _order(wanted: Any, known: set[str]) -> dict[str, Any]:
    if not isinstance(wanted, dict) or not wanted.keys() <= known:
        raise RefusedError(422, f"it must be an object with some of {', '.join(sorted(known))}")
    return wanted


def _address(order: dict[str, Any]) -> str:
    """Of this machine alone: whoever reaches /control must not reach others through it."""
    to = order.get("to")
    try:
        parts = urlsplit(to if isinstance(to, str) else "")
        is_loopback = parts.hostname == "localhost" or (
            ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        is_loopback = False
    if not is_loopback or parts.scheme not in ("http", "https"):
        raise RefusedError(422, "to must be an http(s) address on loopback")
    return str(to)


def _challenge_response(text: str) -> Any:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body.get("challengeResponse") if isinstance(body, dict) else None


ORDERS: dict[str, Callable[[Any, Mock], Awaitable[dict[str, Any]]]] = {
    "send_challenge": send_challenge,
    "send_deletion": send_deletion,
    "rotate_key": rotate_key,
}
ROUTES = [
    Route(
        "/commerce/notification/v1/public_key/{key_id}",
        api_call("notification.public_key", public_key, is_metered=False),
    ),
]
