"""Deletion notices as eBay sends them: its own published sample, and ones signed by a test's key.

The sample is the test data of eBay's event-notification-nodejs-sdk: the key, the signature and the
message are eBay's.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY_ID = "9936261a-7d7b-4621-a0f1-96ccb428af49"
SAMPLE_KEY = {
    "key": "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof0"
    "2qgBB7IsYOyf76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==-----END PUBLIC KEY-----",
    "algorithm": "ECDSA",
    "digest": "SHA1",
}
SAMPLE_HEADER = {
    "alg": "ecdsa",
    "kid": KEY_ID,
    "signature": "MEYCIQCfxfIWuxmWcIBQJ9c5/X7iGDJqs2RCGsBEaAjinyrrfAIhAIV6wGcTiBuV5KJUif2hokyrL+Q9"
    "ssHkad+mx2nEE25w",
    "digest": "SHA1",
}
SAMPLE = {
    "metadata": {
        "topic": "MARKETPLACE_ACCOUNT_DELETION",
        "schemaVersion": "1.0",
        "deprecated": False,
    },
    "notification": {
        "notificationId": "49feeaeb-4982-42d9-a377-9645b8479411"
        "_33f7e043-fed8-442b-9d44-791923bd9a6d",
        "eventDate": "2021-03-19T20:43:59.462Z",
        "publishDate": "2021-03-19T20:43:59.679Z",
        "publishAttemptCount": 1,
        "data": {
            "username": "test_user",
            "userId": "ma8vp1jySJC",
            "eiasToken": "nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ==",
        },
    },
}


def compact(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def packed(header: Any) -> str:
    """As X-EBAY-SIGNATURE holds it."""
    return base64.b64encode(json.dumps(header).encode()).decode()


def message(notification_id: str = "notice-1", **person: Any) -> dict[str, Any]:
    """A notice about a user; by default about one who is called `ann_sells`."""
    body: dict[str, Any] = json.loads(json.dumps(SAMPLE))
    body["notification"] |= {
        "notificationId": notification_id,
        "data": person or {"username": "ann_sells", "userId": "ma8vp1jySJC", "eiasToken": None},
    }
    return body


class Signer:
    """A key pair of a test's own, in eBay's place."""

    def __init__(self, key_id: str = KEY_ID, digest: str = "SHA1") -> None:
        self.key_id = key_id
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._digest = digest

    def public_key(self) -> dict[str, str]:
        """What eBay's getPublicKey would answer."""
        pem = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {"key": pem.decode(), "algorithm": "ECDSA", "digest": self._digest}

    def header(self, body: bytes, **more: Any) -> str:
        digest = getattr(hashes, self._digest)()
        signature = base64.b64encode(self._key.sign(body, ec.ECDSA(digest))).decode()
        said = {"alg": "ecdsa", "kid": self.key_id, "signature": signature, "digest": self._digest}
        return packed(said | more)
