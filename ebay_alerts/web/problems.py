"""Every refusal of the API as a problem document (RFC 9457)."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.errors import Throttled as TooMany

from ebay_alerts.accounts.errors import (
    InvalidAddress,
    InvalidPreference,
    InvalidToken,
    NotConfirmed,
    ScopeMissing,
    TooManyAddresses,
    TooManyConfirmations,
    TooManyTestMails,
    TooManyTokens,
    UnknownAddress,
    UnknownToken,
)
from ebay_alerts.alerts.errors import (
    DuplicateAlert,
    FileTooLarge,
    InvalidAlert,
    NoJson,
    NoPreview,
    TooManyAlerts,
    TooManyPreviews,
    UnknownAlert,
    UnknownFeed,
    UnknownListing,
    UnreadableFile,
)
from ebay_alerts.analytics.errors import ReversedDates, UnknownReport
from ebay_alerts.kit import clock
from ebay_alerts.kit.paging import BadCursor
from ebay_alerts.kit.problem import fault_reason
from ebay_alerts.mail.errors import (
    BadChannel,
    LiftTooSoon,
    TooManyChannels,
    TooManyTests,
    UnknownChannel,
)

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger(__name__)


def problem(status: int, detail: str, **members: Any) -> HttpResponse:
    """A problem document; `members` may name the field at fault and more."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **{name: value for name, value in members.items() if value is not None},
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type=MEDIA_TYPE,
    )


def too_many(detail: str, seconds: int) -> HttpResponse:
    """A refusal with the time after which it is worth another try."""
    response = problem(429, detail)
    response["Retry-After"] = str(seconds)
    return response


def register(api: NinjaAPI) -> None:
    """Have `api` answer every error it may meet with a problem document."""
    handlers: Sequence[tuple[type[Exception], Callable[[Any], HttpResponse]]] = (
        (InvalidAlert, _invalid_alert),
        (UnknownAlert, lambda error: problem(404, str(error), field="id")),
        (UnknownFeed, lambda error: problem(404, str(error))),
        (UnknownListing, lambda error: problem(404, str(error), field="id")),
        (DuplicateAlert, _duplicate),
        (NoPreview, lambda error: _later(503, error)),
        (TooManyPreviews, lambda error: _later(429, error)),
        (TooManyAlerts, lambda error: problem(409, str(error))),
        (NoJson, lambda error: problem(400, str(error), field="body")),
        (UnreadableFile, lambda error: problem(422, str(error), field="body")),
        (FileTooLarge, lambda error: problem(413, str(error), field="body")),
        (InvalidAddress, lambda error: problem(422, str(error), field="address")),
        (UnknownAddress, lambda error: problem(404, str(error), field="id")),
        (TooManyAddresses, lambda error: problem(409, str(error))),
        (TooManyConfirmations, lambda error: problem(429, str(error))),
        (TooManyTestMails, lambda error: problem(429, str(error))),
        (InvalidPreference, lambda error: problem(422, error.reason, field=error.field)),
        (ScopeMissing, _scope_missing),
        (InvalidToken, lambda error: problem(422, str(error), field=error.field)),
        (UnknownToken, lambda error: problem(404, str(error), field="id")),
        (TooManyTokens, lambda error: problem(409, str(error))),
        (BadChannel, lambda error: problem(422, str(error), field=error.field)),
        (UnknownChannel, lambda error: problem(404, str(error), field="id")),
        (TooManyChannels, lambda error: problem(409, str(error))),
        (TooManyTests, lambda error: problem(429, str(error))),
        (LiftTooSoon, lambda error: problem(429, str(error))),
        (NotConfirmed, lambda error: problem(422, str(error), field="email")),
        (BadCursor, lambda error: problem(422, str(error), field="cursor")),
        (UnknownReport, lambda error: problem(404, str(error), field="date")),
        (ReversedDates, lambda error: problem(422, str(error), field="to")),
        (ValidationError, _invalid_request),
        (AuthenticationError, lambda _: _unauthorized()),
        (AuthorizationError, lambda _: problem(403, "This is not yours to do.")),
        (TooMany, lambda _: problem(429, "Too many requests; wait a little.")),
        (HttpError, _http_error),
        (Http404, lambda _: problem(404, "There is nothing of yours here.", field="id")),
    )
    for kind, answer in handlers:
        api.add_exception_handler(kind, _handler(answer))
    api.add_exception_handler(Exception, _unexpected)


def _handler(
    answer: Callable[[Any], HttpResponse],
) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: answer(error)


def _unauthorized() -> HttpResponse:
    response = problem(
        401,
        "Send a token that is in force: Authorization: Bearer TOKEN.",
        field="Authorization",
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


def _scope_missing(error: ScopeMissing) -> HttpResponse:
    response = problem(403, str(error), scope=error.scope)
    response["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    return response


def _invalid_alert(error: InvalidAlert) -> HttpResponse:
    return problem(422, error.reason, field=error.field, position=error.position)


def _later(status: int, error: NoPreview | TooManyPreviews) -> HttpResponse:
    response = problem(status, str(error))
    if error.until is not None:
        seconds = (error.until - clock.now()).total_seconds()
        response["Retry-After"] = str(max(round(seconds), 1))
    return response


def _duplicate(error: DuplicateAlert) -> HttpResponse:
    return problem(409, str(error), field="keywords", first=error.first_id)


def _http_error(error: HttpError) -> HttpResponse:
    is_json = error.status_code == 400 and "parse" in str(error).lower()
    text = "The body is no JSON that can be read." if is_json else str(error)
    return problem(error.status_code, text, field="body" if is_json else None)


def _invalid_request(error: ValidationError) -> HttpResponse:
    """The first fault on top, all of them in `errors`."""
    faults = [_fault(one) for one in error.errors]
    return problem(422, faults[0]["reason"], field=faults[0]["field"], errors=faults)


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    # The first parts say where the value stood (body, query) and the parameter's name.
    places = [str(part) for part in error.get("loc", ())]
    field = ".".join(places[2:] if places[:1] == ["body"] else places[1:]) or "body"
    return {"field": field, "reason": f"{field}: {fault_reason(error)}"}


def _unexpected(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    log.error("request failed", path=request.path, exc_info=True)
    return problem(500, "Something went wrong here; it is logged. Try again later.")
