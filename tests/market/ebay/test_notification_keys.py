"""eBay's public keys: asked for once an hour, and never more often than strangers may cause."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from ebay_alerts.market.ebay.notification_keys import (
    FETCHES_A_MINUTE,
    MOST_KEPT,
    NotificationKeys,
)
from ebay_alerts.market.ebay.notifications import SignatureHeader, read_signature_header
from ebay_alerts.market.errors import (
    BadSignature,
    EbayError,
    RateLimited,
    TooManyKeys,
    Unavailable,
    UnknownKey,
)
from tests.conftest import SteppedClock
from tests.market.ebay.conftest import Connect
from tests.market.ebay.notices import KEY_ID, Signer, compact, message
from tests.market.ebay.scripted_ebay import Answer, ScriptedEbay
from tests.servers import RunningMock

BODY = compact(message())
KEY_PATH = "/commerce/notification/v1/public_key/"


class Keyring:
    """What eBay would answer, and which ids were asked for."""

    def __init__(self, *signers: Signer) -> None:
        self.keys = {signer.key_id: signer.public_key() for signer in signers}
        self.asked: list[str] = []
        self.trouble: EbayError | None = None

    def fetch(self, key_id: str) -> object:
        self.asked.append(key_id)
        if self.trouble is not None:
            raise self.trouble
        if key_id not in self.keys:
            raise UnknownKey("no such key")
        return self.keys[key_id]


def strange(number: int) -> SignatureHeader:
    return SignatureHeader(f"strange-{number}", b"signature", None)


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def header(signer: Signer) -> SignatureHeader:
    return read_signature_header(signer.header(BODY))


def test_a_key_is_asked_for_once_an_hour(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch)
    for _ in range(3):
        keys.verify(header, [BODY])
        stepped_clock.step(minutes=19)
    assert ring.asked == [KEY_ID]
    stepped_clock.step(minutes=4)
    keys.verify(header, [BODY])
    assert ring.asked == [KEY_ID, KEY_ID]


def test_an_unknown_key_is_not_asked_for_again_at_once(stepped_clock: SteppedClock) -> None:
    ring = Keyring()
    keys = NotificationKeys(ring.fetch)
    for _ in range(20):
        with pytest.raises(UnknownKey):
            keys.verify(strange(1), [BODY])
    assert len(ring.asked) == 1
    stepped_clock.step(minutes=11)
    with pytest.raises(UnknownKey):
        keys.verify(strange(1), [BODY])
    assert len(ring.asked) == 2


def test_strangers_cannot_have_ebay_asked_at_will(stepped_clock: SteppedClock) -> None:
    ring = Keyring()
    keys = NotificationKeys(ring.fetch)
    for number in range(50):
        with pytest.raises((UnknownKey, TooManyKeys)):
            keys.verify(strange(number), [BODY])
    assert len(ring.asked) == FETCHES_A_MINUTE
    stepped_clock.step(seconds=61)
    with pytest.raises(UnknownKey):
        keys.verify(strange(99), [BODY])


def test_strangers_do_not_keep_a_known_key_from_being_fetched_anew(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch)
    keys.verify(header, [BODY])
    stepped_clock.step(hours=2)
    for number in range(10):
        with pytest.raises((UnknownKey, TooManyKeys)):
            keys.verify(strange(number), [BODY])
    keys.verify(header, [BODY])
    assert ring.asked.count(KEY_ID) == 2


def test_a_key_met_before_a_restart_is_fetched_however_many_strangers_come_first(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch, is_met=lambda key_id: key_id == KEY_ID)
    for number in range(10):
        with pytest.raises((UnknownKey, TooManyKeys)):
            keys.verify(strange(number), [BODY])
    keys.verify(header, [BODY])


def test_a_slow_answer_about_a_strange_key_holds_up_no_known_one(
    signer: Signer, header: SignatureHeader
) -> None:
    asked, go = Event(), Event()

    def fetch(key_id: str) -> object:
        if key_id == KEY_ID:
            return signer.public_key()
        asked.set()
        assert go.wait(10)
        raise UnknownKey("no such key")

    keys = NotificationKeys(fetch, is_met=lambda key_id: key_id == KEY_ID)
    with ThreadPoolExecutor(1) as pool:
        stranger = pool.submit(keys.verify, strange(1), [BODY])
        assert asked.wait(10)
        keys.verify(header, [BODY])
        go.set()
        with pytest.raises(UnknownKey):
            stranger.result(10)


def test_a_known_key_is_not_asked_for_at_will_either_while_ebay_is_away(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch)
    keys.verify(header, [BODY])
    stepped_clock.step(hours=2)
    ring.trouble = Unavailable("away")
    for _ in range(20):
        with pytest.raises((Unavailable, TooManyKeys)):
            keys.verify(header, [BODY])
    assert len(ring.asked) == 1 + FETCHES_A_MINUTE


def test_a_failure_is_no_verdict_on_the_key(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch)
    ring.trouble = RateLimited("spent")
    with pytest.raises(RateLimited):
        keys.verify(header, [BODY])
    ring.trouble = None
    keys.verify(header, [BODY])


def test_unknown_keys_fill_no_memory_and_push_out_no_known_one(
    signer: Signer, header: SignatureHeader, stepped_clock: SteppedClock
) -> None:
    ring = Keyring(signer)
    keys = NotificationKeys(ring.fetch)
    keys.verify(header, [BODY])
    for number in range(3 * MOST_KEPT):
        stepped_clock.step(seconds=13)
        with pytest.raises(UnknownKey):
            keys.verify(strange(number), [BODY])
        if number % 100 == 0:
            keys.verify(header, [BODY])
    assert len(keys._kept) == MOST_KEPT
    assert KEY_ID in keys._kept


def test_requests_at_once_share_one_fetch(signer: Signer, header: SignatureHeader) -> None:
    ring, asked, go = Keyring(signer), Event(), Event()

    def slowly(key_id: str) -> object:
        asked.set()
        assert go.wait(10)
        return ring.fetch(key_id)

    keys = NotificationKeys(slowly)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(keys.verify, header, [BODY]) for _ in range(4)]
        assert asked.wait(10)
        go.set()
        for one in waiting:
            one.result(10)
    assert ring.asked == [KEY_ID]


def test_a_rotated_key_is_fetched_under_its_own_id(signer: Signer, header: SignatureHeader) -> None:
    new = Signer("new-key")
    keys = NotificationKeys(Keyring(signer, new).fetch)
    keys.verify(header, [BODY])
    keys.verify(read_signature_header(new.header(BODY)), [BODY])
    with pytest.raises(BadSignature):
        keys.verify(read_signature_header(signer.header(BODY, kid="new-key")), [BODY])


def test_the_client_asks_with_a_token_and_tells_an_unknown_key(
    mock: RunningMock, connect: Connect
) -> None:
    key_id = mock.http.post("/control", json={"rotate_key": True}).json()["key_id"]
    client = connect(mock.url)
    assert client.public_key(key_id)["algorithm"] == "ECDSA"
    with pytest.raises(UnknownKey):
        client.public_key("nobody-has-it")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, "<html>nothing here</html>"),
        Answer(404, {"message": "no route"}),
        Answer(404, {"errors": [{"errorId": 2002}]}),
        Answer(401, {"errors": [{"errorId": 1001}]}),
        Answer(403, {"errors": [{"errorId": 1100}]}),
        Answer(429, {"errors": [{"errorId": 2001}]}),
        Answer(500, {"errors": [{"errorId": 195000}]}),
        Answer(200, "<html>"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body}",
)
def test_only_ebays_own_word_makes_a_key_unknown(
    script: ScriptedEbay, connect: Connect, answer: Answer
) -> None:
    script.answers = [answer]
    with pytest.raises(EbayError) as refusal:
        connect(script.url).public_key(KEY_ID)
    assert not isinstance(refusal.value, BadSignature)
    assert script.asked[0] == KEY_PATH + KEY_ID


def test_who_gets_no_notices_does_not_load_cryptography() -> None:
    """It takes a fifth of a second and 15 MB: neither the site nor the mock starts with it."""
    code = (
        "import os, sys, django, importlib;"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'ebay_alerts.config.settings';"
        "django.setup();"
        "importlib.import_module('ebay_alerts.config.urls');"
        "importlib.import_module('mock_ebay.app');"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
