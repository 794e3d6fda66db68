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

from ebay_alerts.alerts.errors import DuplicateAlert, InvalidAlert, UnknownAlert

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
        content_type="application/problem+json",
    )


def register(api: NinjaAPI) -> None:
    """Have `api` answer every error it may meet with a problem document."""
    handlers: Sequence[tuple[type[Exception], Callable[[Any], HttpResponse]]] = (
        (InvalidAlert, _invalid_alert),
        (UnknownAlert, lambda error: problem(404, str(error))),
        (DuplicateAlert, _duplicate),
        (ValidationError, _invalid_request),
        (AuthenticationError, lambda _: _unauthorized()),
        (AuthorizationError, lambda _: problem(403, "This is not yours to do.")),
        (TooMany, lambda _: problem(429, "Too many requests; wait a little.")),
        (HttpError, _http_error),
        (Http404, lambda _: problem(404, "There is nothing here.")),
    )
    for kind, answer in handlers:
        api.add_exception_handler(kind, _handler(answer))
    api.add_exception_handler(Exception, _unexpected)


def _handler(
    answer: Callable[[Any], HttpResponse],
) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: answer(error)


def _unauthorized() -> HttpResponse:
    response = problem(401, "Send a token: Authorization: Bearer TOKEN.")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _invalid_alert(error: InvalidAlert) -> HttpResponse:
    return problem(422, error.reason, field=error.field, position=error.position)


def _duplicate(error: DuplicateAlert) -> HttpResponse:
    return problem(409, str(error), field="keywords", first=error.first_id)


def _http_error(error: HttpError) -> HttpResponse:
    is_json = error.status_code == 400 and "parse" in str(error).lower()
    text = "The body is no JSON that can be read." if is_json else str(error)
    return problem(error.status_code, text)


def _invalid_request(error: ValidationError) -> HttpResponse:
    """The first fault on top, all of them in `errors`."""
    faults = [_fault(one) for one in error.errors]
    return problem(422, faults[0]["reason"], field=faults[0]["field"], errors=faults)


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    # The first parts say where the value stood (body, query) and the parameter's name.
    places = [str(part) for part in error.get("loc", ())]
    field = ".".join(places[2:] if places[:1] == ["body"] else places[1:]) or "body"
    return {"field": field, "reason": f"{field}: {error.get('msg', 'cannot be used')}"}


def _unexpected(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    log.error("request failed", path=request.path, exc_info=True)
    return problem(500, "Something went wrong here; it is logged. Try again later.")
