"""A number for each request, and answers of the framework itself below /api in the API's shape."""

import re
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ebay_alerts.accounts.browser_sessions import note_seen
from ebay_alerts.kit import clock
from ebay_alerts.web.problems import problem

_WORDS = {
    404: "There is nothing at this address; /swagger lists every call.",
    405: "This address does not take that method; /swagger lists every call.",
}


_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class RequestIds:
    """Every line that is logged for a request has its number, which the answer has too.

    A proxy's own `X-Request-ID` is taken over; anything else that comes under that name is not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        number = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        with structlog.contextvars.bound_contextvars(request=number):
            response = self._get_response(request)
        response.headers["X-Request-ID"] = number
        return response


# What a page may load and do. Pictures of listings lie at eBay or at the mock.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: https:",
    "connect-src": "'self'",
    # Mails, as they went out, stand in a frame of their own under a stricter policy.
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


class ContentPolicy:
    """Every answer says what its page may load: nobody's scripts but ours, and no frame around it.

    https://www.w3.org/TR/CSP3/
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        pictures = f" {settings.EBAY_BASE_URL}" if settings.EBAY_IS_MOCK else ""
        mock = {"img-src": f"{_POLICY['img-src']}{pictures} http://localhost:*"} if pictures else {}
        self._policy = "; ".join(f"{name} {what}" for name, what in (_POLICY | mock).items())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", self._policy)
        return response


class SeenSessions:
    """Notes that a signed-in browser is in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        session = request.session
        if session.accessed and SESSION_KEY in session and session.session_key:
            note_seen(session.session_key, getattr(session, "seen_at", None), clock.now())
        return response


class ApiProblems:
    """An unknown address or method below /api is answered with a problem document too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        is_api = request.path.startswith("/api/") or request.path == "/api"
        if not is_api or response.status_code not in _WORDS or _is_problem(response):
            return response
        answer: HttpResponse = problem(response.status_code, _WORDS[response.status_code])
        if "Allow" in response.headers:
            answer["Allow"] = response.headers["Allow"]
        return answer


def _is_problem(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/problem+json")
