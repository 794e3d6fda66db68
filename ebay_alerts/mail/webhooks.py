"""Handing a posting to a webhook: one signed POST (https://www.standardwebhooks.com)."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import httpx
from standardwebhooks import Webhook

from ebay_alerts import __version__
from ebay_alerts.mail.guarded_http import CONNECTING, WAITING
from ebay_alerts.mail.postings import Answer

USER_AGENT = f"eBay-Alerts/{__version__}"
# httpx's errors after which nothing of the request can have been taken.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class SignedBody:
    """What is posted where, and the secrets that sign it, the newest first."""

    url: str
    public_id: str
    body: str
    secrets: tuple[str, ...]


def signed_headers(signed: SignedBody, now: datetime) -> dict[str, str]:
    """Of one try: the time and so the signature are its own, the id is not."""
    signatures = [
        Webhook(secret).sign(signed.public_id, now, signed.body) for secret in signed.secrets
    ]
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "accept-encoding": "identity",
        "webhook-id": signed.public_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def post_signed(client: httpx.Client, signed: SignedBody, now: datetime) -> Answer:
    """One try. No redirect is followed, and of an answer only its head is read: whose body it would
    be that the log then showed is not for the channel's user to choose."""
    content = signed.body.encode()
    headers = signed_headers(signed, now)
    timeout = httpx.Timeout(WAITING, connect=CONNECTING)
    try:
        with client.stream(
            "POST", signed.url, content=content, headers=headers, timeout=timeout
        ) as answer:
            retry_after = answer.headers.get("retry-after", "")
            return Answer(answer.status_code, _phrase(answer.status_code), retry_after)
    except _UNSENT as error:
        return Answer(None, _words(error))
    except httpx.HTTPError as error:
        return Answer(None, _words(error), was_sent=True)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _words(error: httpx.HTTPError) -> str:
    return str(error) or "no answer in time"
