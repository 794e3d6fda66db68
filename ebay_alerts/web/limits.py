"""Limits of the API: calls with one token, and wrong tokens from one address."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ebay_alerts.accounts.auditing import Origin, kept_address, record_event
from ebay_alerts.accounts.client_addresses import counted_address
from ebay_alerts.accounts.models import AuditEvent
from ebay_alerts.kit import clock
from ebay_alerts.web.problems import too_many
from ebay_alerts.web.rates import Rate

_MINUTE = 60

log = structlog.get_logger(__name__)


class TokenLimits:
    """Refuses calls before anything is looked up for them. Who sends no token is not counted.

    An address whose tokens were wrong too often is refused with a good one, too, until the minute
    is over: otherwise it could go on guessing and see when it was right.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        header = request.headers.get("Authorization", "")
        if not header or not request.path.startswith("/api/"):
            return self._get_response(request)
        refusal = _find_refusal(request, header)
        if refusal is not None:
            return refusal
        response = self._get_response(request)
        if response.status_code == 401:
            _note_failure(request)
        return response


def _find_refusal(request: HttpRequest, header: str) -> HttpResponseBase | None:
    now, wrong, calls = clock.now(), _wrong_tokens(), _calls()
    if wrong.is_used_up(_address(request), now):
        words = "Too many calls with a wrong token came from your address; wait a minute."
        return too_many(words, wrong.seconds_left(now))
    # The hash keeps tokens out of the cache.
    if calls.count(hashlib.sha256(header.encode()).hexdigest(), now) > calls.most:
        words = f"A token may be used {calls.most:,} times a minute; wait a little."
        return too_many(words, calls.seconds_left(now))
    return None


def _note_failure(request: HttpRequest) -> None:
    wrong = _wrong_tokens()
    if wrong.count(_address(request), clock.now()) == wrong.most != 0:
        _note_burst(kept_address(request.META.get("REMOTE_ADDR", "")), clock.now())


def _note_burst(address: str, now: datetime) -> None:
    """Who has many addresses fills neither log nor table."""
    if _bursts().count("all", now) <= _bursts().most:
        log.warning("too many wrong tokens", network=address)
        kind = AuditEvent.Kind.TOKENS_REFUSED
        record_event(kind, now, user=None, origin=Origin(address))


def _address(request: HttpRequest) -> str:
    return counted_address(request.META.get("REMOTE_ADDR", ""))


def _calls() -> Rate:
    return Rate("calls", settings.REQUESTS_PER_MINUTE, _MINUTE)


def _bursts() -> Rate:
    return Rate("bursts", 60, 60 * _MINUTE)


def _wrong_tokens() -> Rate:
    return Rate("wrong-tokens", settings.FAILED_TOKENS_PER_MINUTE, _MINUTE)
