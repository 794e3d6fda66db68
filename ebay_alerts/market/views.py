"""The deletion endpoint: where eBay tells that a user's account was deleted.

Anybody can reach it, so what is cheap to refuse is refused first: size, then the form of header
and body, and only then is a key asked for and a signature verified.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ebay_alerts.kit import clock
from ebay_alerts.market.ebay.notifications import (
    answer_to_challenge,
    read_notice,
    read_signature_header,
    signed_forms,
)
from ebay_alerts.market.errors import BadSignature, EbayError, Malformed, TooManyKeys
from ebay_alerts.market.services import erasing

LONGEST_BODY = 65_536
LONGEST_CODE = 500


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def account_deletion(request: HttpRequest) -> HttpResponse:
    """eBay's marketplace account deletion: answers its challenge, obeys its signed notices.

    No session and no CSRF token: the signature is the permission. Without a verification token in
    the settings there is no such address.
    """
    if not settings.EBAY_DELETION_TOKEN:
        raise Http404("EBAY_DELETION_TOKEN is not set.")
    return _challenge(request) if request.method == "GET" else _notice(request)


def _challenge(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("challenge_code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        return _refusal(400, "challenge_code is missing or too long")
    answer = answer_to_challenge(
        code, settings.EBAY_DELETION_TOKEN, settings.EBAY_DELETION_ENDPOINT
    )
    return JsonResponse({"challengeResponse": answer})


def _notice(request: HttpRequest) -> HttpResponse:
    """204 once the erasure is committed. What is not acknowledged eBay sends again, for a day."""
    received_at = clock.now()
    body = _read_body(request)
    if body is None:
        return _refusal(413, f"the body is longer than {LONGEST_BODY} bytes")
    try:
        header = read_signature_header(request.headers.get("X-EBAY-SIGNATURE", ""))
        notice = read_notice(body)
    except BadSignature as error:
        return _refusal(412, str(error))
    except Malformed as error:
        return _refusal(400, str(error))
    try:
        erasing.notification_keys().verify(header, signed_forms(body))
    except BadSignature as error:
        return _refusal(412, str(error))
    except TooManyKeys as error:
        return _refusal(429, str(error))
    except EbayError:
        return _refusal(503, "the signature cannot be verified at present; send it again")
    erasing.obey(notice, header.key_id, received_at)
    return HttpResponse(status=204)


def _read_body(request: HttpRequest) -> bytes | None:
    """None when it is too long; a length that is not told is not trusted."""
    told = request.headers.get("Content-Length") or "0"
    if not (told.isascii() and told.isdigit()) or int(told[:18]) > LONGEST_BODY:
        return None
    body: bytes = request.read(LONGEST_BODY + 1)
    return None if len(body) > LONGEST_BODY else body


def _refusal(status: int, reason: str) -> HttpResponse:
    return JsonResponse({"error": reason}, status=status)
