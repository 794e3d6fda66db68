"""Where a mail server tells of bounces and complaints."""

from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError
from ninja.security import HttpBearer

from ebay_alerts.kit import clock
from ebay_alerts.kit.problem import Problem
from ebay_alerts.mail.errors import NoNotice
from ebay_alerts.mail.schemas import NoticeOut
from ebay_alerts.mail.suppressions import take_notice

router = Router(tags=["mail"])
# A notice returns the mail that it is about, whose pictures count.
LARGEST_NOTICE = 2_000_000
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The notice as it came by mail, with all its headers.",
        "content": {"message/rfc822": {"schema": {"type": "string"}}},
    }
}


class BounceAuth(HttpBearer):
    """`Authorization: Bearer` with EBAY_ALERTS_BOUNCE_TOKEN; without one nobody may."""

    openapi_description = "The secret of EBAY_ALERTS_BOUNCE_TOKEN."

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        secret = settings.BOUNCE_TOKEN
        is_right = bool(secret) and compare_digest(token.encode(), secret.encode())
        return "mail server" if is_right else None


@router.post(
    "/bounces",
    auth=BounceAuth(),
    response={200: NoticeOut, 401: Problem, 413: Problem, 422: Problem},
    operation_id="take_notice",
    openapi_extra=_BODY,
)
def bounces(request: HttpRequest) -> dict[str, Any]:
    """Take a delivery status notification (RFC 3464) or a report of abuse (RFC 5965).

    It counts for a mail that was sent from here, named by its Message-ID, and for nothing else.
    """
    if int(request.headers.get("Content-Length") or 0) > LARGEST_NOTICE:
        raise HttpError(413, f"A notice may have {LARGEST_NOTICE:,} bytes.")
    try:
        counts, words = take_notice(request.body, clock.now())
    except NoNotice as error:
        raise HttpError(422, str(error)) from error
    return {"counts": counts, "words": words}
