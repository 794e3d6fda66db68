"""Account-deletion notifications: the key that is given out, the challenge, signed notices."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mock_ebay.mock import open_mock
from mock_ebay.settings import MockSettings

PRODUCTS = Path(__file__).with_name("products.json")
TOKEN = "t" * 40
KEYS = "/commerce/notification/v1/public_key"


@dataclass
class Endpoint:
    """A deletion endpoint that notes what it gets and answers what a test wants."""

    url: str = ""
    status: int = 204
    token: str = TOKEN
    bodies: list[bytes] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)

    def signature(self, at: int = -1) -> dict[str, Any]:
        return dict(json.loads(base64.b64decode(self.headers[at])))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    noted = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            (code,) = parse_qs(urlsplit(self.path).query)["challenge_code"]
            said = f"{code}{noted.token}{noted.url}"
            body = {"challengeResponse": hashlib.sha256(said.encode()).hexdigest()}
            self.answer(200, json.dumps(body).encode())

        def do_POST(self) -> None:
            noted.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            noted.headers.append(self.headers["X-EBAY-SIGNATURE"])
            self.answer(noted.status, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Tests say what they need themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    noted.url = f"http://127.0.0.1:{server.server_port}/deletion"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield noted
    server.shutdown()
    server.server_close()
    thread.join(10)


def is_signed(mock: Any, signature: dict[str, Any], body: bytes) -> bool:
    """By the key that the mock gives out under the signature's id."""
    answer = mock.get(f"{KEYS}/{signature['kid']}").raise_for_status().json()
    assert (answer["algorithm"], answer["digest"]) == ("ECDSA", "SHA1")
    assert "\n" not in answer["key"]
    bare = answer["key"].removeprefix("-----BEGIN PUBLIC KEY-----")
    key = load_der_public_key(base64.b64decode(bare.removesuffix("-----END PUBLIC KEY-----")))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(base64.b64decode(signature["signature"]), body, ec.ECDSA(hashes.SHA1()))
    except InvalidSignature:
        return False
    return True


def test_a_right_answer_to_the_challenge_is_told_from_a_wrong_one(
    mock: Any, endpoint: Endpoint
) -> None:
    order = {"to": endpoint.url, "token": TOKEN}
    assert mock.control(send_challenge=order)["challenge"] == {"status": 200, "is_right": True}
    endpoint.token = "another"
    assert mock.control(send_challenge=order)["challenge"] == {"status": 200, "is_right": False}


def test_a_deletion_notice_names_the_user_and_is_signed(mock: Any, endpoint: Endpoint) -> None:
    order = {"to": endpoint.url, "username": "ann_sells", "user_id": "ma8vp1jySJC"}
    told = mock.control(send_deletion=order)["deletion"]
    assert told["statuses"] == [204]
    (body,) = endpoint.bodies
    message = json.loads(body)
    assert message["metadata"]["topic"] == "MARKETPLACE_ACCOUNT_DELETION"
    assert message["notification"]["notificationId"] == told["notification_id"]
    assert message["notification"]["data"]["username"] == "ann_sells"
    assert message["notification"]["data"]["userId"] == "ma8vp1jySJC"
    assert is_signed(mock, endpoint.signature(), body)


def test_a_notice_sent_again_keeps_its_id_and_counts_its_attempts(
    mock: Any, endpoint: Endpoint
) -> None:
    endpoint.status = 500
    told = mock.control(send_deletion={"to": endpoint.url, "times": 3})["deletion"]
    assert told["statuses"] == [500, 500, 500]
    notices = [json.loads(body)["notification"] for body in endpoint.bodies]
    assert {one["notificationId"] for one in notices} == {told["notification_id"]}
    assert [one["publishAttemptCount"] for one in notices] == [1, 2, 3]


def test_faults_spoil_what_they_are_named_for(mock: Any, endpoint: Endpoint) -> None:
    for fault in ("signature", "key", "header", "body"):
        mock.control(send_deletion={"to": endpoint.url, "fault": fault})
    assert not is_signed(mock, endpoint.signature(0), endpoint.bodies[0])
    assert mock.get(f"{KEYS}/{endpoint.signature(1)['kid']}").status_code == 404
    assert endpoint.headers[2] == "?"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(endpoint.bodies[3])


def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_still_given_out(
    mock: Any, endpoint: Endpoint
) -> None:
    mock.control(send_deletion={"to": endpoint.url})
    key_id = mock.control(rotate_key=True)["key_id"]
    mock.control(send_deletion={"to": endpoint.url})
    assert endpoint.signature(0)["kid"] != key_id == endpoint.signature(1)["kid"]
    for at in (0, 1):
        assert is_signed(mock, endpoint.signature(at), endpoint.bodies[at])


def test_the_key_outlives_a_restart_with_the_state(
    start_mock: Callable[..., Any], endpoint: Endpoint, tmp_path: Path
) -> None:
    settings = MockSettings(catalogue=PRODUCTS, state=tmp_path / "state.db")
    before = open_mock(settings)
    key_id = asyncio.run(before.keys.rotate())
    before.close()
    after = start_mock(catalogue=PRODUCTS, state=tmp_path / "state.db")
    after.control(send_deletion={"to": endpoint.url})
    assert endpoint.signature()["kid"] == key_id
    assert is_signed(after, endpoint.signature(), endpoint.bodies[0])


def test_the_key_is_given_to_token_holders_only_and_disturbed_on_order(mock: Any) -> None:
    assert mock.http.get(f"{KEYS}/any").status_code == 403
    assert mock.get(f"{KEYS}/any").json()["errors"][0]["errorId"] == 195001
    mock.control(fail_next=1, status=503, path=KEYS)
    assert mock.get(f"{KEYS}/any").status_code == 503
    assert mock.http.get("/control").json()["calls"]["notification.public_key"] == 3


@pytest.mark.parametrize(
    "to",
    [
        "http://example.com/deletion",
        "http://192.0.2.7/",
        "http://127.0.0.1.example.com/",
        "http://localhost@example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1",
        "",
        7,
        None,
    ],
)
def test_only_this_machine_is_sent_to(mock: Any, to: Any) -> None:
    for order in ("send_challenge", "send_deletion"):
        assert mock.http.post("/control", json={order: {"to": to}}).status_code == 422


def test_a_page_in_a_browser_cannot_have_anything_sent(mock: Any, endpoint: Endpoint) -> None:
    body = json.dumps({"send_deletion": {"to": endpoint.url}})
    answer = mock.http.post("/control", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert endpoint.bodies == []


@pytest.mark.parametrize(
    "more", [{"fault": "moon"}, {"times": 0}, {"times": "often"}, {"colour": "red"}]
)
def test_a_senseless_order_is_refused(mock: Any, endpoint: Endpoint, more: dict[str, Any]) -> None:
    order = {"to": endpoint.url} | more
    assert mock.http.post("/control", json={"send_deletion": order}).status_code == 422
    assert endpoint.bodies == []


def test_an_endpoint_that_does_not_answer_is_told(mock: Any) -> None:
    to = {"to": "http://127.0.0.1:9/deletion"}
    assert mock.control(send_challenge=to)["challenge"] == {"status": None, "is_right": False}
    assert mock.control(send_deletion=to)["deletion"]["statuses"] == [None]
