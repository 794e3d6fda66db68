"""eBay's public keys for notifications: fetched with the application token, and kept for an hour.

Who may send a signature header is unknown until it is verified, so what a stranger can make us ask
eBay for is bounded: a few keys a minute, and an unknown key is not asked for again for a while.
"""

import base64
import binascii
import importlib
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import structlog

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay.notifications import SignatureHeader, digest_name
from ebay_alerts.market.errors import BadSignature, EbayError, Malformed, TooManyKeys, UnknownKey

log = structlog.get_logger(__name__)

# eBay recommends an hour (Notification API, getPublicKey).
KEPT_FOR = timedelta(hours=1)
UNKNOWN_FOR = timedelta(minutes=10)
MOST_KEPT = 100
# Of eBay's 10,000 calls a day to the Notification API this can take 7,200 for keys never met
# before, and a little for those that are met again.
FETCHES_A_MINUTE = 5
# How long a request waits for another one's fetch.
PATIENCE_SECONDS = 5
_PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")


@dataclass(frozen=True)
class PublicKey:
    """A key in DER (SubjectPublicKeyInfo), and the digest that eBay signs with."""

    der: bytes
    digest: str


class _Lane:
    """Fetches one after the other, and not too many a minute."""

    def __init__(self) -> None:
        self._is_taken = Lock()
        self._asked: deque[datetime] = deque()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises TooManyKeys."""
        if not self._is_taken.acquire(timeout=PATIENCE_SECONDS):
            raise TooManyKeys("eBay is being asked for a key")
        try:
            yield
        finally:
            self._is_taken.release()

    def spend(self, now: datetime) -> None:
        """Raises TooManyKeys."""
        while self._asked and self._asked[0] <= now - timedelta(minutes=1):
            self._asked.popleft()
        if len(self._asked) >= FETCHES_A_MINUTE:
            raise TooManyKeys("eBay was asked for enough keys this minute")
        self._asked.append(now)


class NotificationKeys:
    """Thread-safe. `fetch` asks eBay for what `EbayClient.public_key` answers.

    Keys that eBay is known to use have a lane that strangers cannot fill; `is_met` says of a key
    that is not kept here whether it is one of them.
    """

    def __init__(
        self,
        fetch: Callable[[str], object],
        is_met: Callable[[str], bool] = lambda _: False,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._fetch = fetch
        self._is_met = is_met
        self.close = close
        self._kept: OrderedDict[str, tuple[PublicKey | None, datetime]] = OrderedDict()
        self._lock = Lock()
        self._known, self._strange = _Lane(), _Lane()

    def verify(self, header: SignatureHeader, forms: list[bytes]) -> None:
        """That eBay signed one of the forms.

        Raises BadSignature (UnknownKey among it), and another EbayError when eBay cannot be asked
        for the key at present.
        """
        key = self._get(header.key_id)
        if header.digest not in (None, key.digest):
            raise BadSignature("the signature's digest is not that of its key")
        # Its import takes a fifth of a second and 15 MB: only who gets notices pays for it.
        ecdsa = importlib.import_module("ebay_alerts.market.ebay.ecdsa")
        if not any(ecdsa.is_signed(form, header.signature, key.der, key.digest) for form in forms):
            raise BadSignature("the signature is not eBay's")

    def _get(self, key_id: str) -> PublicKey:
        kept = self._find(key_id)
        if kept is None:
            kept = self._fetch_once(key_id)
        if kept[0] is None:
            raise UnknownKey("eBay has no such key")
        return kept[0]

    def _find(self, key_id: str) -> tuple[PublicKey | None, datetime] | None:
        with self._lock:
            kept = self._kept.get(key_id)
            return kept if kept and clock.now() < kept[1] else None

    def _fetch_once(self, key_id: str) -> tuple[PublicKey | None, datetime]:
        """One fetch at a time; who waited for one of the same key takes what it brought."""
        lane = self._known if self._is_known(key_id) else self._strange
        with lane.taken():
            if kept := self._find(key_id):
                return kept
            lane.spend(clock.now())
            return self._fetch_now(key_id)

    def _fetch_now(self, key_id: str) -> tuple[PublicKey | None, datetime]:
        try:
            key = read_public_key(self._fetch(key_id))
        except UnknownKey:
            return self._keep(key_id, None, clock.now() + UNKNOWN_FOR)
        except EbayError as error:
            log.warning("eBay's key for notifications cannot be had", reason=str(error))
            raise
        return self._keep(key_id, key, clock.now() + KEPT_FOR)

    def _is_known(self, key_id: str) -> bool:
        with self._lock:
            kept = self._kept.get(key_id)
        return self._is_met(key_id) if kept is None else kept[0] is not None

    def _keep(
        self, key_id: str, key: PublicKey | None, until: datetime
    ) -> tuple[PublicKey | None, datetime]:
        """Full, it forgets an unknown key first: strangers must not push out eBay's own."""
        with self._lock:
            self._kept[key_id] = key, until
            self._kept.move_to_end(key_id)
            if len(self._kept) > MOST_KEPT:
                unknown = (old for old, (found, _) in self._kept.items() if found is None)
                del self._kept[next(unknown, next(iter(self._kept)))]
            return key, until


def read_public_key(body: object) -> PublicKey:
    """What getPublicKey answers; its PEM has no line breaks. Raises Malformed."""
    fields = body if isinstance(body, dict) else {}
    pem = _PEM.fullmatch(str(fields.get("key", "")))
    try:
        if pem is None or str(fields.get("algorithm", "")).upper() != "ECDSA":
            raise Malformed("eBay's answer holds no ECDSA key")
        der = base64.b64decode(re.sub(r"\s", "", pem[1]), validate=True)
        return PublicKey(der, digest_name(str(fields.get("digest", ""))))
    except (binascii.Error, BadSignature) as error:
        raise Malformed("eBay's key cannot be read") from error
