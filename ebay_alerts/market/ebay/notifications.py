"""What eBay says to the deletion endpoint: its challenge, its signature header, its notices.

The forms are those of eBay's marketplace account deletion guide and of its event notification SDKs.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from ebay_alerts.market.errors import BadSignature, Malformed

TOPIC = "MARKETPLACE_ACCOUNT_DELETION"
DIGESTS = ("SHA1", "SHA256", "SHA384", "SHA512")
_LONGEST_HEADER = 2000

# It becomes part of an address, so it may hold nothing that has a meaning there.
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
# A UUID or two, as seen so far.
NotificationId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
Name = Annotated[str, StringConstraints(max_length=400)]


class _Said(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", hide_input_in_errors=True, strict=True
    )


class _Header(_Said):
    alg: str = "ecdsa"
    kid: KeyId
    signature: Annotated[str, StringConstraints(min_length=8, max_length=400)]
    digest: str | None = None


class _Metadata(_Said):
    topic: str


class _Person(_Said):
    username: Name | None = None
    user_id: Name | None = None
    eias_token: Name | None = None


class _Notification(_Said):
    notification_id: NotificationId
    # `data` is eBay's word for whom the notice is about.
    person: _Person = Field(alias="data")


class _Message(_Said):
    metadata: _Metadata
    notification: _Notification


@dataclass(frozen=True)
class SignatureHeader:
    """What X-EBAY-SIGNATURE holds: the id of eBay's key and a DER signature made with it."""

    key_id: str
    signature: bytes
    digest: str | None


@dataclass(frozen=True)
class DeletionNotice:
    """eBay's notice that a user's account was deleted: its id, and all that names the user."""

    notification_id: str
    names: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the names: what is printed may be logged."""
        return f"DeletionNotice({self.notification_id!r})"


def answer_to_challenge(code: str, token: str, endpoint: str) -> str:
    """SHA-256 in hex over code, verification token and endpoint address, in this order."""
    return hashlib.sha256(f"{code}{token}{endpoint}".encode()).hexdigest()


def read_signature_header(text: str) -> SignatureHeader:
    """Base64 of JSON. Raises BadSignature."""
    if not text or len(text) > _LONGEST_HEADER:
        raise BadSignature("X-EBAY-SIGNATURE is missing or too long")
    try:
        header = _Header.model_validate(json.loads(base64.b64decode(text, validate=True)))
        signature = base64.b64decode(header.signature, validate=True)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadSignature("X-EBAY-SIGNATURE cannot be read") from error
    if header.alg.lower() != "ecdsa":
        raise BadSignature("X-EBAY-SIGNATURE names an algorithm other than ECDSA")
    return SignatureHeader(header.kid, signature, header.digest and digest_name(header.digest))


def digest_name(text: str) -> str:
    """One of `DIGESTS`. Raises BadSignature."""
    name = text.upper().replace("-", "")
    if name not in DIGESTS:
        raise BadSignature("the signature uses a digest that is not known here")
    return name


def read_notice(body: bytes) -> DeletionNotice:
    """Raises Malformed, without a word of what stood there."""
    try:
        message = _Message.model_validate(parse(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise Malformed(f"{place}: {first['msg']}") from None
    if message.metadata.topic != TOPIC:
        raise Malformed(f"metadata.topic: only {TOPIC} is subscribed to")
    person = message.notification.person
    said = (person.username, person.user_id, person.eias_token)
    shown = ("".join(filter(str.isprintable, name or "")).strip() for name in said)
    names = tuple(name for name in shown if name)
    if not names:
        raise Malformed("notification.data: it names nobody")
    return DeletionNotice(message.notification.notification_id, names)


def parse(body: bytes) -> Any:
    """The JSON of a body. Raises Malformed."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is no JSON") from None


def signed_forms(body: bytes) -> list[bytes]:
    """What the signature may be over: the body as sent, or its compact form.

    eBay's SDKs verify `JSON.stringify` of the parsed body, which drops spaces that a proxy may
    have put there. Both forms say the same, so either proves what is acted upon.
    """
    text = json.dumps(parse(body), separators=(",", ":"), ensure_ascii=False)
    compact = text.encode("utf-8", "surrogatepass")
    return [body] if compact == body else [body, compact]
